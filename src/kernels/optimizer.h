// One fused pass per parameter and step: read gradient, update state and weight, return what health wants to know.
#pragma once

#include "tensor/tensor.h"

namespace gimbal::kernels {

/// Sums that the update read off on its way (before and after are the weight's).
struct UpdateSums {
  double weight_squares = 0;  // after the update
  double update_squares = 0;  // of w_new - w_old
};

/// AdamW (arXiv:1711.05101), PyTorch's order: w -= lr * weight_decay * w; m = b1 m + (1-b1) g; v = b2 v + (1-b2) g^2;
/// w -= lr / (1 - b1^t) * m / (sqrt(v / (1 - b2^t)) + eps).
struct AdamWStep {
  double lr = 0, beta1 = 0.9, beta2 = 0.999, eps = 1e-8, weight_decay = 0;
  int64_t t = 1;  // 1 at the first step
};

/// SGD: g += weight_decay * w; velocity = momentum * velocity + g (velocity = g at t = 1); w -= lr * (nesterov ? g + momentum * velocity : velocity).
struct SgdStep {
  double lr = 0, momentum = 0, weight_decay = 0;
  bool nesterov = false;
  int64_t t = 1;
};

/// Lion (arXiv:2302.06675): w -= lr * weight_decay * w; w -= lr * sign(b1 m + (1-b1) g); m = b2 m + (1-b2) g.
struct LionStep {
  double lr = 0, beta1 = 0.9, beta2 = 0.99, weight_decay = 0;
};

struct OptimizerKernels {
  /// All tensors f32 of equal size; `g` is multiplied by grad_scale on the way in (clipping). `shadow` is undefined or a bf16 copy of w to refresh.
  /// `velocity` may be undefined when momentum is 0. `g` and `u` are left as they are.
  UpdateSums (*adamw)(const AdamWStep& step, double grad_scale, const Tensor& g, const Tensor& m, const Tensor& v, const Tensor& w,
                      const Tensor& shadow);
  UpdateSums (*sgd)(const SgdStep& step, double grad_scale, const Tensor& g, const Tensor& velocity, const Tensor& w, const Tensor& shadow);
  UpdateSums (*lion)(const LionStep& step, double grad_scale, const Tensor& g, const Tensor& m, const Tensor& w, const Tensor& shadow);
  /// w = (1 - decay) * w - u, for optimizers that compute their update u as a tensor (Adafactor, Muon).
  UpdateSums (*apply)(double decay, const Tensor& u, const Tensor& w, const Tensor& shadow);
};

OptimizerKernels optimizer_cpu();
OptimizerKernels optimizer_reference();

}  // namespace gimbal::kernels
