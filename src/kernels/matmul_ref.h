// The definition of a linear map and its three gradients: sums over k, n or rows, written out.
#pragma once

#include <cstdint>
#include <span>

namespace gimbal::kernels::ref {

/// n rows, k inputs, m outputs.
struct LinearSizes {
  int64_t n, k, m;
};

/// y[i,j] = bias[j] + sum_c x[i,c] w[j,c]; an empty bias is no bias.
template <class T>
void linear(LinearSizes s, std::span<const T> x_nk, std::span<const T> w_mk, std::span<const T> bias_m, std::span<T> y_nm) {
  for (int64_t i = 0; i < s.n; ++i) {
    for (int64_t j = 0; j < s.m; ++j) {
      T sum = 0;
      for (int64_t c = 0; c < s.k; ++c) sum += x_nk[i * s.k + c] * w_mk[j * s.k + c];
      y_nm[i * s.m + j] = sum + (bias_m.empty() ? T(0) : bias_m[j]);
    }
  }
}

/// dx[i,c] = sum_j dy[i,j] w[j,c]
template <class T>
void linear_dx(LinearSizes s, std::span<const T> dy_nm, std::span<const T> w_mk, std::span<T> dx_nk) {
  for (int64_t i = 0; i < s.n; ++i) {
    for (int64_t c = 0; c < s.k; ++c) {
      T sum = 0;
      for (int64_t j = 0; j < s.m; ++j) sum += dy_nm[i * s.m + j] * w_mk[j * s.k + c];
      dx_nk[i * s.k + c] = sum;
    }
  }
}

/// dw[j,c] = sum_i dy[i,j] x[i,c]
template <class T>
void linear_dw(LinearSizes s, std::span<const T> dy_nm, std::span<const T> x_nk, std::span<T> dw_mk) {
  for (int64_t j = 0; j < s.m; ++j) {
    for (int64_t c = 0; c < s.k; ++c) {
      T sum = 0;
      for (int64_t i = 0; i < s.n; ++i) sum += dy_nm[i * s.m + j] * x_nk[i * s.k + c];
      dw_mk[j * s.k + c] = sum;
    }
  }
}

/// db[j] = sum_i dy[i,j]
template <class T>
void column_sum(int64_t n, int64_t m, std::span<const T> dy_nm, std::span<T> db_m) {
  for (int64_t j = 0; j < m; ++j) {
    T sum = 0;
    for (int64_t i = 0; i < n; ++i) sum += dy_nm[i * m + j];
    db_m[j] = sum;
  }
}

}  // namespace gimbal::kernels::ref
