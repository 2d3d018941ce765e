// Noise whose distribution changes with every step: the perturbation of Santurkar et al. 2018 (arXiv:1805.11604, appendix A).
//
//   each step draws for each channel a mean m ~ U(-mean, mean) and a scale s ~ U(1, scale); each element gets y' = s' y + m' with
//   m' ~ U(m - jitter, m + jitter) and s' ~ N(s, jitter^2)
#pragma once

#include <utility>

#include "core/rng.h"
#include "tensor/tensor.h"

namespace gimbal::lab {

struct ShiftingNoise {
  double mean = 0.5, scale = 1.25, jitter = 0.1;
};

struct NoiseOfStep {
  Tensor scale_nd, shift_nd;  // f32
};
/// The same (seed, step, place) gives the same noise.
NoiseOfStep draw_noise(const ShiftingNoise& noise, int64_t n, int64_t d, const Rng& stream, int64_t step, int64_t place);

}  // namespace gimbal::lab
