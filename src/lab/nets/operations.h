// Differentiable operations that the lab's small nets need besides those of transformers (autograd/ops.h).
//
// Suffixes as there; b sequences or images, t time steps. Values are f32, or f64 on the reference device.
#pragma once

#include <span>
#include <vector>

#include "autograd/ops.h"

namespace gimbal::lab::nets {

/// a * b, element by element.
Var product(Tape& tape, const Var& a, const Var& b);
/// a + b.
Var sum(Tape& tape, const Var& a, const Var& b);
/// x_nd * gain_d + bias_d; either may be null.
Var channel_affine(Tape& tape, const Var& x_nd, Parameter* gain_d, Parameter* bias_d);

/// The same elements under another shape.
Var reshape(Tape& tape, const Var& x, Shape shape);
/// Rows [begin, end); the gradients of many such parts meet in one tensor without copies of it.
Var row_block(Tape& tape, const Var& x_nd, int64_t begin, int64_t end);
/// All rows of one after all rows of the other.
Var stack_rows(Tape& tape, std::span<const Var> parts);
/// Columns of one beside columns of the other.
Var join_columns(Tape& tape, const Var& a_nc, const Var& b_nd);
/// Columns [begin, begin + count).
Var columns(Tape& tape, const Var& x_nc, int64_t begin, int64_t count);
/// x_[n g, j] -> [g, n, j] order of blocks: row r = (i, k), i < outer, k < inner, moves to (k, i). Its own inverse with the two swapped.
Var swap_blocks(Tape& tape, const Var& x, int64_t outer, int64_t inner, int64_t count);

/// Softmax cross-entropy of logits_nv against targets (negative: not counted): scale * sum of weight * loss, a root or a term of a plain sum.
Var cross_entropy(Tape& tape, const Var& logits_nv, std::span<const int32_t> targets, double scale, ops::LossSums& sums);
/// scale * sum of log(1 + e^x) - target x: the logistic loss of x against targets in [0, 1].
Var logistic_loss(Tape& tape, const Var& x, std::span<const double> targets, double scale, double& sum);

/// Policy gradient (Williams 1992) with an entropy bonus: scale * sum over rows of -advantage log p(action) - bonus H(p).
struct PolicyTargets {
  std::vector<int32_t> actions;
  std::vector<double> advantages;
  double entropy_bonus = 0;
};
Var policy_loss(Tape& tape, const Var& logits_nv, const PolicyTargets& targets, double scale, double& entropy_sum);

}  // namespace gimbal::lab::nets
