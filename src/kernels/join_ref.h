// The definition of the residual join and its gradients.
#pragma once

#include <cstdint>
#include <span>

namespace gimbal::kernels::ref {

/// One of the two inputs: its constant, and its learned gain of 0 (absent), 1 or d elements.
template <class T>
struct JoinSide {
  T scale;
  std::span<const T> gain;
  T coefficient(int64_t j) const { return scale * learned(j); }
  T learned(int64_t j) const { return gain.empty() ? T(1) : gain[gain.size() == 1 ? 0 : j]; }
};

/// y = skip_scale skip_gain skip + branch_scale branch_gain branch
template <class T>
void join(int64_t d, const JoinSide<T>& s, std::span<const T> skip_nd, const JoinSide<T>& b, std::span<const T> branch_nd, std::span<T> y_nd) {
  for (size_t i = 0; i < y_nd.size(); ++i) {
    const int64_t j = static_cast<int64_t>(i) % d;
    y_nd[i] = s.coefficient(j) * skip_nd[i] + b.coefficient(j) * branch_nd[i];
  }
}

/// Of one input: dx = scale gain dy; dgain = sum scale x dy over rows, and over columns too when the gain is a scalar.
template <class T>
void join_vjp(int64_t d, const JoinSide<T>& side, std::span<const T> dy_nd, std::span<const T> x_nd, std::span<T> dx_nd, std::span<T> dgain) {
  for (T& g : dgain) g = 0;
  for (size_t i = 0; i < dy_nd.size(); ++i) {
    const int64_t j = static_cast<int64_t>(i) % d;
    if (!dx_nd.empty()) dx_nd[i] = side.coefficient(j) * dy_nd[i];
    if (!dgain.empty()) dgain[dgain.size() == 1 ? 0 : j] += side.scale * x_nd[i] * dy_nd[i];
  }
}

}  // namespace gimbal::kernels::ref
