// E10, the control on images: how far BatchNorm's statistics of a batch lie from the running ones while a net learns glyphs, and what the difference
// costs at inference (Shen et al. 2020, arXiv:2003.07845, figure 1, for language).
//
//   mean_distance   mean over channels and layers of |mean_batch - mean_running| / sqrt(var_running)
//   var_distance    mean of |var_batch - var_running| / var_running
#pragma once

#include "lab/studies/image_nets.h"

namespace gimbal::lab::batch_statistics {

/// Distances of one layer, for whoever has what a BatchNorm read and its running statistics: x_nd and two vectors [d].
struct Distance {
  double mean = 0, var = 0;
};
Distance distance(const Tensor& x_nd, const Tensor& running_mean_d, const Tensor& running_var_d);

struct Settings {
  std::string net = "cnn";
  int64_t batch = 32, steps = 400, train_rows = 2000, test_rows = 1000, warm_up = 100;
  double lr = 0.05;

  template <class V>
  void fields(V&& v) {
    v("net", net, "mlp or cnn");
    v("batch", batch, "rows of a batch");
    v("steps", steps, "updates");
    v("train_rows", train_rows, "glyphs to learn from");
    v("test_rows", test_rows, "glyphs to score");
    v("warm_up", warm_up, "steps before distances count: the running statistics start at 0 and 1");
    v("lr", lr, "learning rate");
  }
};
struct Result {
  double mean_distance = 0, var_distance = 0, loss_gap = 0;

  template <class V>
  void fields(V&& v) {
    v("mean_distance", mean_distance, "of a batch's means from the running ones, in running deviations");
    v("var_distance", var_distance, "of a batch's variances from the running ones, relative");
    v("loss_gap", loss_gap, "test loss by running statistics minus by batch statistics, nats");
  }
};
Result run(const Settings& settings, uint64_t seed);

}  // namespace gimbal::lab::batch_statistics
