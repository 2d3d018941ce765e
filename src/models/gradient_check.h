// Gradients of a whole model against central differences, one random direction a parameter.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "models/tiny_models.h"

namespace gimbal::testing {

/// Of all parameters' gradients.
struct Worst {
  double error = 0;
  std::string parameter;
  bool any_zero = false;
  std::set<std::string> reached;
};

/// Every parameter tensor along one random direction v of its own: |g.v - D| / (|D| + 1e-3), D the fourth-order central difference
/// (8 (L(h) - L(-h)) - (L(2h) - L(-2h))) / 12h.
inline Worst worst_gradient_error(Model& model, const std::function<double(Gradients)>& loss) {
  const std::vector<Tensor> state = state_of(model);  // of norms that run over the steps: each loss begins with the same
  loss(Gradients::kYes);
  Worst worst;
  constexpr double kStep = 1e-4;
  std::vector<Parameter*> reached;  // what follows forgets it
  for (Parameter& p : model.parameters().all())
    if (p.grad_written) reached.push_back(&p);
  for (Parameter* parameter : reached) {
    Parameter& p = *parameter;
    worst.reached.insert(p.name);
    Rng rng(7, "direction/" + p.name);
    std::vector<double> v(static_cast<size_t>(p.value.elements()));
    double along = 0, size = 0;
    for (size_t i = 0; i < v.size(); ++i) {
      v[i] = rng.normal();
      along += v[i] * p.grad.at(static_cast<int64_t>(i));
      size += std::abs(p.grad.at(static_cast<int64_t>(i)));
    }
    const auto moved = [&](double h) {
      for (size_t i = 0; i < v.size(); ++i) p.value.data<double>()[i] += h * v[i];
      set_state(model, state);
      return loss(Gradients::kNo);
    };
    const double up1 = moved(kStep), up2 = moved(kStep), down1 = moved(-3 * kStep), down2 = moved(-kStep);
    moved(2 * kStep);
    const double difference = (8 * (up1 - down1) - (up2 - down2)) / (12 * kStep);
    const double error = std::abs(along - difference) / (std::abs(difference) + 1e-3);
    if (error > worst.error) worst.error = error, worst.parameter = p.name;
    if (size == 0) worst.any_zero = true;
  }
  return worst;
}

inline Worst worst_gradient_error(Model& model, const TokenRows& rows, Flow flow = {}, Tape::Phase phase = Tape::Phase::kTrain) {
  const Worst worst = worst_gradient_error(model, [&](Gradients gradients) { return tiny_loss(model, rows, gradients, flow, phase); });
  for (const Parameter& p : model.parameters().all()) EXPECT_EQ(worst.reached.contains(p.name), p.trainable) << p.name;
  return worst;
}

/// By the table in layers/design.cc.
inline bool refused(const Architecture& a) {
  for (const Refusal& r : refusals())
    if (r.applies(a, placement_named(a.placement))) return true;
  return false;
}

inline void expect_gradients(const Architecture& a, const std::string& what, Flow flow = {}) {
  const auto model = tiny_model(a, 3);
  const Worst worst = worst_gradient_error(*model, tiny_rows(a), flow);
  EXPECT_LT(worst.error, 1e-6) << what << ": " << worst.parameter;
}

}  // namespace gimbal::testing
