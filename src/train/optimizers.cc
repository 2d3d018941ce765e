// The list of optimizers, and the step that they share.
#include "train/optimizers.h"

#include <array>

namespace gimbal {

using Make = std::unique_ptr<Optimizer>(const OptimizerConfig&, Parameters&);
Make make_adamw, make_sgd, make_adafactor, make_lion, make_muon;

namespace {

constexpr std::array kOptimizerKinds = {
    OptimizerKind{"adamw", make_adamw, 2}, OptimizerKind{"sgd", make_sgd, 1},   OptimizerKind{"adafactor", make_adafactor, 0.01},
    OptimizerKind{"lion", make_lion, 1},   OptimizerKind{"muon", make_muon, 1},
};

const OptimizerKind& kind_named(const std::string& name) {
  std::vector<std::string> names;
  for (const OptimizerKind& kind : kOptimizerKinds) {
    if (kind.name == name) return kind;
    names.emplace_back(kind.name);
  }
  fail("unknown optimizer '", name, "'", did_you_mean(name, names), "; known: ", joined(names));
}

}  // namespace

std::span<const OptimizerKind> optimizer_kinds() { return kOptimizerKinds; }

std::unique_ptr<Optimizer> make_optimizer(const OptimizerConfig& config, Parameters& parameters) {
  if (config.lr < 0) fail("optimizer.lr ", config.lr, " is negative");
  for (const double beta : {config.beta1, config.beta2, config.momentum})
    if (beta < 0 || beta >= 1) fail("optimizer.beta1, beta2 and momentum must be in [0, 1), not ", beta);
  return kind_named(config.kind).make(config, parameters);
}

double optimizer_values_per_parameter(const OptimizerConfig& config) { return kind_named(config.kind).values_per_parameter; }

Tensor Optimizer::make_state(const Parameter& p, std::string_view what, Shape shape) {
  Tensor t = Tensor::zeros(shape, DType::kF32, p.value.device());
  state_.emplace_back(cat(p.name, ".", what), t);
  return t;
}

void Optimizer::step(double lr, double grad_scale, const Report& report) {
  ++steps_;
  size_t index = 0;
  for (Parameter& p : parameters_.all()) {
    const size_t i = index++;
    if (!p.trainable || !p.grad_written) continue;
    report(p, update(i, p, lr, grad_scale, steps_));
  }
}

}  // namespace gimbal
