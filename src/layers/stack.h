// Embeddings, blocks, final norm: everything of a transformer but its head.
#pragma once

#include <memory>
#include <vector>

#include "layers/block.h"
#include "layers/rows.h"

namespace gimbal {

/// Token table plus positions (learned, sinusoid, or two-dimensional) and segments, the embed slot, dropout. An encoder and its decoder share one.
class Embedding {
 public:
  Embedding(const Architecture& a, Parameters& parameters);
  /// -> stream [n, d] f32.
  Var forward(Tape& tape, const TokenRows& rows, const Flow& flow) const;
  Parameter& table() const { return *table_; }

 private:
  Parameter *table_, *positions_ = nullptr, *block_positions_ = nullptr, *types_ = nullptr;
  std::unique_ptr<Norm> norm_;
  double dropout_, scale_, gradient_;
};

class Stack {
 public:
  Stack(const Architecture& a, const Depth& depth, Parameters& parameters);
  /// Stream -> what the head reads, of the compute type.
  Var forward(Tape& tape, const Var& h_nd, const Flow& flow) const;
  /// Of a decoder: each block's keys and values of its encoder's rows.
  std::vector<Tensor> of_memory(Tape& tape, const Var& rows_md) const;

 private:
  Stream through(const Block& block, Tape& tape, const Stream& stream, const Flow& flow) const;
  /// One stream of several.
  Var closed(Tape& tape, const Var& h) const;
  /// What the head reads of what leaves the last block.
  Var finished(Tape& tape, const Stream& stream, DType out) const;

  Depth depth_;
  Beside beside_;
  int64_t streams_;
  std::vector<std::unique_ptr<Block>> blocks_;
  Parameter* relative_ = nullptr;  // [buckets, heads], where positions are relative
  ops::DistanceBuckets buckets_;
  std::unique_ptr<Norm> final_;
};

}  // namespace gimbal
