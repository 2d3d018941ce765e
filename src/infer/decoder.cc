// One pass over ragged pieces.
#include "infer/decoder.h"

namespace gimbal {

Decoder::Decoder(Model& model, DType compute)
    : model_(model), compute_(model.device() == Device::kReference ? DType::kF64 : compute), cache_(model.architecture(), compute_, model.device()) {
  const Architecture& a = model.architecture();
  if (a.encoder_layers > 0 || a.mask == "full")
    fail("generation runs decoders, and this model (family ", a.family, ") is an ", a.encoder_layers > 0 ? "encoder-decoder" : "encoder");
  if (compute_ == DType::kBF16) model_.parameters().refresh_shadows();
}

void Decoder::check_pieces(std::span<const Piece> pieces) const {
  const Architecture& a = architecture();
  for (const Piece& p : pieces) {
    GIMBAL_ASSERT(!p.ids.empty());
    for (const int32_t id : p.ids)
      if (id < 0 || id >= a.vocab) fail("token id ", id, " is outside the vocabulary of ", a.vocab, " entries");
    const int64_t length = cache_.length(p.sequence) + static_cast<int64_t>(p.ids.size());
    if (length > a.context) fail("the sequence has ", length, " tokens and the model's context is ", a.context, "; shorten it");
  }
}

Tensor Decoder::advance(std::span<const Piece> pieces) {
  check_pieces(pieces);
  for (const Piece& p : pieces) cache_.append(p.sequence, static_cast<int64_t>(p.ids.size()));

  auto segments = std::make_shared<std::vector<ops::Segment>>();
  segments->reserve(pieces.size());
  ids_.clear();
  positions_.clear();
  heads_.clear();
  std::vector<int64_t>& rows_of_new = cache_.tensors().rows_of_new;
  rows_of_new.clear();
  for (const Piece& p : pieces) {
    const auto begin = static_cast<int64_t>(ids_.size()), count = static_cast<int64_t>(p.ids.size());
    const int64_t length = cache_.length(p.sequence), row = cache_.row_begin(p.sequence);
    segments->push_back({begin, count, row, length, 0});
    ids_.insert(ids_.end(), p.ids.begin(), p.ids.end());
    for (int64_t position = length - count; position < length; ++position) {
      positions_.push_back(static_cast<int32_t>(position));
      rows_of_new.push_back(row + position);
    }
    if (p.head == Head::kLastRow) heads_.push_back(begin + count - 1);
  }

  Tape tape(Tape::Mode::kInference, Tape::Phase::kEval);
  TokenRows rows;
  rows.ids_n = Tensor::from_ints(ids_, model_.device());
  rows.positions_n = Tensor::from_ints(positions_, model_.device());
  rows.segments = segments;
  Flow flow;
  flow.compute = compute_;
  flow.cache = &cache_.tensors();
  Var hidden = model_.hidden(tape, rows, flow);
  if (heads_.empty()) return {};
  if (heads_.size() < ids_.size()) hidden = ops::take_rows(tape, hidden, heads_);
  return model_.logits(tape, hidden).value.to(DType::kF32, Device::kCpu);
}

}  // namespace gimbal
