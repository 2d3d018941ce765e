// Optimizer updates of tensors on the reference device: element by element through the definition, in double.
#include <vector>

#include "kernels/optimizer_ref.h"
#include "kernels/reference_values.h"

namespace gimbal::kernels {
namespace {

using Values = std::vector<double>;

/// Gives every weight the value that next(i, old) says and sums what changed.
template <class Next>
UpdateSums update(const Tensor& w, const Tensor& shadow, const Next& next) {
  Values weights = values_of(w);
  UpdateSums sums;
  for (size_t i = 0; i < weights.size(); ++i) {
    const double before = weights[i];
    weights[i] = next(i, before);
    sums.weight_squares += weights[i] * weights[i];
    sums.update_squares += (weights[i] - before) * (weights[i] - before);
  }
  assign(weights, w);
  if (shadow.defined()) assign(weights, shadow);
  return sums;
}

UpdateSums adamw(const AdamWStep& step, double grad_scale, const Tensor& g, const Tensor& m, const Tensor& v, const Tensor& w, const Tensor& shadow) {
  const Values gradient = values_of(g);
  Values first = values_of(m), second = values_of(v);
  const UpdateSums sums =
      update(w, shadow, [&](size_t i, double old) { return reference::adamw<double>(step, gradient[i] * grad_scale, first[i], second[i], old); });
  assign(first, m);
  assign(second, v);
  return sums;
}

UpdateSums sgd(const SgdStep& step, double grad_scale, const Tensor& g, const Tensor& velocity, const Tensor& w, const Tensor& shadow) {
  const Values gradient = values_of(g);
  Values speed = velocity.defined() ? values_of(velocity) : Values(gradient.size());
  const UpdateSums sums =
      update(w, shadow, [&](size_t i, double old) { return reference::sgd<double>(step, gradient[i] * grad_scale, speed[i], old); });
  if (velocity.defined()) assign(speed, velocity);
  return sums;
}

UpdateSums lion(const LionStep& step, double grad_scale, const Tensor& g, const Tensor& m, const Tensor& w, const Tensor& shadow) {
  const Values gradient = values_of(g);
  Values momentum = values_of(m);
  const UpdateSums sums =
      update(w, shadow, [&](size_t i, double old) { return reference::lion<double>(step, gradient[i] * grad_scale, momentum[i], old); });
  assign(momentum, m);
  return sums;
}

UpdateSums apply(double decay, const Tensor& u, const Tensor& w, const Tensor& shadow) {
  const Values change = values_of(u);
  return update(w, shadow, [&](size_t i, double old) { return reference::apply<double>(decay, change[i], old); });
}

}  // namespace

OptimizerKernels optimizer_reference() { return {adamw, sgd, lion, apply}; }

}  // namespace gimbal::kernels
