// Losses of whole sequences: few numbers, computed in double where they lie.
#include <algorithm>
#include <cmath>

#include "autograd/ops.h"
#include "kernels/table.h"

namespace gimbal::ops {
namespace {

Tensor like(const Tensor& x, std::span<const double> values) { return Tensor::from<double>(values, x.shape()).to(x.dtype(), x.device()); }

Tensor loss_value(const Tensor& x, double value) {
  return Tensor::from<double>({&value, 1}, Shape{1}).to(x.dtype() == DType::kF64 ? DType::kF64 : DType::kF32, x.device());
}

}  // namespace

Var group_cross_entropy(Tape& tape, const Var& x, int64_t column, std::span<const Group> groups, double scale, LossSums& sums) {
  const std::vector<double> all = x.value.to_doubles();
  std::vector<double> dx(all.size());
  double total = 0;
  for (const Group& g : groups) {
    if (g.target < 0 || g.target >= g.end - g.begin) continue;
    const auto at = [&](int64_t i) { return static_cast<size_t>((g.begin + i) * x.cols() + column); };
    const int64_t n = g.end - g.begin;
    double top = all[at(0)], sum = 0;
    for (int64_t i = 1; i < n; ++i) top = std::max(top, all[at(i)]);
    for (int64_t i = 0; i < n; ++i) sum += std::exp(all[at(i)] - top);
    for (int64_t i = 0; i < n; ++i) dx[at(i)] = scale * (std::exp(all[at(i)] - top) / sum - (i == g.target));
    const double lse = top + std::log(sum), loss = lse - all[at(g.target)];
    total += loss;
    sums.loss += loss;
    sums.nll += loss;
    sums.weight += 1;
    sums.lse_squares += lse * lse;
    sums.lse_max = std::max(sums.lse_max, std::abs(lse));
  }
  return tape.emit(loss_value(x.value, scale * total), x.wants_gradient(), [x, dx = std::move(dx)](Tape& tape, const Tensor& dy) {
    GIMBAL_ASSERT(dy.at(0) == 1.0, "a loss is a root or a term of a plain sum");
    tape.add_gradient(x, like(x.value, dx));
  });
}

Var squared_error(Tape& tape, const Var& x, std::span<const double> targets, double scale, LossSums& sums) {
  GIMBAL_ASSERT(x.value.elements() == static_cast<int64_t>(targets.size()));
  std::vector<double> dx = x.value.to_doubles();
  double total = 0;
  for (size_t i = 0; i < dx.size(); ++i) {
    const double difference = dx[i] - targets[i];
    total += difference * difference;
    dx[i] = 2 * scale * difference;
  }
  sums.loss += total;
  sums.nll += total;
  sums.weight += static_cast<double>(targets.size());
  return tape.emit(loss_value(x.value, scale * total), x.wants_gradient(), [x, dx = std::move(dx)](Tape& tape, const Tensor& dy) {
    GIMBAL_ASSERT(dy.at(0) == 1.0, "a loss is a root or a term of a plain sum");
    tape.add_gradient(x, like(x.value, dx));
  });
}

Var sum_of_losses(Tape& tape, const Var& a, const Var& b) {
  const double value = a.value.at(0) + b.value.at(0);
  return tape.emit(loss_value(a.value, value), a.wants_gradient() || b.wants_gradient(), [a, b](Tape& tape, const Tensor& dy) {
    tape.add_gradient(a, dy);
    tape.add_gradient(b, dy.clone());
  });
}

}  // namespace gimbal::ops
