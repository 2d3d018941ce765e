// The definition of mixtures of streams and of Sinkhorn's iteration, for one token, with their gradients.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

namespace gimbal::kernels::ref {

/// y[i] = sum_j c[j, i] x[j]
template <class T>
void mix(int64_t d, int64_t sources, int64_t targets, std::span<const T> c, std::span<const T> x, std::span<T> y) {
  std::fill(y.begin(), y.end(), T(0));
  for (int64_t j = 0; j < sources; ++j)
    for (int64_t i = 0; i < targets; ++i)
      for (int64_t k = 0; k < d; ++k) y[i * d + k] += c[j * targets + i] * x[j * d + k];
}

/// dc[j, i] = dy[i] . x[j];  dx[j] = sum_i c[j, i] dy[i]
template <class T>
void mix_vjp(int64_t d, int64_t sources, int64_t targets, std::span<const T> dy, std::span<const T> c, std::span<const T> x, std::span<T> dc,
             std::span<T> dx) {
  std::fill(dc.begin(), dc.end(), T(0));
  std::fill(dx.begin(), dx.end(), T(0));
  for (int64_t j = 0; j < sources; ++j)
    for (int64_t i = 0; i < targets; ++i)
      for (int64_t k = 0; k < d; ++k) {
        dc[j * targets + i] += dy[i * d + k] * x[j * d + k];
        dx[j * d + k] += c[j * targets + i] * dy[i * d + k];
      }
}

/// One half of an iteration: each group of s elements, `step` apart, divided by its sum, which `sums` keeps.
template <class T>
void divide_by_sums(int64_t s, int64_t group_step, int64_t step, T* m, T* sums) {
  for (int64_t g = 0; g < s; ++g) {
    T sum(0);
    for (int64_t e = 0; e < s; ++e) sum += m[g * group_step + e * step];
    for (int64_t e = 0; e < s; ++e) m[g * group_step + e * step] /= sum;
    sums[g] = sum;
  }
}

/// d/dm of m / sum from the cotangent d and the result y: (d - sum_e d y) / sum
template <class T>
void divide_by_sums_vjp(int64_t s, int64_t group_step, int64_t step, const T* y, const T* sums, T* d) {
  for (int64_t g = 0; g < s; ++g) {
    T along(0);
    for (int64_t e = 0; e < s; ++e) along += d[g * group_step + e * step] * y[g * group_step + e * step];
    for (int64_t e = 0; e < s; ++e) d[g * group_step + e * step] = (d[g * group_step + e * step] - along) / sums[g];
  }
}

/// The states of an iteration: exp(x - max), which the first division makes the same as exp(x), and after each half.
template <class T>
struct SinkhornStates {
  std::vector<T> matrices, sums;

  SinkhornStates(int64_t iterations, int64_t s, std::span<const T> x) {
    matrices.resize(static_cast<size_t>((2 * iterations + 1) * s * s));
    sums.resize(static_cast<size_t>(2 * iterations * s));
    const T top = *std::max_element(x.begin(), x.end());
    for (int64_t e = 0; e < s * s; ++e) matrices[e] = std::exp(x[e] - top);
    for (int64_t half = 0; half < 2 * iterations; ++half) {
      T* m = matrices.data() + (half + 1) * s * s;
      std::copy(m - s * s, m, m);
      const bool sources = half % 2 == 0;
      divide_by_sums(s, sources ? s : 1, sources ? 1 : s, m, sums.data() + half * s);
    }
  }
};

template <class T>
void sinkhorn(int64_t iterations, int64_t s, std::span<const T> x, std::span<T> y) {
  const SinkhornStates<T> states(iterations, s, x);
  std::copy(states.matrices.end() - s * s, states.matrices.end(), y.begin());
}

template <class T>
void sinkhorn_vjp(int64_t iterations, int64_t s, std::span<const T> dy, std::span<const T> x, std::span<T> dx) {
  const SinkhornStates<T> states(iterations, s, x);
  std::copy(dy.begin(), dy.end(), dx.begin());
  for (int64_t half = 2 * iterations - 1; half >= 0; --half) {
    const bool sources = half % 2 == 0;
    divide_by_sums_vjp(s, sources ? s : 1, sources ? 1 : s, states.matrices.data() + (half + 1) * s * s, states.sums.data() + half * s, dx.data());
  }
  for (int64_t e = 0; e < s * s; ++e) dx[e] *= states.matrices[e];
}

}  // namespace gimbal::kernels::ref
