// Feed-forward non-linearities, alone or as the gate of a gated linear unit.
//
//   kLinear x · kStep 1[x > 0] · kSigmoid 1/(1+e^-x) · kTanh · kRelu max(x,0) · kGelu x Phi(x) (erf)
//   kGeluTanh 0.5 x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))) · kSilu x sigmoid(beta x) (swish)
//   gated: x_n2f = [gate | up] by columns, y_nf = act(gate) * up   (arXiv:2002.05202: GLU, ReGLU, GEGLU, SwiGLU, bilinear)
//
// The step has no useful derivative; its stated surrogate gradient is the logistic's, s(x)(1 - s(x)).
#pragma once

#include "kernels/write.h"
#include "tensor/tensor.h"

namespace gimbal::kernels {

enum class Act : uint8_t { kLinear, kStep, kSigmoid, kTanh, kRelu, kGelu, kGeluTanh, kSilu };

struct ActivationSpec {
  Act act = Act::kGelu;
  bool gated = false;
  double beta = 1;  // kSilu only
};

struct ActivationKernels {
  /// x: [n, f] or [n, 2f] when gated; y: [n, f]; same type, f32 or bf16. y may alias x when not gated.
  void (*forward)(const ActivationSpec& spec, const Tensor& x, const Tensor& y_nf);
  /// dx has the shape of x, and is replaced; it may alias x.
  void (*backward)(const ActivationSpec& spec, const Tensor& dy_nf, const Tensor& x, const Tensor& dx);
};

ActivationKernels activation_cpu();
ActivationKernels activation_reference();

}  // namespace gimbal::kernels
