// The multi-layer perceptron, layer by layer.
#include "lab/nets/mlp.h"

#include <cmath>

#include "lab/nets/net_norm.h"
#include "lab/nets/operations.h"
#include "layers/feed_forward.h"

namespace gimbal::lab::nets {

Parameter& make_map(Parameters& parameters, const std::string& name, int64_t rows, int64_t inputs, double gain) {
  return parameters.make(name, Shape{rows, inputs}, {{rows, InitPart::Kind::kNormal, gain / std::sqrt(static_cast<double>(inputs))}}, Decay::kYes);
}

double starting_gain(const std::string& activation) {
  switch (activation_named(activation).act) {
    case ops::Act::kRelu:
    case ops::Act::kGelu:
    case ops::Act::kGeluTanh:
    case ops::Act::kSilu:
      return std::sqrt(2.0);
    default:
      return 1;
  }
}

Mlp::Mlp(const MlpSettings& settings) : settings_(settings), activation_(activation_named(settings.activation)) {
  const bool residual = settings.shortcut == Shortcut::kResidual;
  if (settings.layers < 0 || (residual && settings.layers % 2 != 0)) fail("a residual net needs an even number of layers; it has ", settings.layers);
  input_norm_ = make_net_norm(settings.input_norm, settings.inputs, parameters_, "input.norm");
  layers_.push_back(make_layer("stem", settings.inputs));
  for (int64_t i = 0; i < settings.layers; ++i) layers_.push_back(make_layer(cat("layer.", i), settings.width));
  if (residual) scale_branches();
  out_weight_ = &make_map(parameters_, "out.weight", settings.outputs, settings.width, 1);
  out_bias_ = &parameters_.make_constant("out.bias", Shape{settings.outputs}, 0);
  if (settings.affine == Affine::kFrozen) freeze_affine(parameters_, "");
}

void Mlp::scale_branches() {
  for (int64_t i = 2; i < layers(); i += 2) {
    Parameter* gain = parameters_.find(cat("layer.", i - 1, ".norm.gain"));
    for (InitPart& part : (gain ? *gain : weight(i)).init) part.value *= settings_.branch_start;
  }
}

Mlp::Layer Mlp::make_layer(const std::string& prefix, int64_t inputs) {
  const int64_t rows = activation_.gated ? 2 * settings_.width : settings_.width;
  const int64_t normed = settings_.place == NormPlace::kBeforeActivation ? rows : settings_.width;
  return {&make_map(parameters_, prefix + ".weight", rows, inputs, starting_gain(settings_.activation)),
          &parameters_.make_constant(prefix + ".bias", Shape{rows}, 0), make_net_norm(settings_.norm, normed, parameters_, prefix + ".norm")};
}

Var Mlp::normed(Tape& tape, const Var& x, int64_t layer, Trace* trace) {
  if (trace) trace->norms_read.push_back(x.value);
  const Var y = layers_[static_cast<size_t>(layer)].norm->apply(tape, x, x.value.dtype());
  return after_norm ? after_norm(tape, y, layer) : y;
}

Var Mlp::apply_layer(Tape& tape, const Var& x, int64_t layer, const Var* skip, Trace* trace) {
  const Layer& l = layers_[static_cast<size_t>(layer)];
  if (trace) trace->inputs.push_back(x.value);
  Var u = ops::linear(tape, x, *l.weight, l.bias);
  const bool before = settings_.place == NormPlace::kBeforeActivation;
  if (before) u = normed(tape, u, layer, trace);
  if (before && skip) u = sum(tape, *skip, u);
  if (trace) trace->units.push_back(u.value);
  Var y = ops::activation(tape, activation_, u);
  if (!before) y = normed(tape, y, layer, trace);
  return !before && skip ? sum(tape, *skip, y) : y;
}

Var Mlp::forward(Tape& tape, const Var& x, Trace* trace) {
  Var h = apply_layer(tape, input_norm_->apply(tape, x, x.value.dtype()), 0, nullptr, trace);
  const bool residual = settings_.shortcut == Shortcut::kResidual;
  for (int64_t i = 1; i < layers(); i += residual ? 2 : 1) {
    const Var block = h;
    h = apply_layer(tape, h, i, nullptr, trace);
    if (residual) h = apply_layer(tape, h, i + 1, &block, trace);
  }
  return ops::linear(tape, h, *out_weight_, out_bias_);
}

}  // namespace gimbal::lab::nets
