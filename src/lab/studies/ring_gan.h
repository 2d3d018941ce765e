// E36: norms in the generator and the discriminator of a small GAN whose data are clouds on a ring.
#pragma once

#include <cstdint>
#include <string>

namespace gimbal::lab::ring_gan {

struct Settings {
  std::string generator_norm = "none", discriminator_norm = "none";
  int64_t steps = 1500, batch = 128, width = 64, clouds = 8;
  double lr = 1e-3, spread = 0.1;

  template <class V>
  void fields(V&& v) {
    v("generator_norm", generator_norm, "kind of norm in the generator");
    v("discriminator_norm", discriminator_norm, "kind of norm in the discriminator");
    v("steps", steps, "updates of each net");
    v("batch", batch, "real points a step, and as many generated");
    v("width", width, "units of a layer");
    v("clouds", clouds, "clouds on the ring");
    v("lr", lr, "learning rate of AdamW");
    v("spread", spread, "deviation of a cloud; the ring has radius 2");
  }
};
struct Result {
  double clouds = 0, good_points = 0, discriminator_loss = 0;

  template <class V>
  void fields(V&& v) {
    v("clouds", clouds, "clouds that got at least a tenth of their share of 2000 points");
    v("good_points", good_points, "share of points within three spreads of a cloud's center");
    v("discriminator_loss", discriminator_loss, "mean of the last 100 steps; 2 ln 2 = 1.386: it cannot tell");
  }
};
Result run(const Settings& settings, uint64_t seed);

}  // namespace gimbal::lab::ring_gan
