// The definitions of softmax cross-entropy of one row, with label smoothing and z-loss, of its distillation from a teacher, and of their gradients.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

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

/// log softmax(x / temperature)
template <class T>
std::vector<T> soft_log_probabilities(T temperature, std::span<const T> x_v) {
  std::vector<T> logs(x_v.begin(), x_v.end());
  for (T& x : logs) x /= temperature;
  const T lse = log_sum_exp(std::span<const T>(logs));
  for (T& x : logs) x -= lse;
  return logs;
}

/// T^2 sum_v q_v (log q_v - log p_v)
template <class T>
T soft_cross_entropy(T temperature, std::span<const T> x_v, std::span<const T> teacher_v) {
  const std::vector<T> log_p = soft_log_probabilities(temperature, x_v), log_q = soft_log_probabilities(temperature, teacher_v);
  T sum = 0;
  for (size_t v = 0; v < log_p.size(); ++v) {
    const T q = std::exp(log_q[v]);
    if (q > 0) sum += q * (log_q[v] - log_p[v]);
  }
  return temperature * temperature * sum;
}

/// dx_v = dloss T (p_v - q_v)
template <class T>
void soft_cross_entropy_vjp(T temperature, std::span<const T> x_v, std::span<const T> teacher_v, T dloss, std::span<T> dx_v) {
  const std::vector<T> log_p = soft_log_probabilities(temperature, x_v), log_q = soft_log_probabilities(temperature, teacher_v);
  for (size_t v = 0; v < log_p.size(); ++v) dx_v[v] = dloss * temperature * (std::exp(log_p[v]) - std::exp(log_q[v]));
}

}  // namespace gimbal::kernels::ref
