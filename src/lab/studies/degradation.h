// E13: deeper plain nets with BatchNorm have a higher training loss although their gradients do not vanish; residual ones do not (He et al. 2015,
// arXiv:1512.03385). Perceptrons on glyphs.
#pragma once

#include "lab/studies/image_nets.h"

namespace gimbal::lab::degradation {

struct Settings {
  int64_t depth = 20, width = 64, batch = 64, steps = 300, train_rows = 2000;
  std::string shortcut = "plain", norm = "batch";
  double lr = 0.05, branch_start = 1;

  template <class V>
  void fields(V&& v) {
    v("depth", depth, "layers after the stem; even");
    v("width", width, "units of a layer");
    v("batch", batch, "rows of a batch");
    v("steps", steps, "updates");
    v("train_rows", train_rows, "glyphs to learn from");
    v("shortcut", shortcut, "plain or residual");
    v("norm", norm, "kind of norm");
    v("lr", lr, "learning rate");
    v("branch_start", branch_start, "residual: starting size of a block's branch; 0: every block starts as the identity");
  }
};
struct Result {
  double train_loss = 0, train_error = 0, gradient_ratio_at_start = 0, gradient_ratio_at_end = 0;

  template <class V>
  void fields(V&& v) {
    v("train_loss", train_loss, "mean of the last 20 steps");
    v("train_error", train_error, "share of training glyphs named wrongly, by batch statistics");
    v("gradient_ratio_at_start", gradient_ratio_at_start,
      "gradient norm of layer 1 over that of the last layer, before training; not a number where all blocks start as the identity");
    v("gradient_ratio_at_end", gradient_ratio_at_end, "the same after training");
  }
};
Result run(const Settings& settings, uint64_t seed);

}  // namespace gimbal::lab::degradation
