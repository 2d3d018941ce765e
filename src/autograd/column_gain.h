// Tensors times one learned number a column: what ops::gain_columns and the loss of a linear head share.
#pragma once

#include "autograd/ops.h"

namespace gimbal::ops {

/// [columns] of `type`: factor * gain where a range says so, else 1.
Tensor column_gains(const ColumnGain& gain, int64_t columns, DType type, Device device);
/// y_nc = gains_c * x_nc + bias_c; bias may be undefined, y may be x.
void apply_column_gains(const Tensor& x_nc, const Tensor& gains_c, const Tensor& bias_c, const Tensor& y_nc);
/// dx_nc (= or +=) gains_c * dy_nc, which may lie where dy does when replaced; dgains_c = sum over rows of dy * x, dbias_c = sum of dy.
struct ColumnSums {
  Tensor dgains_c, dbias_c;
};
ColumnSums column_gains_backward(const Tensor& dy_nc, const Tensor& x_nc, const Tensor& gains_c, const Tensor& dx_nc, kernels::Write write);
/// Hands dgains_c to the learned numbers.
void add_gradient(const ColumnGain& gain, const Tensor& dgains_c);

}  // namespace gimbal::ops
