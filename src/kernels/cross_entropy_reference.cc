// Softmax cross-entropy by its definition, for tensors of any float type.
#include "kernels/cross_entropy.h"
#include "kernels/cross_entropy_ref.h"
#include "kernels/reference_values.h"

namespace gimbal::kernels {
namespace {

using Doubles = std::vector<double>;

void rows(const CrossEntropySpec& spec, const Tensor& logits_nv, const Tensor& targets_n, const Tensor& weights_n, double scale, const Tensor& loss_n,
          const Tensor& lse_n, const Tensor& dlogits_nv) {
  const auto v = static_cast<size_t>(logits_nv.cols());
  const Doubles logits = values_of(logits_nv), weights = values_of(weights_n);
  Doubles loss(static_cast<size_t>(logits_nv.rows())), lse(loss.size()), dlogits(dlogits_nv ? logits.size() : 0);
  for (size_t i = 0; i < loss.size(); ++i) {
    const std::span<const double> x(&logits[i * v], v);
    const int64_t target = targets_n.data<int32_t>()[i];
    if (target < 0) continue;
    lse[i] = ref::log_sum_exp<double>(x);
    loss[i] = ref::cross_entropy<double>(spec, x, target);
    if (!dlogits_nv) continue;
    ref::cross_entropy_vjp<double>(spec, x, target, scale * (weights_n ? weights[i] : 1), std::span<double>(&dlogits[i * v], v));
  }
  assign(loss, loss_n);
  assign(lse, lse_n);
  if (dlogits_nv) assign(dlogits, dlogits_nv);
}

void soft_rows(double temperature, const Tensor& logits_nv, const Tensor& teacher_nv, const Tensor& targets_n, const Tensor& weights_n, double scale,
               const Tensor& loss_n, const Tensor& dlogits_nv) {
  const auto v = static_cast<size_t>(logits_nv.cols());
  const Doubles logits = values_of(logits_nv), teacher = values_of(teacher_nv), weights = values_of(weights_n);
  Doubles loss(static_cast<size_t>(logits_nv.rows())), dlogits(dlogits_nv ? logits.size() : 0);
  for (size_t i = 0; i < loss.size(); ++i) {
    if (targets_n.data<int32_t>()[i] < 0) continue;
    const std::span<const double> x(&logits[i * v], v), y(&teacher[i * v], v);
    loss[i] = ref::soft_cross_entropy<double>(temperature, x, y);
    if (!dlogits_nv) continue;
    ref::soft_cross_entropy_vjp<double>(temperature, x, y, scale * (weights_n ? weights[i] : 1), std::span<double>(&dlogits[i * v], v));
  }
  assign(loss, loss_n);
  if (dlogits_nv) assign(dlogits, dlogits_nv);
}

void log_probabilities(const Tensor& logits_nv, const Tensor& targets_n, const Tensor& logp_n) {
  const auto v = static_cast<size_t>(logits_nv.cols());
  const Doubles logits = values_of(logits_nv);
  Doubles logp(static_cast<size_t>(logits_nv.rows()));
  for (size_t i = 0; i < logp.size(); ++i) {
    const std::span<const double> x(&logits[i * v], v);
    const int64_t target = targets_n.data<int32_t>()[i];
    if (target >= 0) logp[i] = x[target] - ref::log_sum_exp<double>(x);
  }
  assign(logp, logp_n);
}

}  // namespace

CrossEntropyKernels cross_entropy_reference() { return {rows, soft_rows, log_probabilities}; }

}  // namespace gimbal::kernels
