// Mixtures of Gaussians: clouds on a ring in the plane for generators, and classes in many dimensions for classifiers.
#pragma once

#include "lab/data/labelled.h"

namespace gimbal::lab {

/// `clouds` Gaussians of deviation `spread` on a circle of the given radius; labels name the cloud.
struct RingSettings {
  int64_t clouds = 8;
  double radius = 2, spread = 0.08;
};
Labelled make_ring(int64_t n, const RingSettings& settings, uint64_t seed);

/// How well points [n, 2] cover a ring: a point counts for the nearest cloud when it lies within three spreads of it.
struct RingCoverage {
  int64_t clouds = 0;      // that hold at least a tenth of their share
  double good_points = 0;  // share of the points that count
};
RingCoverage ring_coverage(const Tensor& points_n2, const RingSettings& settings);

/// Two classes in d dimensions, unit noise around centers `apart` from each other; class 1 has the given share.
struct TwoClasses {
  int64_t dimensions = 16;
  double apart = 3, share_of_ones = 0.5;
};
Labelled make_two_classes(int64_t n, const TwoClasses& settings, uint64_t seed);

}  // namespace gimbal::lab
