// Losses of whole sequences, which are few numbers, computed in double where they lie; and the distance of hidden states.
#include <algorithm>
#include <cmath>

#include "autograd/ops.h"
#include "kernels/cross_entropy_ref.h"
#include "kernels/table.h"

namespace gimbal::ops {

namespace ref = kernels::ref;

namespace {

Tensor like(const Tensor& x, std::span<const double> values) { return Tensor::from<double>(values, x.shape()).to(x.dtype(), x.device()); }

Tensor loss_value(const Tensor& x, double value) {
  return Tensor::from<double>({&value, 1}, Shape{1}).to(x.dtype() == DType::kF64 ? DType::kF64 : DType::kF32, x.device());
}

// A teacher's logits, all of them: heads of whole sequences have few, and no gains.
std::vector<double> values_of(const Teacher& teacher) {
  Tape unrecorded(Tape::Mode::kInference, Tape::Phase::kEval);
  const LinearLogits& of = teacher.logits;
  const DType type = of.x_nd.value.dtype() == DType::kF64 ? DType::kF64 : DType::kF32;
  return linear(unrecorded, Tape::constant(of.x_nd.value), *of.weight_vd, of.bias_v, type).value.to_doubles();
}

// A loss whose gradient was computed with it.
Var loss_of_values(Tape& tape, const Var& x, double value, std::vector<double> dx) {
  return tape.emit(loss_value(x.value, value), x.wants_gradient(), [x, dx = std::move(dx)](Tape& tape, const Tensor& dy) {
    GIMBAL_ASSERT(dy.at(0) == 1.0, "a loss is a root or a term of a plain sum");
    tape.add_gradient(x, like(x.value, dx));
  });
}

}  // namespace

Var group_cross_entropy(Tape& tape, const Var& x, int64_t column, std::span<const Group> groups, double scale, LossSums& sums,
                        const Teacher* teacher) {
  const std::vector<double> all = x.value.to_doubles(), taught = teacher ? values_of(*teacher) : std::vector<double>();
  const double share = teacher ? teacher->share : 0;
  std::vector<double> dx(all.size());
  double total = 0;
  for (const Group& g : groups) {
    const int64_t n = g.end - g.begin;
    if (g.target < 0 || g.target >= n) continue;
    const auto at = [&](int64_t i) { return static_cast<size_t>((g.begin + i) * x.cols() + column); };
    const auto of_group = [&](const std::vector<double>& from) {
      std::vector<double> values(static_cast<size_t>(n));
      for (int64_t i = 0; i < n; ++i) values[static_cast<size_t>(i)] = from[at(i)];
      return values;
    };
    const std::vector<double> logits = of_group(all);
    std::vector<double> gradient(logits.size());
    const double lse = ref::log_sum_exp<double>(logits), nll = lse - logits[static_cast<size_t>(g.target)];
    ref::cross_entropy_vjp<double>({}, logits, g.target, (1 - share) * scale, gradient);
    for (int64_t i = 0; i < n; ++i) dx[at(i)] = gradient[static_cast<size_t>(i)];
    double loss = nll;
    if (teacher) {
      const std::vector<double> soft = of_group(taught);
      loss = (1 - share) * nll + share * ref::soft_cross_entropy<double>(teacher->temperature, logits, soft);
      ref::soft_cross_entropy_vjp<double>(teacher->temperature, logits, soft, share * scale, gradient);
      for (int64_t i = 0; i < n; ++i) dx[at(i)] += gradient[static_cast<size_t>(i)];
    }
    total += loss;
    sums.loss += loss;
    sums.nll += nll;
    sums.weight += 1;
    sums.lse_squares += lse * lse;
    sums.lse_max = std::max(sums.lse_max, std::abs(lse));
  }
  return loss_of_values(tape, x, scale * total, std::move(dx));
}

Var squared_error(Tape& tape, const Var& x, std::span<const double> targets, double scale, LossSums& sums, const Teacher* teacher) {
  GIMBAL_ASSERT(x.value.elements() == static_cast<int64_t>(targets.size()));
  const std::vector<double> values = x.value.to_doubles(), taught = teacher ? values_of(*teacher) : std::vector<double>(values.size());
  const double share = teacher ? teacher->share : 0;
  std::vector<double> dx(values.size());
  double total = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    const double from_target = values[i] - targets[i], from_teacher = values[i] - taught[i];
    total += (1 - share) * from_target * from_target + share * from_teacher * from_teacher;
    sums.nll += from_target * from_target;
    dx[i] = 2 * scale * ((1 - share) * from_target + share * from_teacher);
  }
  sums.loss += total;
  sums.weight += static_cast<double>(targets.size());
  return loss_of_values(tape, x, scale * total, std::move(dx));
}

Var binary_cross_entropy(Tape& tape, const Var& x, std::span<const double> targets, double scale, LossSums& sums, const Teacher* teacher) {
  GIMBAL_ASSERT(x.value.elements() == static_cast<int64_t>(targets.size()));
  const auto sigmoid = [](double v) { return v >= 0 ? 1 / (1 + std::exp(-v)) : std::exp(v) / (1 + std::exp(v)); };
  const auto against = [](double v, double target) { return std::max(v, 0.0) - target * v + std::log1p(std::exp(-std::abs(v))); };
  const std::vector<double> values = x.value.to_doubles(), taught = teacher ? values_of(*teacher) : std::vector<double>(values.size());
  const double share = teacher ? teacher->share : 0, temperature = teacher ? teacher->temperature : 1;
  std::vector<double> dx(values.size());
  double total = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    const double nll = against(values[i], targets[i]);
    double loss = nll, slope = sigmoid(values[i]) - targets[i];
    if (teacher) {
      const double said = taught[i] / temperature, soft = sigmoid(said), ours = values[i] / temperature;
      loss = (1 - share) * nll + share * temperature * temperature * (against(ours, soft) - against(said, soft));
      slope = (1 - share) * slope + share * temperature * (sigmoid(ours) - soft);
    }
    total += loss;
    sums.nll += nll;
    dx[i] = scale * slope;
  }
  sums.loss += total;
  sums.weight += static_cast<double>(targets.size());
  return loss_of_values(tape, x, scale * total, std::move(dx));
}

Var squared_distance(Tape& tape, const Var& x, const Tensor& target, double scale, double& sum) {
  GIMBAL_ASSERT(x.value.shape() == target.shape(), x.value.shape().to_string(), " and ", target.shape().to_string());
  const auto& elementwise = kernels::on(x.value.device()).elementwise;
  const Tensor difference = x.value.clone();
  elementwise.copy(target, -1, difference, kernels::Write::kAdd);
  const double squares = elementwise.moments(difference).sum_squares;
  sum += squares;
  return tape.emit(loss_value(x.value, scale * squares), x.wants_gradient(), [x, difference, scale](Tape& tape, const Tensor& dy) {
    GIMBAL_ASSERT(dy.at(0) == 1.0, "a loss is a root or a term of a plain sum");
    kernels::on(difference.device()).elementwise.copy(difference, 2 * scale, difference, kernels::Write::kReplace);
    tape.add_gradient(x, difference);
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
