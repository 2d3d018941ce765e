// For tests only: gradients of anything on the tape, in double, with random cotangents, against central differences.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "autograd/tape.h"
#include "core/rng.h"

namespace gimbal::lab::nets::testing {

inline Tensor random_values(uint64_t seed, const std::string& name, Shape shape, double scale = 1) {
  Rng rng(seed, name);
  std::vector<double> values(static_cast<size_t>(shape.elements()));
  for (double& v : values) v = scale * rng.normal();
  return Tensor::from<double>(values, shape, Device::kReference);
}

/// Moves everything trainable off its starting value, so that no gain is 1 and no bias 0.
inline void disturb(Parameters& parameters, double by) {
  for (Parameter& p : parameters.all()) {
    if (!p.trainable) continue;
    Rng rng(5, "disturb/" + p.name);
    for (int64_t i = 0; i < p.value.elements(); ++i) p.value.data<double>()[i] += by * rng.normal();
  }
}

using Function = std::function<Var(Tape&, std::span<const Var>)>;

struct Check {
  Tape::Phase phase = Tape::Phase::kTrain;
  double step = 1e-4, bound = 1e-6;
};

/// Every input and every trainable parameter along one random direction each: |g.v - D| / (|D| + 1e-2) below the bound, D the fourth-order central
/// difference; and something must flow to each. Results of one element count as losses, whose cotangent is 1.
inline void expect_gradients(const std::string& what, const Function& fn, const std::vector<Tensor>& inputs, Parameters* parameters,
                             Check check = {}) {
  Tensor cotangent;
  const auto value = [&] {
    Tape tape(Tape::Mode::kInference, check.phase);
    tape.mark_replaying();  // running statistics stay
    std::vector<Var> xs;
    for (const Tensor& x : inputs) xs.push_back(Tape::constant(x));
    const Var y = fn(tape, xs);
    double along = 0;
    for (int64_t i = 0; i < y.value.elements(); ++i) along += y.value.at(i) * (cotangent ? cotangent.at(i) : 1.0);
    return along;
  };
  if (parameters) parameters->clear_gradients();
  Tape tape(Tape::Mode::kRecord, check.phase);
  tape.mark_replaying();
  std::vector<Var> xs;
  for (const Tensor& x : inputs) xs.push_back(tape.input(x));
  const Var y = fn(tape, xs);
  if (y.value.elements() > 1) cotangent = random_values(11, what + "/cotangent", y.value.shape());
  if (cotangent) {
    tape.backward(y, cotangent.clone());
  } else {
    tape.backward(y);
  }
  const auto compare = [&](const std::string& name, const Tensor& at, const Tensor& gradient) {
    ASSERT_TRUE(gradient.defined()) << what << ": nothing flows to " << name;
    const Tensor v = random_values(7, what + name, at.shape());
    double along = 0, size = 0;
    for (int64_t i = 0; i < at.elements(); ++i) along += v.at(i) * gradient.at(i), size += std::abs(gradient.at(i));
    const auto moved = [&](double h) {
      for (int64_t i = 0; i < at.elements(); ++i) at.data<double>()[i] += h * v.at(i);
      return value();
    };
    const double h = check.step;
    const double up1 = moved(h), up2 = moved(h), down1 = moved(-3 * h), down2 = moved(-h);
    moved(2 * h);
    const double difference = (8 * (up1 - down1) - (up2 - down2)) / (12 * h);
    EXPECT_LT(std::abs(along - difference) / (std::abs(difference) + 1e-2), check.bound) << what << ": " << name << " " << along << " " << difference;
    EXPECT_GT(size, 0) << what << ": " << name;
  };
  for (size_t i = 0; i < xs.size(); ++i) compare(cat("input ", i), inputs[i], tape.gradient(xs[i]));
  if (!parameters) return;
  for (Parameter& p : parameters->all())
    if (p.trainable) compare(p.name, p.value, p.grad_written ? p.grad : Tensor());
}

}  // namespace gimbal::lab::nets::testing
