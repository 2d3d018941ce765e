// E12: does BatchNorm work because it removes internal covariate shift? (Santurkar et al. 2018, arXiv:1805.11604: no.) A perceptron without norm,
// with BatchNorm, and with BatchNorm behind which noise of another mean and variance is put at every step.
//
//   shift_i = ||G_i - G'_i||: the gradient of layer i's weight at one batch, before and after the layers below took their step (definition 2.1)
//   roughness = max over s of ||g(W - s lr g) - g(W)|| / ||g(W)||, s in 1/4, 1/2, 1, 2: how far the gradient predicts the path (section 3.2)
#pragma once

#include "lab/data/shifting_noise.h"
#include "lab/nets/mlp.h"

namespace gimbal::lab::covariate_shift {

struct Settings {
  std::string norm = "batch";
  bool noisy = false;
  double noise_mean = 0.5, noise_scale = 1.25;
  int64_t layers = 6, width = 128, batch = 64, steps = 300, measure_every = 50, train_rows = 2000;
  double lr = 0.05;

  template <class V>
  void fields(V&& v) {
    v("norm", norm, "kind of norm");
    v("noisy", noisy, "put noise behind every norm");
    v("noise_mean", noise_mean, "largest mean of the noise");
    v("noise_scale", noise_scale, "largest scale of the noise");
    v("layers", layers, "layers after the stem");
    v("width", width, "units of a layer");
    v("batch", batch, "rows of a batch");
    v("steps", steps, "updates");
    v("measure_every", measure_every, "steps between two measurements");
    v("train_rows", train_rows, "glyphs to learn from");
    v("lr", lr, "learning rate");
  }
};
struct Result {
  double train_loss = 0, shift = 0, relative_shift = 0, cosine = 0, roughness = 0;

  template <class V>
  void fields(V&& v) {
    v("train_loss", train_loss, "mean of the last 20 steps");
    v("shift", shift, "mean over layers and measurements of ||G - G'||");
    v("relative_shift", relative_shift, "the same over ||G||");
    v("cosine", cosine, "mean of cos(G, G')");
    v("roughness", roughness, "mean over measurements of the largest relative change of the gradient along its step");
  }
};
Result run(const Settings& settings, uint64_t seed);

}  // namespace gimbal::lab::covariate_shift
