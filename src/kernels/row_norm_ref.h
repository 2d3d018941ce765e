// Row norms by definition: the statistic of a row (or a group of its channels), the norm, and its vector-Jacobian product.
//
// T is the scalar type: double on the reference device and in the tests of the gradient.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

#include "kernels/row_norm.h"

namespace gimbal::kernels::reference {

inline bool subtracts_mean(RowStat stat) { return stat == RowStat::kLayer || stat == RowStat::kLayerStd; }

/// What is kept of a row: its mean where that is subtracted, the sum of its channels for kCompressedRms, else 0; and 1 / denominator.
template <class T>
struct RowStatistics {
  T mean{}, inverse{};
};

template <class T>
T standardized(const RowNormSpec& spec, T x, const RowStatistics<T>& s) {
  return (subtracts_mean(spec.stat) ? x - s.mean : x) * s.inverse;
}

template <class T>
RowStatistics<T> row_statistics(const RowNormSpec& spec, std::span<const T> row) {
  const std::span<const T> x = row.first(static_cast<size_t>(channels_read(spec, static_cast<int64_t>(row.size()))));
  const T d = static_cast<T>(x.size());
  const T eps = static_cast<T>(spec.eps);
  T mean = 0;
  if (subtracts_mean(spec.stat)) {
    for (const T v : x) mean += v;
    mean /= d;
  }
  T squares = 0;
  for (const T v : x) squares += (v - mean) * (v - mean);
  switch (spec.stat) {
    case RowStat::kLayer:
    case RowStat::kRms:
      return {mean, T(1) / std::sqrt(squares / d + eps)};
    case RowStat::kScale: {
      const T norm = std::sqrt(squares);
      return {mean, T(1) / (norm < eps ? eps : norm)};
    }
    case RowStat::kLayerStd:
      return {mean, T(1) / (std::sqrt(squares / std::max(d - T(1), T(1))) + eps)};
    case RowStat::kCompressedRms: {
      T sum = 0;
      for (const T v : x) sum += v;
      return {sum, T(1) / std::sqrt((squares + sum * sum) / (d + T(1)) + eps)};
    }
  }
  return {};
}

/// y = xhat * gain + bias over one row or group; gain and bias hold a value for each channel.
template <class T>
RowStatistics<T> row_norm_forward(const RowNormSpec& spec, std::span<const T> x, std::span<const T> gain, std::span<const T> bias, std::span<T> y) {
  const RowStatistics<T> s = row_statistics(spec, x);
  for (size_t i = 0; i < x.size(); ++i) y[i] = standardized(spec, x[i], s) * gain[i] + bias[i];
  return s;
}

/// What xhat's own derivative takes from each channel: dx = inverse * (a - shared - xhat * along), a = dy * gain; `along` only from those that the
/// statistic reads.
template <class T>
struct RowCorrection {
  T shared{}, along{};
};

/// From sum(a) and sum(a * xhat) over the row of `channels`. Whether eps alone made the denominator (a row shorter than eps, a constant row) is read
/// off its inverse, which may have been stored as f32: closer to 1 / eps than `kNearly` counts as equal.
template <class T>
RowCorrection<T> row_correction(const RowNormSpec& spec, int64_t channels, const RowStatistics<T>& s, T sum_a, T sum_a_xhat) {
  constexpr T kNearly = T(1e-6);
  const T width = static_cast<T>(channels_read(spec, channels));
  const T beyond_eps = T(1) - static_cast<T>(spec.eps) * s.inverse;
  switch (spec.stat) {
    case RowStat::kLayer:
      return {sum_a / width, sum_a_xhat / width};
    case RowStat::kRms:
      return {T(0), sum_a_xhat / width};
    case RowStat::kScale:
      return {T(0), beyond_eps > kNearly ? sum_a_xhat : T(0)};
    case RowStat::kLayerStd:  // beyond_eps = std / (std + eps)
      return {sum_a / width, beyond_eps > kNearly ? sum_a_xhat / (std::max(width - T(1), T(1)) * beyond_eps) : T(0)};
    case RowStat::kCompressedRms: {  // the channel that is not stored moves with every other: its xhat is -sum(xhat)
      const T along = sum_a_xhat / (width + T(1));
      return {s.mean * s.inverse * along, along};
    }
  }
  return {};
}

/// dx of one row or group, and what it adds to the gradients of gain and bias.
template <class T>
void row_norm_vjp(const RowNormSpec& spec, std::span<const T> dy, std::span<const T> x, std::span<const T> gain, const RowStatistics<T>& s,
                  std::span<T> dx, std::span<T> dgain, std::span<T> dbias) {
  T sum_a = 0, sum_a_xhat = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    const T xhat = standardized(spec, x[i], s);
    const T a = dy[i] * gain[i];
    sum_a += a;
    sum_a_xhat += a * xhat;
    dgain[i] += dy[i] * xhat;
    dbias[i] += dy[i];
  }
  const auto channels = static_cast<int64_t>(x.size());
  const auto read = static_cast<size_t>(channels_read(spec, channels));
  const RowCorrection<T> c = row_correction(spec, channels, s, sum_a, sum_a_xhat);
  for (size_t i = 0; i < x.size(); ++i) {
    const T xhat = standardized(spec, x[i], s);
    dx[i] = s.inverse * (dy[i] * gain[i] - c.shared - (i < read ? xhat * c.along : T(0)));
  }
}

}  // namespace gimbal::kernels::reference
