// E32: the original story of BatchNorm (Ioffe & Szegedy 2015, arXiv:1502.03167), piece by piece, in a perceptron on glyphs: how the inputs of layers
// drift while it learns, how many units saturate, how a small change in the first layer grows with depth; with any norm or whitening, learned or
// frozen gain and bias.
//
//   drift           mean over layers and probes of sum |change of a unit's mean since the last probe| / sum of the units' deviations
//   saturated       share of sigmoid or tanh units outside the range that holds 90% of their output; of ReLU: units that are 0 on all rows
//   amplification   relative change of the last layer's units over that of the first layer's, for a relative change of 1e-3 in the first weight
#pragma once

#include "lab/studies/image_nets.h"

namespace gimbal::lab::saturation {

struct Settings {
  std::string norm = "batch", activation = "sigmoid", affine = "learned";
  int64_t layers = 6, width = 64, batch = 64, steps = 300, probe_every = 20, train_rows = 2000;
  double lr = 0.1;

  template <class V>
  void fields(V&& v) {
    v("norm", norm, "kind of norm, or zca, cholesky, newton-schulz");
    v("activation", activation, "activation of the layers");
    v("affine", affine, "learned, or frozen: gain 1 and bias 0, the same as none");
    v("layers", layers, "layers after the stem");
    v("width", width, "units of a layer");
    v("batch", batch, "rows of a batch");
    v("steps", steps, "updates");
    v("probe_every", probe_every, "steps between two looks at the probe");
    v("train_rows", train_rows, "glyphs to learn from");
    v("lr", lr, "learning rate");
  }
};
struct Result {
  double train_loss = 0, drift = 0, saturated_at_start = 0, saturated_at_end = 0, amplification_at_start = 0, amplification_at_end = 0, step_ms = 0;

  template <class V>
  void fields(V&& v) {
    v("train_loss", train_loss, "mean of the last 20 steps");
    v("drift", drift, "mean move of a unit's mean between probes, in mean deviations of its layer");
    v("saturated_at_start", saturated_at_start, "share of saturated units before training");
    v("saturated_at_end", saturated_at_end, "the same after training");
    v("amplification_at_start", amplification_at_start, "growth of a small change from the first layer to the last, before training");
    v("amplification_at_end", amplification_at_end, "the same after training");
    v("step_ms", step_ms, "milliseconds a step, without probes");
  }
};
Result run(const Settings& settings, uint64_t seed);

}  // namespace gimbal::lab::saturation
