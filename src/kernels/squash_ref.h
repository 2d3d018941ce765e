// The squashing norms by definition: DyT y = tanh(alpha x) * gain + bias (arXiv:2503.10622), Derf y = erf(alpha x + shift) * gain + bias
// (arXiv:2512.10938), and their vector-Jacobian product.
#pragma once

#include <cmath>
#include <cstddef>
#include <numbers>
#include <span>

#include "kernels/squash.h"

namespace gimbal::kernels::reference {

template <class T>
T squash_value(Squash kind, T z) {
  return kind == Squash::kTanh ? std::tanh(z) : std::erf(z);
}

template <class T>
T squash_slope(Squash kind, T z) {
  if (kind == Squash::kErf) return T(2) * std::numbers::inv_sqrtpi_v<T> * std::exp(-z * z);
  const T c = std::cosh(z);
  return T(1) / (c * c);
}

/// One row of d channels.
template <class T>
void squash_forward(Squash kind, std::span<const T> x, T alpha, T shift, std::span<const T> gain, std::span<const T> bias, std::span<T> y) {
  for (size_t i = 0; i < x.size(); ++i) y[i] = squash_value(kind, alpha * x[i] + shift) * gain[i] + bias[i];
}

/// dx of one row; the gradients of the parameters are added to.
template <class T>
void squash_vjp(Squash kind, std::span<const T> dy, std::span<const T> x, T alpha, T shift, std::span<const T> gain, std::span<T> dx, T& dalpha,
                T& dshift, std::span<T> dgain, std::span<T> dbias) {
  for (size_t i = 0; i < x.size(); ++i) {
    const T z = alpha * x[i] + shift;
    const T dz = dy[i] * gain[i] * squash_slope(kind, z);
    dx[i] = dz * alpha;
    dalpha += dz * x[i];
    dshift += dz;
    dgain[i] += dy[i] * squash_value(kind, z);
    dbias[i] += dy[i];
  }
}

}  // namespace gimbal::kernels::reference
