// Norms and their replacements.
#include "autograd/column_gain.h"
#include "kernels/table.h"

namespace gimbal::ops {

using kernels::AffineGradient;
using kernels::SquashGradient;
using kernels::Write;

namespace {

const kernels::Table& kernels_of(const Tensor& x) { return kernels::on(x.device()); }
Tensor value_of(const Parameter* p) { return p ? p->value : Tensor(); }
DType result_type(const Tensor& x, DType out) { return x.dtype() == DType::kF64 ? DType::kF64 : out; }
DType sum_type(const Tensor& x) { return x.dtype() == DType::kF64 ? DType::kF64 : DType::kF32; }

// Gradient of one parameter of a kernel that takes a single Write for all of them: written to scratch when only some already hold something.
class ParameterGradients {
 public:
  Tensor of(Parameter* p) {
    if (!p) return {};
    const auto d = Tape::destination(*p);
    if (!d.tensor) return {};
    if (d.write == Write::kReplace) return d.tensor;
    added_.push_back({d.tensor, Tensor(d.tensor.shape(), d.tensor.dtype(), d.tensor.device())});
    return added_.back().scratch;
  }
  void finish() {
    for (const auto& a : added_) kernels_of(a.total).elementwise.copy(a.scratch, 1.0, a.total, Write::kAdd);
  }

 private:
  struct Added {
    Tensor total, scratch;
  };
  std::vector<Added> added_;
};

}  // namespace

Var row_norm(Tape& tape, const RowNormSpec& spec, const Var& x, Parameter* gain, Parameter* bias, DType out) {
  Tensor y(x.value.shape(), result_type(x.value, out), x.value.device());
  Tensor stats = tape.recording() ? Tensor(Shape{x.rows(), spec.groups, 2}, sum_type(x.value), x.value.device()) : Tensor();
  kernels_of(x.value).row_norm.forward(spec, x.value, value_of(gain), value_of(bias), y, stats);
  const Var result = tape.emit(y, x.wants_gradient() || trains({gain, bias}), [spec, x, gain, bias, stats](Tape& tape, const Tensor& dy) {
    ParameterGradients parameters;
    const AffineGradient affine{parameters.of(gain), parameters.of(bias), Write::kReplace};
    auto d =
        x.wants_gradient() ? tape.destination(x, x.value.dtype()) : Tape::Destination{Tensor(x.value.shape(), x.value.dtype(), x.value.device())};
    kernels_of(dy).row_norm.backward(spec, dy, x.value, value_of(gain), stats, d.tensor, d.write, affine);
    parameters.finish();
  });
  return tape.remakable(result, [spec, x = x.value, gain, bias, type = y.dtype()] {
    const Tensor y(x.shape(), type, x.device());
    kernels_of(x).row_norm.forward(spec, x, value_of(gain), value_of(bias), y, {});
    return y;
  });
}

Var head_norm(Tape& tape, const RowNormSpec& spec, int64_t heads, int64_t kv_heads, const Var& x, Parameter* gain_q, Parameter* gain_k) {
  Tensor y(x.value.shape(), x.value.dtype(), x.value.device());
  Tensor stats = tape.recording() ? Tensor(Shape{x.rows(), heads + kv_heads, 2}, sum_type(x.value), x.value.device()) : Tensor();
  kernels_of(x.value).row_norm.heads_forward(spec, heads, kv_heads, x.value, value_of(gain_q), value_of(gain_k), y, stats);
  return tape.emit(y, x.wants_gradient() || trains({gain_q, gain_k}),
                   [spec, heads, kv_heads, x, gain_q, gain_k, stats](Tape& tape, const Tensor& dy) {
                     ParameterGradients parameters;
                     const Tensor dgain_q = parameters.of(gain_q), dgain_k = parameters.of(gain_k);
                     Tensor dx(x.value.shape(), x.value.dtype(), x.value.device());
                     kernels_of(dy).row_norm.heads_backward(spec, heads, kv_heads, dy, x.value, value_of(gain_q), value_of(gain_k), stats, dx,
                                                            dgain_q, dgain_k, Write::kReplace);
                     parameters.finish();
                     tape.add_gradient(x, dx);
                   });
}

Var squash(Tape& tape, Squash kind, const Var& x, Parameter& alpha, Parameter* shift, Parameter* gain, Parameter* bias, DType out) {
  Tensor y(x.value.shape(), result_type(x.value, out), x.value.device());
  kernels_of(x.value).squash.forward(kind, x.value, alpha.value, value_of(shift), value_of(gain), value_of(bias), y);
  return tape.emit(y, x.wants_gradient() || trains({&alpha, shift, gain, bias}), [kind, x, &alpha, shift, gain, bias](Tape& tape, const Tensor& dy) {
    ParameterGradients parameters;
    const SquashGradient wanted{parameters.of(&alpha), parameters.of(shift), parameters.of(gain), parameters.of(bias), Write::kReplace};
    auto d =
        x.wants_gradient() ? tape.destination(x, x.value.dtype()) : Tape::Destination{Tensor(x.value.shape(), x.value.dtype(), x.value.device())};
    kernels_of(dy).squash.backward(kind, dy, x.value, alpha.value, value_of(shift), value_of(gain), d.tensor, d.write, wanted);
    parameters.finish();
  });
}

namespace {

void update_running(const RunningStatistics& running, const Tensor& mean, const Tensor& var, int64_t n) {
  const auto blend = [&](Parameter& target, const Tensor& batch, double factor) {
    const auto& k = kernels_of(batch).elementwise;
    k.copy(target.value, 1.0 - running.rate, target.value, Write::kReplace);
    k.copy(batch, running.rate * factor, target.value, Write::kAdd);
  };
  blend(*running.mean_d, mean, 1.0);
  blend(*running.var_d, var, static_cast<double>(n) / static_cast<double>(n - 1));
}

}  // namespace

Var batch_norm(Tape& tape, double eps, const Var& x, Parameter* gain, Parameter* bias, const RunningStatistics& running, DType out) {
  const auto& k = kernels_of(x.value).batch_norm;
  const int64_t n = x.rows(), d = x.cols();
  Tensor mean = running.mean_d->value, var = running.var_d->value;
  if (tape.training()) {
    if (n < 2) fail("BatchNorm cannot train on a micro-batch of one token: its variance is undefined; use a longer context or a larger micro-batch");
    mean = Tensor(Shape{d}, sum_type(x.value), x.value.device());
    var = Tensor(Shape{d}, sum_type(x.value), x.value.device());
    k.statistics(x.value, mean, var);
    if (!tape.replaying()) update_running(running, mean, var, n);
  }
  Tensor y(x.value.shape(), result_type(x.value, out), x.value.device());
  k.apply(eps, x.value, mean, var, value_of(gain), value_of(bias), y);
  return tape.emit(y, x.wants_gradient() || trains({gain, bias}), [eps, x, mean, var, gain, bias](Tape& tape, const Tensor& dy) {
    ParameterGradients parameters;
    const AffineGradient affine{parameters.of(gain), parameters.of(bias), Write::kReplace};
    auto d =
        x.wants_gradient() ? tape.destination(x, x.value.dtype()) : Tape::Destination{Tensor(x.value.shape(), x.value.dtype(), x.value.device())};
    const auto& k = kernels_of(dy).batch_norm;
    (tape.training() ? k.backward : k.backward_eval)(eps, dy, x.value, mean, var, value_of(gain), d.tensor, d.write, affine);
    parameters.finish();
  });
}

namespace {

// One number a channel, from a function of the channel.
template <class F>
Tensor of_channels(const Tensor& like_d, const F& number) {
  std::vector<double> values(static_cast<size_t>(like_d.elements()));
  for (size_t j = 0; j < values.size(); ++j) values[j] = number(static_cast<int64_t>(j));
  return Tensor::from<double>(values, Shape{like_d.elements()}).to(like_d.dtype(), like_d.device());
}

void assign(Parameter& p, const Tensor& value) { kernels_of(value).elementwise.copy(value, 1.0, p.value, Write::kReplace); }

Tensor quadratic_mean(const Tensor& x) {
  const Tensor mean(Shape{x.cols()}, sum_type(x), x.device()), var(Shape{x.cols()}, sum_type(x), x.device());
  kernels_of(x).batch_norm.statistics(x, mean, var);
  return of_channels(mean, [&](int64_t j) { return mean.at(j) * mean.at(j) + var.at(j); });
}

}  // namespace

Var power_norm(Tape& tape, double eps, const Var& x, Parameter* gain, Parameter* bias, const RunningSquares& running, Tensor& read, DType out) {
  const double rate = running.rate;
  Tensor square = running.square_d->value, batch_square;
  if (tape.training()) {
    batch_square = quadratic_mean(x.value);
    if (!tape.replaying() || !read) read = square.clone();
    if (!tape.replaying()) {
      assign(*running.square_d, of_channels(square, [&](int64_t j) { return (1 - rate) * square.at(j) + rate * batch_square.at(j); }));
    }
    square = read;
  }
  const Tensor zeros = Tensor::zeros(square.shape(), square.dtype(), square.device());
  Tensor y(x.value.shape(), result_type(x.value, out), x.value.device());
  kernels_of(x.value).batch_norm.apply(eps, x.value, zeros, square, value_of(gain), value_of(bias), y);
  return tape.emit(y, x.wants_gradient() || trains({gain, bias}), [=](Tape& tape, const Tensor& dy) {
    const auto& k = kernels_of(dy);
    auto d =
        x.wants_gradient() ? tape.destination(x, x.value.dtype()) : Tape::Destination{Tensor(x.value.shape(), x.value.dtype(), x.value.device())};
    const Tensor dgain(square.shape(), square.dtype(), square.device()), dbias(square.shape(), square.dtype(), square.device());
    k.batch_norm.backward_eval(eps, dy, x.value, zeros, square, value_of(gain), d.tensor, d.write, {dgain, dbias, Write::kReplace});
    if (tape.training()) {
      const Tensor nu = running.along_d->value;
      const Tensor against = of_channels(square, [&](int64_t j) { return -nu.at(j) / (square.at(j) + eps); });
      const Tensor along(x.value.shape(), x.value.dtype(), x.value.device());
      apply_column_gains(x.value, against, {}, along);
      k.elementwise.copy(along, 1.0, d.tensor, Write::kAdd);
      const auto n = static_cast<double>(x.rows());
      assign(*running.along_d, of_channels(square, [&](int64_t j) {
        const double xhat_squares = batch_square.at(j) / (square.at(j) + eps), g_xhat = (gain ? gain->value.at(j) : 1.0) * dgain.at(j) / n;
        return nu.at(j) * (1 - rate * xhat_squares) + rate * g_xhat;
      }));
    }
    add_gradient(gain, dgain);
    add_gradient(bias, dbias);
  });
}

}  // namespace gimbal::ops
