// Norm replacements without statistics: DyT y = tanh(alpha x) * gain + bias (arXiv:2503.10622) and Derf y = erf(alpha x + shift) * gain + bias
// (arXiv:2512.10938). alpha and shift are one scalar each.
#pragma once

#include "kernels/write.h"
#include "tensor/tensor.h"

namespace gimbal::kernels {

enum class Squash : uint8_t { kTanh, kErf };

struct SquashGradient {
  Tensor dalpha, dshift, dgain, dbias;  // undefined ones are skipped; [1], [1], [d], [d], f32
  Write write = Write::kReplace;
};

struct SquashKernels {
  /// x_nd, y_nd f32 or bf16; alpha [1]; shift [1] (kErf) or undefined; gain, bias [d] or undefined.
  void (*forward)(Squash kind, const Tensor& x_nd, const Tensor& alpha, const Tensor& shift, const Tensor& gain, const Tensor& bias,
                  const Tensor& y_nd);
  /// dx_nd (= or +=).
  void (*backward)(Squash kind, const Tensor& dy_nd, const Tensor& x_nd, const Tensor& alpha, const Tensor& shift, const Tensor& gain,
                   const Tensor& dx_nd, Write write, const SquashGradient& parameters);
};

SquashKernels squash_cpu();
SquashKernels squash_reference();

}  // namespace gimbal::kernels
