// Dense products around one weight matrix: y = x W^T + bias and its three gradients.
//
// Shapes: n rows, k inputs, m outputs. All tensors are row-major and contiguous.
// Types on the CPU: x and w both f32 or both bf16; y, dx f32 or bf16; dy has the type of x; bias, dw, db f32. Products are summed in f32.
// Each output element adds its products in one order, whatever the number of rows or threads.
#pragma once

#include "kernels/write.h"
#include "tensor/tensor.h"

namespace gimbal::kernels {

struct MatmulKernels {
  /// y_nm = x_nk w_mk^T + bias_m; an undefined bias is no bias.
  void (*linear)(const Tensor& x_nk, const Tensor& w_mk, const Tensor& bias_m, const Tensor& y_nm);
  /// dx_nk (= or +=) dy_nm w_mk
  void (*linear_dx)(const Tensor& dy_nm, const Tensor& w_mk, const Tensor& dx_nk, Write write);
  /// dw_mk (= or +=) dy_nm^T x_nk
  void (*linear_dw)(const Tensor& dy_nm, const Tensor& x_nk, const Tensor& dw_mk, Write write);
  /// db_m (= or +=) sum over rows of dy_nm
  void (*column_sum)(const Tensor& dy_nm, const Tensor& db_m, Write write);
};

MatmulKernels matmul_cpu();
MatmulKernels matmul_reference();

}  // namespace gimbal::kernels
