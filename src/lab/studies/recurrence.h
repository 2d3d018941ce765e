// E36: norms in a GRU or an LSTM that has to remember the first symbol of a sequence over all the others that follow.
#pragma once

#include <cstdint>
#include <string>

namespace gimbal::lab::recurrence {

struct Settings {
  std::string cell = "lstm", norm = "layer", statistics = "shared";
  int64_t length = 32, symbols = 8, width = 32, batch = 32, steps = 200;
  double lr = 5e-3, norm_gain = 1;

  template <class V>
  void fields(V&& v) {
    v("cell", cell, "lstm or gru");
    v("norm", norm, "kind of norm inside the cell");
    v("statistics", statistics, "BatchNorm's running statistics: shared by all steps, or per-step");
    v("length", length, "symbols of a sequence");
    v("symbols", symbols, "different symbols");
    v("width", width, "units of the cell");
    v("batch", batch, "sequences of a batch");
    v("steps", steps, "updates of AdamW");
    v("lr", lr, "learning rate");
    v("norm_gain", norm_gain, "starting gain of the norms");
  }
};
struct Result {
  double loss = 0, error = 0, mean_loss = 0, error_twice_as_long = 0;

  template <class V>
  void fields(V&& v) {
    v("loss", loss, "mean of the last 20 steps, nats");
    v("error", error, "share of new sequences answered wrongly, by running statistics");
    v("mean_loss", mean_loss, "mean over all steps: lower is faster");
    v("error_twice_as_long", error_twice_as_long, "error on sequences twice as long as in training");
  }
};
Result run(const Settings& settings, uint64_t seed);

}  // namespace gimbal::lab::recurrence
