// BatchNorm by definition: statistics of each channel over the rows, the norm, and its two vector-Jacobian products.
//
// Matrices are [n, d], row after row; T is the scalar type.
#pragma once

#include <cmath>
#include <cstddef>
#include <span>

namespace gimbal::kernels::reference {

template <class T>
void batch_statistics(std::span<const T> x, std::span<T> mean, std::span<T> var) {
  const size_t d = mean.size(), n = x.size() / d;
  for (size_t j = 0; j < d; ++j) {
    T sum = 0, squares = 0;
    for (size_t i = 0; i < n; ++i) sum += x[i * d + j];
    mean[j] = sum / static_cast<T>(n);
    for (size_t i = 0; i < n; ++i) squares += (x[i * d + j] - mean[j]) * (x[i * d + j] - mean[j]);
    var[j] = squares / static_cast<T>(n);
  }
}

template <class T>
void batch_apply(T eps, std::span<const T> x, std::span<const T> mean, std::span<const T> var, std::span<const T> gain, std::span<const T> bias,
                 std::span<T> y) {
  const size_t d = mean.size();
  for (size_t i = 0; i < x.size(); ++i) {
    const size_t j = i % d;
    y[i] = (x[i] - mean[j]) / std::sqrt(var[j] + eps) * gain[j] + bias[j];
  }
}

/// Adds into dgain and dbias.
template <class T>
void batch_affine_vjp(T eps, std::span<const T> dy, std::span<const T> x, std::span<const T> mean, std::span<const T> var, std::span<T> dgain,
                      std::span<T> dbias) {
  const size_t d = mean.size();
  for (size_t i = 0; i < x.size(); ++i) {
    const size_t j = i % d;
    dgain[j] += dy[i] * (x[i] - mean[j]) / std::sqrt(var[j] + eps);
    dbias[j] += dy[i];
  }
}

/// mean and var are functions of x: dx = gain / sqrt(var + eps) * (dy - mean of dy - xhat * mean of dy * xhat).
template <class T>
void batch_vjp(T eps, std::span<const T> dy, std::span<const T> x, std::span<const T> mean, std::span<const T> var, std::span<const T> gain,
               std::span<T> dx) {
  const size_t d = mean.size(), n = x.size() / d;
  for (size_t j = 0; j < d; ++j) {
    const T inverse = T(1) / std::sqrt(var[j] + eps);
    T sum_dy = 0, sum_dy_xhat = 0;
    for (size_t i = j; i < x.size(); i += d) {
      sum_dy += dy[i];
      sum_dy_xhat += dy[i] * (x[i] - mean[j]) * inverse;
    }
    for (size_t i = j; i < x.size(); i += d) {
      const T xhat = (x[i] - mean[j]) * inverse;
      dx[i] = gain[j] * inverse * (dy[i] - sum_dy / static_cast<T>(n) - xhat * sum_dy_xhat / static_cast<T>(n));
    }
  }
}

/// mean and var are constants.
template <class T>
void batch_eval_vjp(T eps, std::span<const T> dy, std::span<const T> var, std::span<const T> gain, std::span<T> dx) {
  const size_t d = var.size();
  for (size_t i = 0; i < dy.size(); ++i) dx[i] = dy[i] * gain[i % d] / std::sqrt(var[i % d] + eps);
}

}  // namespace gimbal::kernels::reference
