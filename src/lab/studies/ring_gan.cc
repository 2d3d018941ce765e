// E36, the GAN, one arm.
#include "lab/studies/ring_gan.h"

#include <algorithm>

#include "lab/data/mixtures.h"
#include "lab/nets/gan.h"

namespace gimbal::lab::ring_gan {

Result run(const Settings& s, uint64_t seed) {
  const RingSettings ring{.clouds = s.clouds, .spread = s.spread};
  nets::GanSettings shape{.width = s.width, .lr = s.lr};
  shape.generator_norm = {.kind = s.generator_norm, .groups = 4};
  shape.discriminator_norm = {.kind = s.discriminator_norm, .groups = 4};
  nets::Gan gan(shape, seed);
  const Rng batches(seed, "lab/ring-batches");
  Result result;
  const int64_t tail = std::min<int64_t>(100, s.steps);
  for (int64_t step = 0; step < s.steps; ++step) {
    const auto losses = gan.step(make_ring(s.batch, ring, batches.at(static_cast<uint64_t>(step))).x_nd);
    if (step >= s.steps - tail) result.discriminator_loss += losses.discriminator / static_cast<double>(tail);
  }
  const RingCoverage coverage = ring_coverage(gan.generate(2000, "lab/ring-test"), ring);
  result.clouds = static_cast<double>(coverage.clouds);
  result.good_points = coverage.good_points;
  return result;
}

}  // namespace gimbal::lab::ring_gan
