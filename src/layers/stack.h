// Embeddings, blocks, final norm: everything of a decoder but its head.
#pragma once

#include <memory>
#include <vector>

#include "layers/block.h"
#include "layers/flow.h"

namespace gimbal {

/// Token table plus positions (learned or sinusoid), the embed slot, dropout.
class Embedding {
 public:
  Embedding(const Architecture& a, Parameters& parameters);
  /// ids_n, flow.positions_n i32 -> stream [n, d] f32.
  Var forward(Tape& tape, const Tensor& ids_n, const Flow& flow) const;
  Parameter& table() const { return *table_; }

 private:
  Parameter *table_, *positions_ = nullptr;
  std::unique_ptr<Norm> norm_;
  double dropout_;
};

class Stack {
 public:
  Stack(const Architecture& a, const Depth& depth, Parameters& parameters);
  /// Stream -> what the head reads, of the compute type.
  Var forward(Tape& tape, Var h_nd, const Flow& flow) const;

 private:
  std::vector<std::unique_ptr<Block>> blocks_;
  std::unique_ptr<Norm> final_;
};

}  // namespace gimbal
