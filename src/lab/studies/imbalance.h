// E31: one to five percent of positives, and batches of one: where BatchNorm is said to hurt. Two Gaussian classes, a perceptron.
#pragma once

#include <cstdint>
#include <string>

namespace gimbal::lab::imbalance {

struct Settings {
  std::string norm = "batch";
  double share_of_ones = 0.02, apart = 3, lr = 0.02;
  int64_t batch = 32, steps = 600, width = 32, layers = 2, dimensions = 16;

  template <class V>
  void fields(V&& v) {
    v("norm", norm, "kind of norm");
    v("share_of_ones", share_of_ones, "share of the rare class");
    v("apart", apart, "distance of the classes in deviations");
    v("lr", lr, "learning rate");
    v("batch", batch, "rows of a batch; 1 is online learning");
    v("steps", steps, "updates");
    v("width", width, "units of a layer");
    v("layers", layers, "layers after the stem");
    v("dimensions", dimensions, "numbers of a row");
  }
};
struct Result {
  double balanced_error = 0, balanced_error_by_batch_statistics = 0, average_precision = 0, loss_gap = 0;
  std::string refusal;

  template <class V>
  void fields(V&& v) {
    v("balanced_error", balanced_error, "mean of the two classes' errors on new rows, by running statistics");
    v("balanced_error_by_batch_statistics", balanced_error_by_batch_statistics, "the same by statistics of batches as in training");
    v("average_precision", average_precision, "area under precision over recall of the rare class");
    v("loss_gap", loss_gap, "loss by running statistics minus loss by batch statistics");
    v("refusal", refusal, "why the norm cannot be trained this way; empty when it can");
  }
};
/// A norm that cannot train on such batches is a result, with the engine's sentence.
Result run(const Settings& settings, uint64_t seed);

}  // namespace gimbal::lab::imbalance
