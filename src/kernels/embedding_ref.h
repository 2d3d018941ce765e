// The definition of table look-up and its gradient.
#pragma once

#include <cstdint>
#include <span>

namespace gimbal::kernels::ref {

/// y[i] = scale * table[ids[i]]
template <class T>
void gather(int64_t d, std::span<const T> table_vd, std::span<const int32_t> ids_n, T scale, std::span<T> y_nd) {
  for (size_t i = 0; i < ids_n.size(); ++i) {
    for (int64_t j = 0; j < d; ++j) y_nd[i * d + j] = scale * table_vd[ids_n[i] * d + j];
  }
}

/// dtable[ids[i]] += scale * dy[i]
template <class T>
void scatter_add(int64_t d, std::span<const T> dy_nd, std::span<const int32_t> ids_n, T scale, std::span<T> dtable_vd) {
  for (size_t i = 0; i < ids_n.size(); ++i) {
    for (int64_t j = 0; j < d; ++j) dtable_vd[ids_n[i] * d + j] += scale * dy_nd[i * d + j];
  }
}

}  // namespace gimbal::kernels::ref
