// The residual join: y = a * skip_gain * skip + b * branch_gain * branch, with optional learned gains per channel or as one scalar.
#pragma once

#include "kernels/write.h"
#include "tensor/tensor.h"

namespace gimbal::kernels {

struct JoinSpec {
  double skip_scale = 1, branch_scale = 1;
};

struct JoinKernels {
  /// skip_nd, y_nd f32; branch_nd f32 or bf16; gains undefined, [1] or [d], f32. y may alias skip, or branch when that is f32.
  void (*forward)(const JoinSpec& spec, const Tensor& skip_nd, const Tensor& skip_gain, const Tensor& branch_nd, const Tensor& branch_gain,
                  const Tensor& y_nd);
  /// Any output may be undefined. dskip_nd f32 (= or += by skip_write); dbranch_nd (replaced) f32 or bf16; dskip_gain, dbranch_gain (= or += by
  /// gain_write). dskip may alias dy when replaced; dbranch may alias dy when both are f32 and dskip does not alias dy.
  void (*backward)(const JoinSpec& spec, const Tensor& dy_nd, const Tensor& skip_nd, const Tensor& skip_gain, const Tensor& branch_nd,
                   const Tensor& branch_gain, const Tensor& dskip_nd, Write skip_write, const Tensor& dbranch_nd, const Tensor& dskip_gain,
                   const Tensor& dbranch_gain, Write gain_write);
};

JoinKernels join_cpu();
JoinKernels join_reference();

}  // namespace gimbal::kernels
