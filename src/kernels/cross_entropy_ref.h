// The definition of softmax cross-entropy of one row, with label smoothing and z-loss, and of its gradient.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>

#include "kernels/cross_entropy.h"

namespace gimbal::kernels::ref {

template <class T>
T log_sum_exp(std::span<const T> x_v) {
  const T top = *std::max_element(x_v.begin(), x_v.end());
  T sum = 0;
  for (const T x : x_v) sum += std::exp(x - top);
  return top + std::log(sum);
}

/// (1 - s)(lse - x_t) + s (lse - mean x) + z lse^2
template <class T>
T cross_entropy(const CrossEntropySpec& spec, std::span<const T> x_v, int64_t target) {
  const T s = T(spec.label_smoothing), z = T(spec.z_loss), lse = log_sum_exp(x_v);
  const T hard = (1 - s) * (lse - x_v[target]) + z * lse * lse;
  if (s == 0) return hard;  // a masked logit, -infinity, has no say then
  T mean = 0;
  for (const T x : x_v) mean += x / T(x_v.size());
  return hard + s * (lse - mean);
}

/// dx_v = dloss ((1 + 2 z lse) p_v - (1 - s) 1[v = t] - s / V)
template <class T>
void cross_entropy_vjp(const CrossEntropySpec& spec, std::span<const T> x_v, int64_t target, T dloss, std::span<T> dx_v) {
  const T s = T(spec.label_smoothing), z = T(spec.z_loss), lse = log_sum_exp(x_v);
  for (size_t v = 0; v < x_v.size(); ++v) {
    const T hit = static_cast<int64_t>(v) == target ? T(1) : T(0);
    dx_v[v] = dloss * ((1 + 2 * z * lse) * std::exp(x_v[v] - lse) - (1 - s) * hit - s / T(x_v.size()));
  }
}

}  // namespace gimbal::kernels::ref
