// E35: the norm before or after the activation, raw, min-max scaled or standardized inputs, with and without norms; and whether a norm makes what it
// gives any more Gaussian.
#pragma once

#include "lab/studies/image_nets.h"

namespace gimbal::lab::order_and_scaling {

struct Settings {
  std::string net = "mlp", norm = "batch", place = "before", scaling = "z-score";
  double raw_scale = 255, lr = 0.05;
  int64_t groups = 4, batch = 32, steps = 300, train_rows = 2000, test_rows = 1000;

  template <class V>
  void fields(V&& v) {
    v("net", net, "mlp or cnn");
    v("norm", norm, "kind of norm");
    v("place", place, "before or after the activation");
    v("scaling", scaling, "of the inputs: raw, min-max or z-score");
    v("raw_scale", raw_scale, "what ink of full strength is before scaling");
    v("lr", lr, "learning rate");
    v("groups", groups, "groups of channels (group)");
    v("batch", batch, "rows of a batch");
    v("steps", steps, "updates");
    v("train_rows", train_rows, "glyphs to learn from");
    v("test_rows", test_rows, "glyphs to score");
  }
};
struct Result {
  double test_error = 0, train_loss = 0, from_gaussian_before = 0, from_gaussian_after = 0;

  template <class V>
  void fields(V&& v) {
    v("test_error", test_error, "share of test glyphs named wrongly");
    v("train_loss", train_loss, "mean of the last 20 steps; not a number: diverged");
    v("from_gaussian_before", from_gaussian_before, "Kolmogorov distance from the normal of its own mean and deviation, of what the norms read");
    v("from_gaussian_after", from_gaussian_after, "the same of what they give");
  }
};
Result run(const Settings& settings, uint64_t seed);

/// Largest distance of the values' distribution function from that of the normal with their mean and deviation; 0 for values all alike.
double distance_from_gaussian(std::vector<double> values);

}  // namespace gimbal::lab::order_and_scaling
