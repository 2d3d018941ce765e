// Assembles embedding, stack and head; checks ids and lengths before anything is computed.
#include "models/model.h"

#include "layers/weights/weights.h"

namespace gimbal {

TokenRows make_rows(std::span<const std::vector<int32_t>> sequences, std::span<const std::vector<int32_t>> targets, int64_t context, Device device) {
  std::vector<int32_t> ids, positions, wanted;
  auto segments = std::make_shared<std::vector<ops::Segment>>();
  for (size_t s = 0; s < sequences.size(); ++s) {
    const auto length = static_cast<int64_t>(sequences[s].size());
    if (length == 0) fail("sequence ", s + 1, " is empty; a model needs at least one token");
    if (length > context) fail("sequence ", s + 1, " has ", length, " tokens and the model's context is ", context, "; shorten it");
    const auto begin = static_cast<int64_t>(ids.size());
    segments->push_back({begin, length, begin, length, 0});
    for (int64_t t = 0; t < length; ++t) positions.push_back(static_cast<int32_t>(t));
    ids.insert(ids.end(), sequences[s].begin(), sequences[s].end());
    if (targets.empty()) continue;
    if (targets[s].size() != sequences[s].size()) fail("sequence ", s + 1, " has ", length, " tokens but ", targets[s].size(), " labels");
    wanted.insert(wanted.end(), targets[s].begin(), targets[s].end());
  }
  TokenRows rows;
  rows.ids_n = Tensor::from_ints(ids, device);
  rows.positions_n = Tensor::from_ints(positions, device);
  rows.segments = segments;
  if (!targets.empty()) rows.targets_n = Tensor::from_ints(wanted, device);
  return rows;
}

Model::Model(Architecture a) : architecture_(std::move(a)) {
  if (architecture_.vocab < 1) fail("model.vocab is not set: give --tokenizer, or the number of vocabulary entries");
  check(architecture_);
  embedding_ = std::make_unique<Embedding>(architecture_, parameters_);
  if (architecture_.encoder_layers > 0) encoder_ = std::make_unique<Stack>(architecture_, encoder_depth(architecture_), parameters_);
  if (!architecture_.encoder_only()) stack_ = std::make_unique<Stack>(architecture_, main_depth(architecture_), parameters_);
  head_begin_ = parameters_.all().size();
  head_ = head_kind_named(architecture_.head).make({architecture_, embedding_->table(), parameters_});
  head_end_ = parameters_.all().size();
  weight_scheme_named(architecture_.weights).attach(architecture_, parameters_);
}

bool Model::is_of_head(const Parameter& p) const {
  const auto& all = parameters_.all();
  return std::any_of(all.begin() + static_cast<std::ptrdiff_t>(head_begin_), all.begin() + static_cast<std::ptrdiff_t>(head_end_),
                     [&](const Parameter& of_head) { return &of_head == &p; });
}

void Model::check_ids(const TokenRows& rows) const {
  const auto within = [](const Tensor& ids, int64_t limit, const char* what) {
    if (!ids) return;
    for (int64_t i = 0; i < ids.elements(); ++i) {
      const int32_t id = ids.data<int32_t>()[i];
      if (id < 0 || id >= limit) fail(what, " ", id, " is outside of the ", limit, " that the model has");
    }
  };
  for (int64_t i = 0; i < rows.rows(); ++i) {
    const int32_t id = rows.ids_n.data<int32_t>()[i];
    if (id < 0 || id >= architecture_.vocab) fail("token id ", id, " is outside the vocabulary of ", architecture_.vocab, " entries");
  }
  if (architecture_.token_types > 0) within(rows.types_n, architecture_.token_types, "segment");
  if (architecture_.positions.kind == "blocks") within(rows.block_positions_n, architecture_.context + 1, "block position");
}

Memory Model::encode(Tape& tape, const TokenRows& rows, const Flow& outer) {
  if (!rows.encoder) fail("this model has an encoder and was given nothing to encode");
  const TokenRows& source = *rows.encoder;
  if (source.sequences() != rows.sequences())
    fail("the encoder has ", source.sequences(), " sequences and the decoder ", rows.sequences(), "; give one for each");
  check_ids(source);
  Flow flow = outer;
  flow.segments = source.segments;
  flow.positions_n = source.positions_n;
  flow.cache = nullptr;
  flow.hidden = outer.encoder_hidden;
  flow.attention = outer.encoder_attention;
  if (device() == Device::kReference) flow.compute = DType::kF64;
  auto segments = std::make_shared<std::vector<ops::Segment>>();
  for (size_t s = 0; s < rows.segments->size(); ++s) {
    const ops::Segment &to = (*rows.segments)[s], &from = (*source.segments)[s];
    segments->push_back({to.q_begin, to.q_len, from.q_begin, from.q_len, 0});
  }
  return {encoder_->forward(tape, embedding_->forward(tape, source, flow), flow), segments, nullptr};
}

Var Model::hidden(Tape& tape, const TokenRows& rows, Flow flow) {
  check_ids(rows);
  if (!stack_) flow.hidden = flow.encoder_hidden;
  if (encoder_ && stack_ && !flow.memory.rows_md.value) flow.memory = encode(tape, rows, flow);
  if (!flow.segments) flow.segments = rows.segments;
  if (!flow.positions_n) flow.positions_n = rows.positions_n;
  if (device() == Device::kReference) flow.compute = DType::kF64;
  return (stack_ ? *stack_ : *encoder_).forward(tape, embedding_->forward(tape, rows, flow), flow);
}

}  // namespace gimbal
