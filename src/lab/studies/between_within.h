// E30: "BatchNorm keeps the order between samples and loses it within a sample, LayerNorm the reverse": a norm on the inputs of a perceptron, under
// the two rules of lab/data/rules.h.
#pragma once

#include <cstdint>
#include <string>

namespace gimbal::lab::between_within {

struct Settings {
  std::string rule = "between", batch_labels = "mixed", norm = "layer";
  int64_t positions = 16, width = 32, batch = 32, steps = 200;
  double noise = 0.5, lr = 0.05;

  template <class V>
  void fields(V&& v) {
    v("rule", rule, "between or within");
    v("batch_labels", batch_labels, "mixed, or alike: all samples of a batch have one label");
    v("norm", norm, "kind of the norm on the inputs");
    v("positions", positions, "numbers of a sample");
    v("width", width, "units of the one hidden layer");
    v("batch", batch, "samples of a batch");
    v("steps", steps, "updates");
    v("noise", noise, "deviation of the noise on each number; the signal is 1");
    v("lr", lr, "learning rate");
  }
};
struct Result {
  double error = 0, error_by_running_statistics = 0;

  template <class V>
  void fields(V&& v) {
    v("error", error, "share of wrong labels on new batches, statistics as in training");
    v("error_by_running_statistics", error_by_running_statistics, "the same with running statistics");
  }
};
Result run(const Settings& settings, uint64_t seed);

}  // namespace gimbal::lab::between_within
