// The list of optimizers, and the step that they share.
#include "train/optimizers.h"

#include <array>
#include <cmath>

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

void check_optimizer(const OptimizerConfig& config) {
  kind_named(config.kind);
  for (const auto& [name, value] : {std::pair{"lr", config.lr}, {"eps", config.eps}, {"weight_decay", config.weight_decay}})
    if (!(value >= 0)) fail("optimizer.", name, " must not be negative; it is ", value);
  for (const auto& [name, value] : {std::pair{"beta1", config.beta1}, {"beta2", config.beta2}, {"momentum", config.momentum}})
    if (!(value >= 0 && value < 1)) fail("optimizer.", name, " must be at least 0 and below 1; it is ", value);
  for (const auto& [name, value] :
       {std::pair{"least_scale", config.least_scale}, {"update_clip", config.update_clip}, {"layer_decay", config.layer_decay}})
    if (!(value > 0)) fail("optimizer.", name, " must be above 0; it is ", value);
  if (!(config.beta2_decay < 0)) fail("optimizer.beta2_decay must be below 0; it is ", config.beta2_decay);
  const std::vector<std::string> known = {"match-adamw", "original"};
  if (std::find(known.begin(), known.end(), config.adjust_lr) == known.end())
    fail("unknown optimizer.adjust_lr '", config.adjust_lr, "'", did_you_mean(config.adjust_lr, known), "; known: ", joined(known));
}

std::unique_ptr<Optimizer> make_optimizer(const OptimizerConfig& config, Parameters& parameters) {
  check_optimizer(config);
  return kind_named(config.kind).make(config, parameters);
}

namespace {

// Places below the head.
int64_t depth_of(const Architecture& a, const std::string& parameter) {
  const int64_t layers = a.blocks();
  if (const auto layer = health_index_of(a, parameter)) return layers - static_cast<int64_t>(*layer);
  if (parameter == "relative") return layers - a.encoder_layers;  // with the lowest block of its stack, where T5 keeps it
  if (parameter == "encoder.relative") return layers;
  if (parameter.starts_with("embed.")) return layers + 1;
  if (parameter.starts_with("encoder.")) return layers - (a.encoder_layers - 1);  // its final norm, with its last layer
  return 0;
}

}  // namespace

std::unique_ptr<Optimizer> make_optimizer(const OptimizerConfig& config, Model& model) {
  auto optimizer = make_optimizer(config, model.parameters());
  if (config.layer_decay == 1) return optimizer;
  std::vector<double> factors;
  for (const Parameter& p : model.parameters().all())
    factors.push_back(std::pow(config.layer_decay, static_cast<double>(depth_of(model.architecture(), p.name))));
  optimizer->set_lr_factors(std::move(factors));
  return optimizer;
}

double optimizer_values_per_parameter(const OptimizerConfig& config) { return kind_named(config.kind).values_per_parameter; }

Tensor Optimizer::make_state(const Parameter& p, std::string_view what, Shape shape) {
  Tensor t = Tensor::zeros(shape, p.value.dtype(), p.value.device());
  state_.emplace_back(cat(p.name, ".", what), t);
  return t;
}

void Optimizer::step(double lr, double grad_scale, const Report& report) {
  ++steps_;
  size_t index = 0;
  for (Parameter& p : parameters_.all()) {
    const size_t i = index++;
    if (!p.trainable || !p.grad_written) continue;
    report(p, update(i, p, lr_factors_.empty() ? lr : lr * lr_factors_[i], grad_scale, steps_));
    constrain(p);
  }
}

}  // namespace gimbal
