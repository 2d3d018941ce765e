// Adafactor (arXiv:1804.04235), as PyTorch orders it:
//
//   rho = min(lr, 1/sqrt(t));  alpha = max(least_scale, rms(w)) rho;  b2 = 1 - t^beta2_decay;  w -= lr wd w
//   matrices: r = b2 r + (1-b2) rowmean(g^2), c = b2 c + (1-b2) colmean(g^2), v = r c^T / mean(r);  vectors: v = b2 v + (1-b2) g^2
//   u = g / sqrt(max(v, e^2));  w -= alpha u / max(1, rms(u) / update_clip)          e: the distance from 1 to the next f32
#include <algorithm>
#include <cmath>
#include <limits>

#include "core/threads.h"
#include "kernels/table.h"
#include "train/optimizers.h"

namespace gimbal {
namespace {

constexpr double kLeast = std::numeric_limits<float>::epsilon();
constexpr int64_t kPieceElements = 16384;

/// What a parameter's direction u is made from; T is the type of all its tensors.
template <class T>
struct Gradient {
  const T* g;
  double scale;
  double keep;  // b2
  T* u;
};

/// The direction of a vector.
template <class T>
void direction(const Gradient<T>& from, int64_t n, T* v) {
  parallel_for(n, kPieceElements, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const double g = from.scale * from.g[i];
      v[i] = static_cast<T>(from.keep * v[i] + (1 - from.keep) * g * g);
      from.u[i] = static_cast<T>(g / std::sqrt(std::max<double>(v[i], kLeast * kLeast)));
    }
  });
}

/// Updates the second moments of rows and columns. Columns are summed piece by piece, then over the pieces in order.
template <class T>
void update_moments(const Gradient<T>& from, int64_t rows, int64_t columns, T* r, T* c) {
  const int64_t grain = std::max({int64_t{1}, kPieceElements / columns, (rows + 31) / 32});
  std::vector<double> piece_sums(static_cast<size_t>((rows + grain - 1) / grain * columns));
  parallel_for(rows, grain, [&](int64_t begin, int64_t end) {
    double* column_squares = piece_sums.data() + begin / grain * columns;
    for (int64_t a = begin; a < end; ++a) {
      double squares = 0;
      for (int64_t b = 0; b < columns; ++b) {
        const double g = from.scale * from.g[a * columns + b];
        squares += g * g;
        column_squares[b] += g * g;
      }
      r[a] = static_cast<T>(from.keep * r[a] + (1 - from.keep) * squares / static_cast<double>(columns));
    }
  });
  for (int64_t b = 0; b < columns; ++b) {
    double squares = 0;
    for (size_t at = static_cast<size_t>(b); at < piece_sums.size(); at += static_cast<size_t>(columns)) squares += piece_sums[at];
    c[b] = static_cast<T>(from.keep * c[b] + (1 - from.keep) * squares / static_cast<double>(rows));
  }
}

/// The direction of a matrix. 1 / sqrt(r c / mean) is a product of a row's and a column's factor, so no element needs a root of its own.
template <class T>
void direction(const Gradient<T>& from, int64_t rows, int64_t columns, T* r, T* c) {
  update_moments(from, rows, columns, r, c);
  double mean = 0;
  for (int64_t a = 0; a < rows; ++a) mean += static_cast<double>(r[a]) / static_cast<double>(rows);
  mean = std::max(mean, kLeast);
  std::vector<double> column_factor(static_cast<size_t>(columns));
  for (int64_t b = 0; b < columns; ++b) column_factor[static_cast<size_t>(b)] = 1 / std::sqrt(static_cast<double>(c[b]));
  parallel_for(rows, std::max<int64_t>(1, kPieceElements / columns), [&](int64_t begin, int64_t end) {
    for (int64_t a = begin; a < end; ++a) {
      const double row_factor = std::sqrt(mean / static_cast<double>(r[a]));
      const T* g = from.g + a * columns;
      T* u = from.u + a * columns;
      for (int64_t b = 0; b < columns; ++b)
        u[b] = static_cast<T>(from.scale * g[b] * std::min(row_factor * column_factor[static_cast<size_t>(b)], 1 / kLeast));
    }
  });
}

class Adafactor final : public Optimizer {
 public:
  Adafactor(const OptimizerConfig& config, Parameters& parameters) : Optimizer(parameters), config_(config) {
    for (const Parameter& p : parameters.all()) {
      const bool matrix = p.is_matrix();
      rows_.push_back(p.trainable && matrix ? make_state(p, "row_moment", Shape{p.rows()}) : Tensor());
      others_.push_back(!p.trainable ? Tensor()
                        : matrix     ? make_state(p, "column_moment", Shape{p.shape.elements() / std::max<int64_t>(1, p.rows())})
                                     : make_state(p, "second_moment", p.shape));
    }
  }

 private:
  kernels::UpdateSums update(size_t i, Parameter& p, double lr, double grad_scale, int64_t t) override {
    const auto& k = kernels::on(p.value.device());
    const auto steps = static_cast<double>(t), size = static_cast<double>(p.value.elements());
    const Tensor u(p.shape, p.value.dtype(), p.value.device());
    const double keep = 1 - std::pow(steps, config_.beta2_decay);
    if (u.dtype() == DType::kF64)
      write_direction<double>(i, p, grad_scale, keep, u);
    else
      write_direction<float>(i, p, grad_scale, keep, u);
    const double weight_rms = std::sqrt(k.elementwise.moments(p.value).sum_squares / size);
    const double update_rms = std::sqrt(k.elementwise.moments(u).sum_squares / size);
    const double rho = std::min(lr, 1 / std::sqrt(steps));
    const double alpha = std::max(config_.least_scale, weight_rms) * rho / std::max(1.0, update_rms / config_.update_clip);
    k.elementwise.copy(u, alpha, u, kernels::Write::kReplace);
    return k.optimizer.apply(lr * decay_of(config_, p), u, p.value, p.shadow);
  }

  template <class T>
  void write_direction(size_t i, const Parameter& p, double grad_scale, double keep, const Tensor& u) {
    const Gradient<T> from{p.grad.data<T>(), grad_scale, keep, u.data<T>()};
    if (!p.is_matrix()) return direction(from, u.elements(), others_[i].data<T>());
    direction(from, rows_[i].elements(), others_[i].elements(), rows_[i].data<T>(), others_[i].data<T>());
  }

  OptimizerConfig config_;
  std::vector<Tensor> rows_, others_;  // moments of rows; of columns, or of each element of a vector
};

}  // namespace

std::unique_ptr<Optimizer> make_adafactor(const OptimizerConfig& config, Parameters& parameters) {
  return std::make_unique<Adafactor>(config, parameters);
}

}  // namespace gimbal
