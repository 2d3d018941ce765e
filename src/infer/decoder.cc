// One pass over ragged pieces.
#include "infer/decoder.h"

namespace gimbal {

void check_writes(const Architecture& a) {
  if (a.encoder_layers > 0 || a.mask != "full") return;
  fail("this model (family ", a.family, ") is an encoder, which answers about texts and writes none; ask it with gimbal predict");
}

Decoder::Decoder(Model& model, DType compute)
    : model_(model),
      compute_(model.device() == Device::kReference ? DType::kF64 : compute),
      cache_(model.architecture(), compute_, model.device()),
      memory_(model.architecture(), compute_, model.device()) {
  check_writes(model.architecture());
  if (compute_ == DType::kBF16) model_.parameters().refresh_shadows();
}

void Decoder::keep(Sequence id, Form form) {
  if (forms_.size() <= id) forms_.resize(id + 1);
  forms_[id] = std::move(form);
}

Decoder::Sequence Decoder::open(SequenceForm form, int64_t capacity) {
  GIMBAL_ASSERT(form.source.empty() == (architecture().encoder_layers == 0), form.source.size(), " tokens to read");
  const Sequence id = cache_.open(capacity);
  std::shared_ptr<Source> source = form.source.empty() ? nullptr : std::make_shared<Source>(Source{std::move(form.source), {}});
  keep(id, {std::move(source), form.prefix, std::move(form.blanks)});
  return id;
}

Decoder::Sequence Decoder::fork(Sequence from, int64_t capacity) {
  const int64_t length = cache_.length(from);
  const Sequence id = cache_.open(std::max(capacity, length));
  cache_.append(id, length);
  cache_.copy(from, id, 0, length);
  keep(id, Form(forms_[from]));
  return id;
}

void Decoder::begin_blank(Sequence id, int64_t mask) { forms_[id].blanks.push_back({cache_.length(id), mask}); }

void Decoder::close(Sequence id) {
  const std::shared_ptr<Source>& source = forms_[id].source;
  if (source && source->memory && source.use_count() == 1) memory_.close(*source->memory);
  forms_[id] = {};
  cache_.close(id);
}

void Decoder::check_pieces(std::span<const Piece> pieces) const {
  const Architecture& a = architecture();
  for (const Piece& p : pieces) {
    const auto count = static_cast<int64_t>(p.ids.size());
    const int64_t cached = cache_.length(p.sequence), length = cached + count, prefix = forms_[p.sequence].prefix;
    GIMBAL_ASSERT(count > 0 && p.heads <= count, count, " tokens, ", p.heads, " heads");
    GIMBAL_ASSERT(cached >= prefix || (cached == 0 && length >= prefix), "a prefix comes in one piece");
    for (const int32_t id : p.ids)
      if (id < 0 || id >= a.vocab) fail("token id ", id, " is outside the vocabulary of ", a.vocab, " entries");
    if (length > a.context) fail("the sequence has ", length, " tokens and the model's context is ", a.context, "; shorten it");
  }
}

// Encodes the sources that no pass has read yet, and keeps what the decoder's layers make of them.
void Decoder::read_sources(std::span<const Piece> pieces) {
  std::vector<Source*> unread;
  std::vector<std::vector<int32_t>> ids;
  for (const Piece& p : pieces) {
    Source* source = forms_[p.sequence].source.get();
    if (!source || source->memory || std::find(unread.begin(), unread.end(), source) != unread.end()) continue;
    unread.push_back(source);
    ids.push_back(source->ids);
  }
  if (unread.empty()) return;
  const int64_t context = architecture().context;
  TokenRows rows = make_rows(std::vector<std::vector<int32_t>>(unread.size(), {0}), {}, context, model_.device());
  rows.encoder = std::make_shared<TokenRows>(make_rows(ids, {}, context, model_.device()));
  Tape tape(Tape::Mode::kInference, Tape::Phase::kEval);
  Flow flow;
  flow.compute = compute_;
  const std::vector<Tensor> keys_and_values = model_.keys_and_values(tape, model_.encode(tape, rows, flow));

  int64_t row = 0;
  for (Source* source : unread) {
    const auto length = static_cast<int64_t>(source->ids.size());
    source->memory = memory_.open(length);
    memory_.append(*source->memory, length);
    memory_.fill(*source->memory, keys_and_values, row);
    row += length;
  }
}

// Positions of tokens [begin, end) of a sequence.
void Decoder::place_tokens(const Form& form, int64_t begin, int64_t end) {
  for (int64_t t = begin; t < end; ++t) {
    int64_t position = t, block_position = 0;
    for (const SequenceForm::Blank& blank : form.blanks)
      if (blank.begin <= t) position = blank.mask, block_position = t - blank.begin + 1;
    positions_.push_back(static_cast<int32_t>(position));
    block_positions_.push_back(static_cast<int32_t>(block_position));
  }
}

// What cross-attention reads for these pieces, keys and values being there.
Memory Decoder::memory_of(std::span<const Piece> pieces) {
  auto segments = std::make_shared<std::vector<ops::Segment>>();
  int64_t begin = 0;
  for (const Piece& p : pieces) {
    const auto count = static_cast<int64_t>(p.ids.size());
    const SequenceCache::Id memory = *forms_[p.sequence].source->memory;
    segments->push_back({begin, count, memory_.row_begin(memory), memory_.length(memory), 0});
    begin += count;
  }
  const std::vector<Tensor>& layers = memory_.tensors().layers;
  return {Tape::constant(layers.front()), segments, &layers};
}

Tensor Decoder::advance(std::span<const Piece> pieces) {
  check_pieces(pieces);
  read_sources(pieces);
  for (const Piece& p : pieces) cache_.append(p.sequence, static_cast<int64_t>(p.ids.size()));

  auto segments = std::make_shared<std::vector<ops::Segment>>();
  segments->reserve(pieces.size());
  ids_.clear();
  positions_.clear();
  block_positions_.clear();
  heads_.clear();
  std::vector<int64_t>& rows_of_new = cache_.tensors().rows_of_new;
  rows_of_new.clear();
  for (const Piece& p : pieces) {
    const auto begin = static_cast<int64_t>(ids_.size()), count = static_cast<int64_t>(p.ids.size());
    const int64_t length = cache_.length(p.sequence), row = cache_.row_begin(p.sequence);
    segments->push_back({begin, count, row, length, forms_[p.sequence].prefix});
    ids_.insert(ids_.end(), p.ids.begin(), p.ids.end());
    place_tokens(forms_[p.sequence], length - count, length);
    for (int64_t t = length - count; t < length; ++t) rows_of_new.push_back(row + t);
    for (int64_t t = count - p.heads; t < count; ++t) heads_.push_back(begin + t);
  }

  Tape tape(Tape::Mode::kInference, Tape::Phase::kEval);
  TokenRows rows;
  rows.ids_n = Tensor::from_ints(ids_, model_.device());
  rows.positions_n = Tensor::from_ints(positions_, model_.device());
  if (architecture().positions.kind == "blocks") rows.block_positions_n = Tensor::from_ints(block_positions_, model_.device());
  rows.segments = segments;
  Flow flow;
  flow.compute = compute_;
  flow.cache = &cache_.tensors();
  if (architecture().encoder_layers > 0) flow.memory = memory_of(pieces);
  Var hidden = model_.hidden(tape, rows, flow);
  if (heads_.empty()) return {};
  if (heads_.size() < ids_.size()) hidden = ops::take_rows(tape, hidden, heads_);
  return model_.logits(tape, hidden).value.to(DType::kF32, Device::kCpu);
}

}  // namespace gimbal
