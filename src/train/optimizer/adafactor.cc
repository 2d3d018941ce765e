// Adafactor (arXiv:1804.04235), as PyTorch orders it:
//
//   rho = min(lr, 1/sqrt(t));  alpha = max(least_scale, rms(w)) rho;  b2 = 1 - t^beta2_decay;  w -= lr wd w
//   matrices: r = b2 r + (1-b2) rowmean(g^2), c = b2 c + (1-b2) colmean(g^2), v = r c^T / mean(r);  vectors: v = b2 v + (1-b2) g^2
//   u = g / sqrt(max(v, e^2));  w -= alpha u / max(1, rms(u) / update_clip)          e: the distance from 1 to the next f32
#include <cmath>
#include <limits>

#include "kernels/table.h"
#include "train/optimizers.h"

namespace gimbal {
namespace {

constexpr double kLeast = std::numeric_limits<float>::epsilon();

class Adafactor final : public Optimizer {
 public:
  Adafactor(const OptimizerConfig& config, Parameters& parameters) : Optimizer(parameters), config_(config) {
    for (const Parameter& p : parameters.all()) {
      rows_.push_back(p.trainable && p.is_matrix() ? make_state(p, "row_moment", Shape{p.shape[0]}) : Tensor());
      columns_.push_back(!p.trainable ? Tensor() : p.is_matrix() ? make_state(p, "column_moment", Shape{p.shape[1]}) : make_state(p, "second_moment", p.shape));
    }
  }

 private:
  kernels::UpdateSums update(size_t i, Parameter& p, double lr, double grad_scale, int64_t t) override {
    const auto& k = kernels::on(p.value.device());
    const int64_t n = p.value.elements();
    const auto size = static_cast<double>(n);
    const double keep = 1 - std::pow(static_cast<double>(t), config_.beta2_decay);
    Tensor u(p.shape, DType::kF32, p.value.device());
    const auto* g = p.grad.data<float>();
    auto* out = u.data<float>();
    if (p.is_matrix()) {
      factored(i, p, keep, grad_scale, out);
    } else {
      auto* v = columns_[i].data<float>();
      for (int64_t e = 0; e < n; ++e) {
        const double ge = grad_scale * g[e];
        v[e] = static_cast<float>(keep * v[e] + (1 - keep) * ge * ge);
        out[e] = static_cast<float>(ge / std::sqrt(std::max<double>(v[e], kLeast * kLeast)));
      }
    }
    const double weight_rms = std::sqrt(k.elementwise.moments(p.value).sum_squares / size);
    const double update_rms = std::sqrt(k.elementwise.moments(u).sum_squares / size);
    const double rho = std::min(lr, 1 / std::sqrt(static_cast<double>(t)));
    const double alpha = std::max(config_.least_scale, weight_rms) * rho / std::max(1.0, update_rms / config_.update_clip);
    k.elementwise.copy(u, alpha, u, kernels::Write::kReplace);
    return k.optimizer.apply(lr * decay_of(config_, p), u, p.value, p.shadow);
  }

  void factored(size_t i, const Parameter& p, double keep, double grad_scale, float* out) {
    const int64_t rows = p.shape[0], columns = p.shape[1];
    const auto* g = p.grad.data<float>();
    auto *r = rows_[i].data<float>(), *c = columns_[i].data<float>();
    std::vector<double> column_squares(static_cast<size_t>(columns), 0);
    double row_mean = 0;
    for (int64_t a = 0; a < rows; ++a) {
      double squares = 0;
      for (int64_t b = 0; b < columns; ++b) {
        const double ge = grad_scale * g[a * columns + b];
        squares += ge * ge;
        column_squares[static_cast<size_t>(b)] += ge * ge;
      }
      r[a] = static_cast<float>(keep * r[a] + (1 - keep) * squares / static_cast<double>(columns));
      row_mean += r[a] / static_cast<double>(rows);
    }
    for (int64_t b = 0; b < columns; ++b)
      c[b] = static_cast<float>(keep * c[b] + (1 - keep) * column_squares[static_cast<size_t>(b)] / static_cast<double>(rows));
    const double least_mean = std::max(row_mean, kLeast);
    for (int64_t a = 0; a < rows; ++a)
      for (int64_t b = 0; b < columns; ++b) {
        const double v = static_cast<double>(r[a]) * c[b] / least_mean;
        out[a * columns + b] = static_cast<float>(grad_scale * g[a * columns + b] / std::sqrt(std::max(v, kLeast * kLeast)));
      }
  }

  OptimizerConfig config_;
  std::vector<Tensor> rows_, columns_;
};

}  // namespace

std::unique_ptr<Optimizer> make_adafactor(const OptimizerConfig& config, Parameters& parameters) { return std::make_unique<Adafactor>(config, parameters); }

}  // namespace gimbal
