// Learned numbers behind a product: one a column, or one a map over the map's largest singular value.
//
// gains * x + bias is BatchNorm with constant statistics (mean 0, variance 1), so its kernels do the passes over rows.
#include <cmath>

#include "autograd/column_gain.h"
#include "kernels/table.h"

namespace gimbal::ops {

using kernels::Write;

namespace {

const kernels::Table& kernels_of(const Tensor& x) { return kernels::on(x.device()); }
DType sum_type(const Tensor& x) { return x.dtype() == DType::kF64 ? DType::kF64 : DType::kF32; }

Tensor tensor_of(const std::vector<double>& values, DType type, Device device) {
  return Tensor::from<double>(values, Shape{static_cast<int64_t>(values.size())}).to(type, device);
}

Tensor constant(double value, const Tensor& like) {
  return tensor_of(std::vector<double>(static_cast<size_t>(like.elements()), value), like.dtype(), like.device());
}

}  // namespace

Tensor column_gains(const ColumnGain& gain, int64_t columns, DType type, Device device) {
  std::vector<double> values(static_cast<size_t>(columns), 1.0);
  for (const ColumnGain::Range& r : gain.ranges)
    for (int64_t i = 0; i < r.count; ++i) values[static_cast<size_t>(r.column + i)] = r.factor * gain.gain->value.at(r.gain + i);
  return tensor_of(values, type, device);
}

void apply_column_gains(const Tensor& x, const Tensor& gains, const Tensor& bias, const Tensor& y) {
  kernels_of(x).batch_norm.apply(0, x, constant(0, gains), constant(1, gains), gains, bias, y);
}

ColumnSums column_gains_backward(const Tensor& dy, const Tensor& x, const Tensor& gains, const Tensor& dx, Write write) {
  const ColumnSums sums{Tensor(gains.shape(), gains.dtype(), gains.device()), Tensor(gains.shape(), gains.dtype(), gains.device())};
  kernels_of(dy).batch_norm.backward_eval(0, dy, x, constant(0, gains), constant(1, gains), gains, dx, write,
                                          {sums.dgains_c, sums.dbias_c, Write::kReplace});
  return sums;
}

void add_gradient(Parameter* p, const Tensor& gradient) {
  if (!p) return;
  if (const auto d = Tape::destination(*p); d.tensor) kernels_of(gradient).elementwise.copy(gradient, 1.0, d.tensor, d.write);
}

void add_gradient(const ColumnGain& gain, const Tensor& dgains) {
  std::vector<double> sums(static_cast<size_t>(gain.gain->shape.elements()), 0.0);
  for (const ColumnGain::Range& r : gain.ranges)
    for (int64_t i = 0; i < r.count; ++i) sums[static_cast<size_t>(r.gain + i)] += r.factor * dgains.at(r.column + i);
  add_gradient(gain.gain, tensor_of(sums, dgains.dtype(), dgains.device()));
}

Var gain_columns(Tape& tape, const Var& x, const ColumnGain& gain) {
  const Tensor gains = column_gains(gain, x.cols(), sum_type(x.value), x.value.device());
  const Tensor y(x.value.shape(), x.value.dtype(), x.value.device());
  apply_column_gains(x.value, gains, {}, y);
  return tape.emit(y, x.wants_gradient() || gain.gain->trainable, [x, gains, &gain](Tape& tape, const Tensor& dy) {
    const auto d =
        x.wants_gradient() ? tape.destination(x, x.value.dtype()) : Tape::Destination{Tensor(x.value.shape(), x.value.dtype(), x.value.device())};
    add_gradient(gain, column_gains_backward(dy, x.value, gains, d.tensor, d.write).dgains_c);
  });
}

namespace {

void divide_by_length(const Tensor& v, double length) {
  if (length > 0) kernels_of(v).elementwise.copy(v, 1 / length, v, Write::kReplace);
}
double length_of(const Tensor& v) { return std::sqrt(kernels_of(v).elementwise.moments(v).sum_squares); }

// Rows [begin, begin + rows) of a fused map, and their largest singular value as far as the power iteration has come: sigma = ||W^T u||, v = W^T u /
// sigma.
struct SpectralPart {
  int64_t begin, rows;
  Tensor u, v;
  double sigma = 0, gain = 1;
};

Tensor times_transposed(const Tensor& u, const Tensor& w) {
  Tensor v(Shape{1, w.cols()}, w.dtype(), w.device());
  kernels_of(w).matmul.linear_dx(u, w, v, Write::kReplace);
  return v;
}

// u <- W W^T u / ||W W^T u||
void power_step(const Tensor& u, const Tensor& w) {
  const Tensor v = times_transposed(u, w);
  divide_by_length(v, length_of(v));
  kernels_of(w).matmul.linear(v, w, {}, u);
  divide_by_length(u, length_of(u));
}

std::vector<SpectralPart> spectral_parts(const Tape& tape, const Parameter& weight) {
  std::vector<SpectralPart> parts;
  const Spectral& spectral = weight.spectral;
  int64_t begin = 0;
  for (const InitPart& init : weight.init) {
    const Tensor w = weight.value.slice_rows(begin, begin + init.rows);
    const Tensor stored = spectral.left->value.slice_rows(begin, begin + init.rows).reshape(Shape{1, init.rows});
    if (tape.training() && !tape.replaying()) power_step(stored, w);
    SpectralPart part{begin, init.rows, stored.clone(), {}, 0, spectral.gain->value.at(static_cast<int64_t>(parts.size()))};
    divide_by_length(part.u, length_of(part.u));
    part.v = times_transposed(part.u, w);
    part.sigma = length_of(part.v);
    divide_by_length(part.v, part.sigma);
    parts.push_back(std::move(part));
    begin += init.rows;
  }
  return parts;
}

Tensor factors_of(const std::vector<SpectralPart>& parts, DType type, Device device) {
  std::vector<double> factors;
  for (const SpectralPart& p : parts) factors.insert(factors.end(), static_cast<size_t>(p.rows), p.sigma > 0 ? p.gain / p.sigma : 0.0);
  return tensor_of(factors, type, device);
}

// With u and v constant: d sigma / d W = u v^T.
void spectral_gradients(const std::vector<SpectralPart>& parts, const Tensor& dfactors, Parameter& weight) {
  std::vector<double> dgain;
  const auto d = Tape::destination(weight);
  for (const SpectralPart& p : parts) {
    double sum = 0;
    for (int64_t i = 0; i < p.rows; ++i) sum += dfactors.at(p.begin + i);
    const bool there = p.sigma > 0;
    dgain.push_back(there ? sum / p.sigma : 0);
    if (!d.tensor) continue;
    const Tensor scaled = p.u.clone();
    kernels_of(scaled).elementwise.copy(scaled, there ? -p.gain * sum / (p.sigma * p.sigma) : 0, scaled, Write::kReplace);
    kernels_of(scaled).matmul.linear_dw(scaled, p.v, d.tensor.slice_rows(p.begin, p.begin + p.rows), d.write);
  }
  add_gradient(weight.spectral.gain, tensor_of(dgain, dfactors.dtype(), dfactors.device()));
}

}  // namespace

Var scale_by_spectrum(Tape& tape, const Var& x, Parameter& weight, Parameter* bias) {
  std::vector<SpectralPart> parts = spectral_parts(tape, weight);
  const Tensor factors = factors_of(parts, sum_type(x.value), x.value.device());
  const Tensor y(x.value.shape(), x.value.dtype(), x.value.device());
  apply_column_gains(x.value, factors, bias ? bias->value : Tensor(), y);
  return tape.emit(y, x.wants_gradient() || trains({weight.spectral.gain, bias}),
                   [x, factors, parts = std::move(parts), &weight, bias](Tape& tape, const Tensor& dy) {
                     const auto d = x.wants_gradient() ? tape.destination(x, x.value.dtype())
                                                       : Tape::Destination{Tensor(x.value.shape(), x.value.dtype(), x.value.device())};
                     const ColumnSums sums = column_gains_backward(dy, x.value, factors, d.tensor, d.write);
                     spectral_gradients(parts, sums.dgains_c, weight);
                     add_gradient(bias, sums.dbias_c);
                   });
}

}  // namespace gimbal::ops
