// A model: an architecture, its parameters, and the path from token ids to hidden rows, answers and loss.
#pragma once

#include <memory>

#include "layers/head/head.h"
#include "layers/stack.h"

namespace gimbal {

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
  /// Whether the parameter answers rather than reads: a fine-tuned model may have it anew. The token table is never of the head.
  bool is_of_head(const Parameter& p) const;
  Device device() const { return embedding_->table().value.device(); }

  /// What the head reads: [n, d] of the compute type; where embeddings are asked of an encoder-decoder, the encoder's rows of `rows` itself. `flow.segments` and positions are taken from the rows unless set. An encoder-decoder needs
  /// rows.encoder, or a memory in the flow.
  Var hidden(Tape& tape, const TokenRows& rows, Flow flow);
  /// The encoder's rows [m, d] for rows.encoder, with the segments that join them to the decoder's sequences.
  Memory encode(Tape& tape, const TokenRows& rows, const Flow& flow);
  /// What the decoder's layers make of a memory's rows, for Memory::keys_and_values: [m, 2 kv_heads head_width] each.
  std::vector<Tensor> keys_and_values(Tape& tape, const Memory& memory) const { return stack_->of_memory(tape, memory.rows_md); }
  const Head& head() const { return *head_; }
  /// [n, v] f32: the head's view of the next (or masked) token.
  Var logits(Tape& tape, const Var& hidden_nd) { return head_->token_logits(tape, hidden_nd); }
  Var loss(Tape& tape, const Var& hidden_nd, const TokenRows& rows, const ops::CrossEntropySpec& spec, const LossScale& scale, Losses& losses) {
    return head_->loss(tape, hidden_nd, rows, spec, scale, losses);
  }

 private:
  void check_ids(const TokenRows& rows) const;

  Architecture architecture_;
  Parameters parameters_;
  std::unique_ptr<Embedding> embedding_;
  std::unique_ptr<Stack> encoder_, stack_;
  std::unique_ptr<Head> head_;
  size_t head_begin_ = 0, head_end_ = 0;  // of the parameters
};

}  // namespace gimbal
