// BatchNorm over token rows: each channel is standardized over all rows of the batch (arXiv:1502.03167).
//
//   train: mean_d, var_d over the n rows (biased);  y = (x - mean) / sqrt(var + eps) * gain + bias
//   eval:  the same with running statistics given by the caller
//
// There is no padding, so every row counts. Two-pass variance in an order fixed by the shapes.
#pragma once

#include "kernels/row_norm.h"
#include "kernels/write.h"
#include "tensor/tensor.h"

namespace gimbal::kernels {

struct BatchNormKernels {
  /// mean_d and var_d (biased), f32, of x_nd (f32 or bf16).
  void (*statistics)(const Tensor& x_nd, const Tensor& mean_d, const Tensor& var_d);
  /// y_nd = (x - mean) / sqrt(var + eps) * gain + bias; gain, bias [d] or undefined.
  void (*apply)(double eps, const Tensor& x_nd, const Tensor& mean_d, const Tensor& var_d, const Tensor& gain, const Tensor& bias,
                const Tensor& y_nd);
  /// Gradient when mean and var came from x itself. dx (= or +=).
  void (*backward)(double eps, const Tensor& dy_nd, const Tensor& x_nd, const Tensor& mean_d, const Tensor& var_d, const Tensor& gain,
                   const Tensor& dx_nd, Write write, const AffineGradient& affine);
  /// Gradient when mean and var were constants (eval mode): dx = dy * gain / sqrt(var + eps).
  void (*backward_eval)(double eps, const Tensor& dy_nd, const Tensor& x_nd, const Tensor& mean_d, const Tensor& var_d, const Tensor& gain,
                        const Tensor& dx_nd, Write write, const AffineGradient& affine);
};

BatchNormKernels batch_norm_cpu();
BatchNormKernels batch_norm_reference();

}  // namespace gimbal::kernels
