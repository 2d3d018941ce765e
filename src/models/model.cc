// Assembles embedding, stack and head; checks ids and lengths before anything is computed.
#include "models/model.h"

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
  stack_ = std::make_unique<Stack>(architecture_, Depth{Role::kDecoderOnly, architecture_.layers, 0}, parameters_);
  head_ = architecture_.tied ? &embedding_->table()
                             : &parameters_.make("head.weight", Shape{architecture_.vocab, architecture_.width},
                                                 {{architecture_.vocab, InitPart::Kind::kNormal, architecture_.init.std}}, Decay::kYes);
}

Var Model::hidden(Tape& tape, const TokenRows& rows, Flow flow) {
  for (int64_t i = 0; i < rows.rows(); ++i) {
    const int32_t id = rows.ids_n.data<int32_t>()[i];
    if (id < 0 || id >= architecture_.vocab) fail("token id ", id, " is outside the vocabulary of ", architecture_.vocab, " entries");
  }
  if (!flow.segments) flow.segments = rows.segments;
  if (!flow.positions_n) flow.positions_n = rows.positions_n;
  if (device() == Device::kReference) flow.compute = DType::kF64;
  return stack_->forward(tape, embedding_->forward(tape, rows.ids_n, flow), flow);
}

Var Model::logits(Tape& tape, const Var& hidden) {
  return ops::linear(tape, hidden, *head_, nullptr, hidden.value.dtype() == DType::kF64 ? DType::kF64 : DType::kF32);
}

Var Model::loss(Tape& tape, const Var& hidden, const TokenRows& rows, const ops::CrossEntropySpec& spec, double scale, ops::LossSums& sums) {
  return ops::linear_cross_entropy(tape, hidden, *head_, nullptr, spec, rows.targets_n, rows.weights_n, scale, sums);
}

}  // namespace gimbal
