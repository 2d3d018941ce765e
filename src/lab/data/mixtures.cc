// Sampling from mixtures of Gaussians.
#include "lab/data/mixtures.h"

#include <cmath>
#include <numbers>

namespace gimbal::lab {
namespace {

struct Place {
  double x, y;
};
Place cloud_center(const RingSettings& s, int64_t cloud) {
  const double angle = 2 * std::numbers::pi * static_cast<double>(cloud) / static_cast<double>(s.clouds);
  return {s.radius * std::cos(angle), s.radius * std::sin(angle)};
}

}  // namespace

Labelled make_ring(int64_t n, const RingSettings& settings, uint64_t seed) {
  Labelled set{Tensor(Shape{n, 2}, DType::kF32), {}};
  Rng rng(seed, "lab/ring");
  for (int64_t i = 0; i < n; ++i) {
    const auto cloud = static_cast<int64_t>(rng.below(static_cast<uint64_t>(settings.clouds)));
    const Place center = cloud_center(settings, cloud);
    set.x_nd.data<float>()[2 * i] = static_cast<float>(center.x + settings.spread * rng.normal());
    set.x_nd.data<float>()[2 * i + 1] = static_cast<float>(center.y + settings.spread * rng.normal());
    set.labels.push_back(static_cast<int32_t>(cloud));
  }
  return set;
}

RingCoverage ring_coverage(const Tensor& points, const RingSettings& settings) {
  std::vector<int64_t> held(static_cast<size_t>(settings.clouds));
  const int64_t n = points.rows();
  int64_t good = 0;
  for (int64_t i = 0; i < n; ++i)
    for (int64_t cloud = 0; cloud < settings.clouds; ++cloud) {
      const Place center = cloud_center(settings, cloud);
      if (std::hypot(points.at(2 * i) - center.x, points.at(2 * i + 1) - center.y) > 3 * settings.spread) continue;
      ++held[static_cast<size_t>(cloud)];
      ++good;
      break;
    }
  RingCoverage coverage{0, static_cast<double>(good) / static_cast<double>(n)};
  for (const int64_t count : held) coverage.clouds += count * 10 * settings.clouds >= n ? 1 : 0;
  return coverage;
}

Labelled make_two_classes(int64_t n, const TwoClasses& s, uint64_t seed) {
  Labelled set{Tensor(Shape{n, s.dimensions}, DType::kF32), {}};
  Rng rng(seed, "lab/two-classes");
  const double each = s.apart / 2 / std::sqrt(static_cast<double>(s.dimensions));
  for (int64_t i = 0; i < n; ++i) {
    const bool one = rng.uniform() < s.share_of_ones;
    for (int64_t j = 0; j < s.dimensions; ++j) set.x_nd.data<float>()[i * s.dimensions + j] = static_cast<float>((one ? each : -each) + rng.normal());
    set.labels.push_back(one ? 1 : 0);
  }
  return set;
}

}  // namespace gimbal::lab
