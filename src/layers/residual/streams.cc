// Constant mixtures, and the sum of a repeated table and a scaled variable.
#include "layers/residual/streams.h"

namespace gimbal {
namespace {

Var ones(const Tensor& like, int64_t rows, int64_t cols) {
  const std::vector<double> values(static_cast<size_t>(rows * cols), 1.0);
  return Tape::constant(Tensor::from<double>(values, Shape{rows, cols}).to(like.dtype(), like.device()));
}

}  // namespace

Var open_streams(Tape& tape, const Var& h, int64_t streams) {
  const ops::Mixture all = {ones(h.value, h.rows(), streams), h, 1};
  return ops::mix_streams(tape, {&all, 1});
}

Var close_streams(Tape& tape, const Var& x, int64_t streams) {
  const ops::Mixture all = {ones(x.value, x.rows() / streams, streams), x, streams};
  return ops::mix_streams(tape, {&all, 1});
}

Parameter& make_coefficients(Parameters& parameters, const std::string& name, const std::vector<double>& start) {
  std::vector<InitPart> parts;
  for (const double value : start) parts.push_back({1, InitPart::Kind::kConstant, value});
  return parameters.make(name, Shape{static_cast<int64_t>(start.size()), 1}, std::move(parts), Decay::kNo);
}

std::vector<double> diagonal(int64_t n, double on, double off) {
  std::vector<double> values(static_cast<size_t>(n * n), off);
  for (int64_t i = 0; i < n; ++i) values[static_cast<size_t>(i * n + i)] = on;
  return values;
}

Var around(Tape& tape, Parameter& base, Parameter& gain, const Var& moved) {
  std::vector<int32_t> which(static_cast<size_t>(moved.value.elements()));
  for (size_t i = 0; i < which.size(); ++i) which[i] = static_cast<int32_t>(static_cast<int64_t>(i) % base.rows());
  const ops::Lookup lookup = {&base, Tensor::from_ints(which, moved.value.device())};
  const Var repeated = ops::reshape(tape, ops::embedding(tape, {&lookup, 1}, moved.value.dtype()), moved.value.shape());
  return ops::join(tape, {}, repeated, nullptr, moved, &gain);
}

}  // namespace gimbal
