// Muon (Jordan et al. 2024): momentum, then an update with all singular values near 1 by five Newton-Schulz steps.
//
//   m = mu m + (1-mu) g;  u = mu m + (1-mu) g (looking ahead);  X = u / ||u||;  five times: A = X X^T, X = (a + b A + c A^2) X
//   w -= lr wd w;  w -= lr f X                                                       a, b, c = 3.4445, -4.7750, 2.0315
//
// f = 0.2 sqrt(max(rows, columns)) gives the update the size that AdamW's has (arXiv:2502.16982), so one learning rate serves both; "original" is
// f = sqrt(max(1, rows / columns)). The matrices of the blocks take Muon, part by part where a map is fused (q, k and v; gate and up); tables, heads,
// gains and biases take AdamW. Where the weights are trained with bf16 copies the products take bf16 factors too, as in the original.
#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "kernels/table.h"
#include "train/optimizers.h"

namespace gimbal {
namespace {

using kernels::Write;

/// In place; the factors of products are rounded to `factors`. The polynomial is formed on the short side: A = X X^T and P X, or X^T X and X P.
void orthogonalize(const Tensor& matrix, DType factors, const Tensor& identity) {
  constexpr double kA = 3.4445, kB = -4.7750, kC = 2.0315, kLeastNorm = 1e-7;
  const auto& k = kernels::on(matrix.device());
  const bool tall = matrix.size(0) > matrix.size(1);
  const Shape square = identity.shape();
  const Tensor gram(square, matrix.dtype(), matrix.device()), polynomial(square, matrix.dtype(), matrix.device());
  const Tensor a(square, factors, matrix.device()), p(square, factors, matrix.device());
  Tensor x(matrix.shape(), factors, matrix.device()), next(matrix.shape(), factors, matrix.device());
  k.elementwise.copy(matrix, 1 / std::max(std::sqrt(k.elementwise.moments(matrix).sum_squares), kLeastNorm), x, Write::kReplace);
  for (int step = 0; step < 5; ++step) {
    if (tall)
      k.matmul.linear_dw(x, x, gram, Write::kReplace);
    else
      k.matmul.linear(x, x, {}, gram);
    k.elementwise.copy(gram, 1, a, Write::kReplace);
    k.matmul.linear(a, a, {}, polynomial);  // A is symmetric, so A A^T = A^2
    k.elementwise.copy(polynomial, kC, polynomial, Write::kReplace);
    k.elementwise.copy(gram, kB, polynomial, Write::kAdd);
    k.elementwise.copy(identity, kA, polynomial, Write::kAdd);
    k.elementwise.copy(polynomial, 1, p, Write::kReplace);
    k.matmul.linear_dx(tall ? x : p, tall ? p : x, next, Write::kReplace);
    std::swap(x, next);
  }
  k.elementwise.copy(x, 1, matrix, Write::kReplace);
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
  static bool takes_muon(const Parameter& p) { return p.shape.rank() == 2 && p.name.find("block.") != std::string::npos; }

  kernels::UpdateSums update(size_t i, Parameter& p, double lr, double grad_scale, int64_t t) override {
    const auto& k = kernels::on(p.value.device());
    if (!takes_muon(p)) {
      const kernels::AdamWStep step{lr, config_.beta1, config_.beta2, config_.eps, decay_of(config_, p), t};
      return k.optimizer.adamw(step, grad_scale, p.grad, first_[i], second_[i], p.value, p.shadow);
    }
    const double mu = config_.momentum;
    k.elementwise.copy(first_[i], mu, first_[i], Write::kReplace);
    k.elementwise.copy(p.grad, (1 - mu) * grad_scale, first_[i], Write::kAdd);
    const Tensor u(p.shape, p.value.dtype(), p.value.device());
    k.elementwise.copy(first_[i], mu, u, Write::kReplace);
    k.elementwise.copy(p.grad, (1 - mu) * grad_scale, u, Write::kAdd);
    int64_t begin = 0;
    for (const InitPart& part : p.init) {
      const Tensor map = u.slice_rows(begin, begin + part.rows);
      orthogonalize(map, p.shadow.defined() ? DType::kBF16 : map.dtype(), identity(map));
      k.elementwise.copy(map, lr * factor(map), map, Write::kReplace);
      begin += part.rows;
    }
    return k.optimizer.apply(lr * decay_of(config_, p), u, p.value, p.shadow);
  }

  const Tensor& identity(const Tensor& map) {
    const int64_t side = std::min(map.size(0), map.size(1));
    Tensor& kept = identities_[side];
    if (!kept.defined()) {
      std::vector<double> ones(static_cast<size_t>(side * side));
      for (int64_t i = 0; i < side; ++i) ones[static_cast<size_t>(i * (side + 1))] = 1;
      kept = Tensor::from<double>(ones, {side, side}).to(map.dtype(), map.device());
    }
    return kept;
  }

  double factor(const Tensor& map) const {
    const auto rows = static_cast<double>(map.size(0)), columns = static_cast<double>(map.size(1));
    return config_.adjust_lr == "original" ? std::sqrt(std::max(1.0, rows / columns)) : 0.2 * std::sqrt(std::max(rows, columns));
  }

  OptimizerConfig config_;
  std::vector<Tensor> first_, second_;
  std::map<int64_t, Tensor> identities_;  // by side, of the maps' type
};

}  // namespace

std::unique_ptr<Optimizer> make_muon(const OptimizerConfig& config, Parameters& parameters) { return std::make_unique<Muon>(config, parameters); }

}  // namespace gimbal
