// A small generative adversarial net for points in the plane (Goodfellow et al., arXiv:1406.2661), with the loss that does not saturate.
//
//   discriminator   minimize  mean softplus(-D(x)) + mean softplus(D(G(z)))
//   generator       minimize  mean softplus(-D(G(z)))
#pragma once

#include <memory>

#include "lab/nets/learner.h"
#include "lab/nets/mlp.h"

namespace gimbal::lab::nets {

struct GanSettings {
  int64_t noise = 4, width = 64, layers = 2;
  NormConfig generator_norm{.kind = "none"}, discriminator_norm{.kind = "none"};
  double lr = 1e-3, beta1 = 0.5;
};

class Gan {
 public:
  Gan(const GanSettings& settings, uint64_t seed);

  struct Losses {
    double discriminator = 0, generator = 0;
  };
  /// One update of the discriminator on real_n2 and as many generated points, then one of the generator.
  Losses step(const Tensor& real_n2);
  /// Points [n, 2] under running statistics; the same for the same `stream`.
  Tensor generate(int64_t n, std::string_view stream);

 private:
  Tensor draw(int64_t n);
  double learn_to_tell(const Tensor& real_n2);
  double learn_to_deceive(int64_t n);

  GanSettings settings_;
  uint64_t seed_;
  Rng noise_;
  Mlp generator_, discriminator_;
  std::unique_ptr<Optimizer> generator_optimizer_, discriminator_optimizer_;
};

}  // namespace gimbal::lab::nets
