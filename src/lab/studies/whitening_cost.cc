// E32, the cost of one norm.
#include "lab/studies/whitening_cost.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>

#include "core/rng.h"
#include "lab/nets/net_norm.h"
#include "lab/nets/whitening.h"

namespace gimbal::lab::whitening_cost {
namespace {

Tensor mixed_rows(int64_t n, int64_t d, uint64_t seed) {
  Rng rng(seed, "lab/mixed-rows");
  std::vector<double> mix(static_cast<size_t>(d * d)), source(static_cast<size_t>(d));
  for (double& m : mix) m = rng.normal() / std::sqrt(static_cast<double>(d));
  for (int64_t j = 0; j < d; ++j) mix[static_cast<size_t>(j * d + j)] += 1;  // and a part of its own, so that none depends on the others
  Tensor x(Shape{n, d}, DType::kF32);
  for (int64_t i = 0; i < n; ++i) {
    for (double& s : source) s = rng.normal();
    for (int64_t j = 0; j < d; ++j) {
      double sum = 0.5;
      for (int64_t k = 0; k < d; ++k) sum += mix[static_cast<size_t>(j * d + k)] * source[static_cast<size_t>(k)];
      x.data<float>()[i * d + j] = static_cast<float>(sum);
    }
  }
  return x;
}

}  // namespace

Result run(const Settings& s, uint64_t seed) {
  const Tensor x = mixed_rows(s.rows, s.columns, seed), dy = mixed_rows(s.rows, s.columns, seed + 1);
  Parameters parameters;
  const auto norm = nets::make_net_norm({.kind = s.norm, .groups = 4}, s.columns, parameters, "norm");
  parameters.allocate(Device::kCpu, DType::kF32);
  parameters.initialize(seed);
  Result result{std::numeric_limits<double>::infinity(), std::numeric_limits<double>::infinity(), nets::residual_correlation(x), 0};
  using Clock = std::chrono::steady_clock;
  const auto us = [](Clock::duration d) { return std::chrono::duration<double, std::micro>(d).count(); };
  for (int64_t i = 0; i < s.repeats; ++i) {
    Tape tape(Tape::Mode::kRecord, Tape::Phase::kTrain);
    const Var in = tape.input(x);
    const auto begin = Clock::now();
    const Var y = norm->apply(tape, in, DType::kF32);
    const auto middle = Clock::now();
    if (y.wants_gradient() && y.slot != in.slot) tape.backward(y, dy.clone());
    result.forward_us = std::min(result.forward_us, us(middle - begin));
    result.backward_us = std::min(result.backward_us, us(Clock::now() - middle));
    result.correlation_after = nets::residual_correlation(y.value);
  }
  return result;
}

}  // namespace gimbal::lab::whitening_cost
