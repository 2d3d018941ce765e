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

class Sublayer {
 public:
  /// An absent slot is a null norm: the identity.
  struct Slots {
    std::unique_ptr<Norm> before, inside, out, after;
  };
  Sublayer(std::unique_ptr<Branch> branch, std::unique_ptr<Residual> residual, Slots slots, Skip skip, std::string what)
      : branch_(std::move(branch)), residual_(std::move(residual)), slots_(std::move(slots)), skip_(skip), what_(std::move(what)) {}

  /// The stream h_nd through this sub-layer. `ratio`, when watched, receives rms(branch) / rms(stream).
  Var forward(Tape& tape, const Var& h_nd, const Flow& flow, double* ratio) const;
  const Branch& branch() const { return *branch_; }

 private:
  std::unique_ptr<Branch> branch_;
  std::unique_ptr<Residual> residual_;
  Slots slots_;
  Skip skip_;
  std::string what_;
};

class Block {
 public:
  /// Parameters are named "block.<layer>.…", those of an encoder "encoder.block.<layer>.…".
  Block(const Architecture& a, const LayerPlace& place, Parameters& parameters);
  Var forward(Tape& tape, const Var& h_nd, const Flow& flow) const;
  /// Where a decoder attends to an encoder: keys and values of the encoder's rows.
  Var of_memory(Tape& tape, const Var& rows_md) const { return cross_->branch().of_memory(tape, rows_md); }

 private:
  LayerPlace place_;
  std::unique_ptr<Sublayer> attention_, cross_, feed_forward_;  // cross_ only where a decoder attends to an encoder
};

}  // namespace gimbal
