// E34: plain and residual nets asked to output their input: a residual block has only to become small, a plain one has to learn the identity.
#pragma once

#include <cstdint>
#include <string>

namespace gimbal::lab::identity_task {

struct Settings {
  int64_t depth = 8, width = 32, batch = 64, steps = 400;
  std::string shortcut = "plain", norm = "none", activation = "relu";
  double lr = 1e-3, branch_start = 1;

  template <class V>
  void fields(V&& v) {
    v("depth", depth, "layers after the stem; even");
    v("width", width, "units of a layer; the input has half as many numbers");
    v("batch", batch, "rows of a batch");
    v("steps", steps, "updates of AdamW");
    v("shortcut", shortcut, "plain or residual");
    v("norm", norm, "kind of norm");
    v("activation", activation, "activation of the layers");
    v("lr", lr, "learning rate");
    v("branch_start", branch_start, "residual: starting size of a block's branch; 0: every block starts as the identity");
  }
};
struct Result {
  double error = 0, error_at_start = 0;

  template <class V>
  void fields(V&& v) {
    v("error", error, "mean squared error over the inputs' variance, on new rows in the last 20 steps: 1 is knowing nothing");
    v("error_at_start", error_at_start, "the same before training");
  }
};
Result run(const Settings& settings, uint64_t seed);

}  // namespace gimbal::lab::identity_task
