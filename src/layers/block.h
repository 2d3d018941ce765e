// One sub-layer (a branch with its slots and its join), and the block of them that a stack repeats.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "layers/branch.h"
#include "layers/design.h"
#include "layers/residual/residual.h"

namespace gimbal {

/// What flows through a stack.
struct Stream {
  Var h;
  Var beside;  // has a value where the placement has something flow beside h
};

class Sublayer {
 public:
  /// An absent slot is a null norm: the identity.
  struct Slots {
    std::unique_ptr<Norm> before, inside, out, after;
  };
  Sublayer(std::unique_ptr<Branch> branch, std::unique_ptr<Residual> residual, Slots slots, const Placement& placement, std::string what)
      : branch_(std::move(branch)), residual_(std::move(residual)), slots_(std::move(slots)), placement_(placement), what_(std::move(what)) {}

  /// The stream through this sub-layer. `ratio`, when watched, receives rms(branch) / rms(stream).
  Stream forward(Tape& tape, const Stream& in, const Flow& flow, double* ratio) const;
  const Branch& branch() const { return *branch_; }

 private:
  std::unique_ptr<Branch> branch_;
  std::unique_ptr<Residual> residual_;
  Slots slots_;
  Placement placement_;
  std::string what_;
};

class Block {
 public:
  /// Parameters are named "block.<layer>.…", those of an encoder "encoder.block.<layer>.…".
  Block(const Architecture& a, const LayerPlace& place, Parameters& parameters);
  Stream forward(Tape& tape, Stream stream, const Flow& flow) const;
  /// Where a decoder attends to an encoder: keys and values of the encoder's rows.
  Var of_memory(Tape& tape, const Var& rows_md) const { return cross_->branch().of_memory(tape, rows_md); }

 private:
  LayerPlace place_;
  Beside beside_;
  std::unique_ptr<Norm> shared_;                                // of what all branches read
  std::unique_ptr<Sublayer> attention_, cross_, feed_forward_;  // cross_ only where a decoder attends to an encoder
};

}  // namespace gimbal
