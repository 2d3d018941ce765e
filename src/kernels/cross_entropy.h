// Softmax cross-entropy per row, with label smoothing and z-loss, and its gradient in the same pass.
//
//   lse = log sum_v e^(x_v)
//   loss = (1 - s) (lse - x_t) + s (lse - mean_v x_v) + z lse^2        s: label smoothing over all v classes, z: z-loss (arXiv:2204.02311)
//   dx_v = weight * ((1 + 2 z lse) p_v - (1 - s) 1[v = t] - s / V)
//
// Rows whose target is negative are ignored: loss, lse and gradient are 0.
//
// Distillation (arXiv:1503.02531) compares with a teacher's logits y instead of a target, both softened by a temperature T:
//
//   loss = T^2 KL(q || p),   p = softmax(x / T), q = softmax(y / T)      T^2 keeps the gradient's size the same at every temperature
//   dx_v = weight * T (p_v - q_v)
#pragma once

#include "tensor/tensor.h"

namespace gimbal::kernels {

struct CrossEntropySpec {
  double label_smoothing = 0;
  double z_loss = 0;
};

struct CrossEntropyKernels {
  /// logits_nv f32; targets_n i32; weights_n f32 or undefined (all 1). Writes loss_n (unweighted) and lse_n, f32.
  /// When dlogits_nv is defined (f32 or bf16; f32 may alias logits): dlogits = scale * weight_n * d loss_n / d logits.
  void (*rows)(const CrossEntropySpec& spec, const Tensor& logits_nv, const Tensor& targets_n, const Tensor& weights_n, double scale,
               const Tensor& loss_n, const Tensor& lse_n, const Tensor& dlogits_nv);
  /// Distillation of logits_nv from teacher_nv, f32 both; targets_n only says which rows count. Writes loss_n (unweighted). When dlogits_nv is
  /// defined (f32; it may alias teacher_nv): dlogits = scale * weight_n * d loss_n / d logits.
  void (*soft_rows)(double temperature, const Tensor& logits_nv, const Tensor& teacher_nv, const Tensor& targets_n, const Tensor& weights_n,
                    double scale, const Tensor& loss_n, const Tensor& dlogits_nv);
  /// log p of targets_n under logits_nv, into logp_n f32 (negative targets: 0).
  void (*log_probabilities)(const Tensor& logits_nv, const Tensor& targets_n, const Tensor& logp_n);
};

CrossEntropyKernels cross_entropy_cpu();
CrossEntropyKernels cross_entropy_reference();

}  // namespace gimbal::kernels
