// The definition of the whole-tensor passes: scaled copy, dropout, and the sums that health is read from.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>

#include "core/rng.h"
#include "kernels/elementwise.h"

namespace gimbal::kernels::ref {

/// y = scale x; its vjp is itself.
template <class T>
void copy(std::span<const T> x, T scale, std::span<T> y) {
  for (size_t i = 0; i < x.size(); ++i) y[i] = scale * x[i];
}

/// Draw i of stream `key`, in [0, 1), as Rng::uniform_at(i) of that stream.
inline double dropout_draw(uint64_t key, uint64_t i) {
  const uint64_t draw = mix64(mix64(key + i * 0x9e3779b97f4a7c15ULL) ^ key);
  return static_cast<double>(draw >> 11) * 0x1.0p-53;
}

/// y = x / (1 - p) where the draw is at least p, else 0; its vjp is itself with the same key.
template <class T>
void dropout(std::span<const T> x, double p, uint64_t key, std::span<T> y) {
  for (size_t i = 0; i < x.size(); ++i) y[i] = dropout_draw(key, i) < p ? T(0) : x[i] * static_cast<T>(1 / (1 - p));
}

/// `count` is the number of all elements, finite or not.
template <class T>
Moments moments(std::span<const T> x) {
  Moments m;
  m.count = static_cast<int64_t>(x.size());
  for (const T value : x) {
    if (!std::isfinite(value)) {
      ++m.non_finite;
      continue;
    }
    m.sum += value;
    m.sum_squares += static_cast<double>(value) * value;
    m.max_abs = std::max(m.max_abs, static_cast<double>(std::abs(value)));
  }
  return m;
}

/// min over rows of sqrt(mean (x - mean x)^2)
template <class T>
double least_row_deviation(std::span<const T> x_nd, int64_t d) {
  double least = std::numeric_limits<double>::infinity();
  for (; !x_nd.empty(); x_nd = x_nd.subspan(static_cast<size_t>(d))) {
    double sum = 0, squares = 0;
    for (int64_t i = 0; i < d; ++i) sum += x_nd[i];
    const double mean = sum / static_cast<double>(d);
    for (int64_t i = 0; i < d; ++i) squares += (x_nd[i] - mean) * (x_nd[i] - mean);
    if (std::isfinite(squares)) least = std::min(least, std::sqrt(squares / static_cast<double>(d)));
  }
  return std::isfinite(least) ? least : 0;
}

}  // namespace gimbal::kernels::ref
