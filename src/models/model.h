// A model: an architecture, its parameters, and the path from token ids to hidden rows, logits and loss.
#pragma once

#include <memory>

#include "layers/stack.h"

namespace gimbal {

/// Sequences laid end to end, without padding. All tensors i32 [n] but weights_n.
struct TokenRows {
  Tensor ids_n, positions_n;
  std::shared_ptr<const std::vector<ops::Segment>> segments;
  Tensor targets_n;  // next token of each row, negative = not counted; undefined without labels
  Tensor weights_n;  // f32 loss weights, or undefined

  int64_t rows() const { return ids_n.elements(); }
};

/// Builds rows from sequences; targets as given (same shape) or none. Error for an empty sequence or one longer than `context`.
TokenRows make_rows(std::span<const std::vector<int32_t>> sequences, std::span<const std::vector<int32_t>> targets, int64_t context, Device device);

class Model {
 public:
  /// Registers all parameters; no memory is taken until parameters().allocate(). The architecture is checked.
  explicit Model(Architecture a);
  Model(const Model&) = delete;
  Model& operator=(const Model&) = delete;

  const Architecture& architecture() const { return architecture_; }
  Parameters& parameters() { return parameters_; }
  const Parameters& parameters() const { return parameters_; }
  Device device() const { return embedding_->table().value.device(); }

  /// What the head reads: [n, d] of the compute type. `flow.segments` and positions are taken from the rows unless set.
  Var hidden(Tape& tape, const TokenRows& rows, Flow flow);
  /// [n, v] f32.
  Var logits(Tape& tape, const Var& hidden_nd);
  /// scale * sum of weighted losses over rows that have a target.
  Var loss(Tape& tape, const Var& hidden_nd, const TokenRows& rows, const ops::CrossEntropySpec& spec, double scale, ops::LossSums& sums);

 private:
  Architecture architecture_;
  Parameters parameters_;
  std::unique_ptr<Embedding> embedding_;
  std::unique_ptr<Stack> stack_;
  Parameter* head_;
};

}  // namespace gimbal
