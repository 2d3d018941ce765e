// Table look-up and its gradient.
#pragma once

#include "kernels/write.h"
#include "tensor/tensor.h"

namespace gimbal::kernels {

struct EmbeddingKernels {
  /// y_nd (= or +=) scale * table_vd[ids_n]; table f32, y f32 or bf16, ids i32 in [0, v).
  void (*gather)(const Tensor& table_vd, const Tensor& ids_n, double scale, const Tensor& y_nd, Write write);
  /// dtable_vd[ids_n] += scale * dy_nd, rows in order, whatever the thread count.
  void (*scatter_add)(const Tensor& dy_nd, const Tensor& ids_n, double scale, const Tensor& dtable_vd);
};

EmbeddingKernels embedding_cpu();
EmbeddingKernels embedding_reference();

}  // namespace gimbal::kernels
