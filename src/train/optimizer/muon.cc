// Muon (Jordan et al. 2024): momentum, then an update with all singular values near 1 by five Newton-Schulz steps.
//
//   m = mu m + (1-mu) g;  u = mu m + (1-mu) g (looking ahead);  X = u / ||u||;  five times: A = X X^T, X = a X + (b A + c A^2) X
//   w -= lr wd w;  w -= 0.2 sqrt(max(rows, columns)) lr X                 a, b, c = 3.4445, -4.7750, 2.0315
//
// The factor gives the update the size that AdamW's has (arXiv:2502.16982), so one learning rate serves both. The matrices of the blocks take Muon, part by
// part where a map is fused (q, k and v; gate and up); tables, heads, gains and biases take AdamW.
#include <cmath>

#include "kernels/table.h"
#include "train/optimizers.h"

namespace gimbal {
namespace {

using kernels::Write;

/// X [m, n] with m <= n, in place.
void orthogonalize(const Tensor& x) {
  constexpr double kA = 3.4445, kB = -4.7750, kC = 2.0315;
  const auto& k = kernels::on(x.device());
  const double norm = std::sqrt(k.elementwise.moments(x).sum_squares);
  k.elementwise.copy(x, 1 / std::max(norm, 1e-7), x, Write::kReplace);
  const int64_t m = x.size(0);
  const Tensor a(Shape{m, m}, DType::kF32, x.device()), b(Shape{m, m}, DType::kF32, x.device()), next(x.shape(), DType::kF32, x.device());
  for (int step = 0; step < 5; ++step) {
    k.matmul.linear(x, x, {}, a);
    k.matmul.linear(a, a, {}, b);  // A is symmetric, so A A^T = A^2
    k.elementwise.copy(b, kC, b, Write::kReplace);
    k.elementwise.copy(a, kB, b, Write::kAdd);
    k.matmul.linear_dx(b, x, next, Write::kReplace);
    k.elementwise.copy(x, kA, x, Write::kReplace);
    k.elementwise.copy(next, 1, x, Write::kAdd);
  }
}

Tensor transposed(const Tensor& x) {
  Tensor y(Shape{x.size(1), x.size(0)}, DType::kF32, x.device());
  for (int64_t r = 0; r < x.size(0); ++r)
    for (int64_t c = 0; c < x.size(1); ++c) y.data<float>()[c * x.size(0) + r] = x.data<float>()[r * x.size(1) + c];
  return y;
}

class Muon final : public Optimizer {
 public:
  Muon(const OptimizerConfig& config, Parameters& parameters) : Optimizer(parameters), config_(config) {
    for (const Parameter& p : parameters.all()) {
      first_.push_back(p.trainable ? make_state(p, "moment", p.shape) : Tensor());
      second_.push_back(p.trainable && !takes_muon(p) ? make_state(p, "second_moment", p.shape) : Tensor());
    }
  }

 private:
  static bool takes_muon(const Parameter& p) { return p.is_matrix() && p.name.starts_with("block."); }

  kernels::UpdateSums update(size_t i, Parameter& p, double lr, double grad_scale, int64_t t) override {
    const auto& k = kernels::on(p.value.device());
    if (!takes_muon(p)) {
      const kernels::AdamWStep step{lr, config_.beta1, config_.beta2, config_.eps, decay_of(config_, p), t};
      return k.optimizer.adamw(step, grad_scale, p.grad, first_[i], second_[i], p.value, p.shadow);
    }
    const double mu = config_.momentum;
    k.elementwise.copy(first_[i], mu, first_[i], Write::kReplace);
    k.elementwise.copy(p.grad, (1 - mu) * grad_scale, first_[i], Write::kAdd);
    Tensor u(p.shape, DType::kF32, p.value.device());
    k.elementwise.copy(first_[i], mu, u, Write::kReplace);
    k.elementwise.copy(p.grad, (1 - mu) * grad_scale, u, Write::kAdd);
    int64_t begin = 0;
    for (const InitPart& part : p.init) {
      orthogonalize_rows(u.slice_rows(begin, begin + part.rows), lr);
      begin += part.rows;
    }
    return k.optimizer.apply(lr * decay_of(config_, p), u, p.value, p.shadow);
  }

  static void orthogonalize_rows(const Tensor& u, double lr) {
    const auto& k = kernels::on(u.device());
    const double factor = 0.2 * std::sqrt(static_cast<double>(std::max(u.size(0), u.size(1)))) * lr;
    if (u.size(0) <= u.size(1)) {
      orthogonalize(u);
      k.elementwise.copy(u, factor, u, Write::kReplace);
      return;
    }
    const Tensor x = transposed(u);
    orthogonalize(x);
    k.elementwise.copy(transposed(x), factor, u, Write::kReplace);
  }

  OptimizerConfig config_;
  std::vector<Tensor> first_, second_;
};

}  // namespace

std::unique_ptr<Optimizer> make_muon(const OptimizerConfig& config, Parameters& parameters) { return std::make_unique<Muon>(config, parameters); }

}  // namespace gimbal
