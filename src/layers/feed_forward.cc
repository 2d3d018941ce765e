// Activations by name, and the two maps around them (gated forms: arXiv:2002.05202).
#include "layers/feed_forward.h"

#include <array>

#include "layers/weights/weights.h"

namespace gimbal {
namespace {

using ops::Act;

constexpr std::array kActivations = {
    ActivationName{"step", {Act::kStep, false}},  ActivationName{"sigmoid", {Act::kSigmoid, false}},
    ActivationName{"tanh", {Act::kTanh, false}},  ActivationName{"relu", {Act::kRelu, false}},
    ActivationName{"gelu", {Act::kGelu, false}},  ActivationName{"gelu-tanh", {Act::kGeluTanh, false}},
    ActivationName{"silu", {Act::kSilu, false}},  ActivationName{"linear", {Act::kLinear, false}},
    ActivationName{"glu", {Act::kSigmoid, true}}, ActivationName{"reglu", {Act::kRelu, true}},
    ActivationName{"geglu", {Act::kGelu, true}},  ActivationName{"geglu-tanh", {Act::kGeluTanh, true}},
    ActivationName{"swiglu", {Act::kSilu, true}}, ActivationName{"bilinear", {Act::kLinear, true}},
};

}  // namespace

std::span<const ActivationName> activation_names() { return kActivations; }

ops::ActivationSpec activation_named(const std::string& name) {
  std::vector<std::string> names;
  for (const ActivationName& a : kActivations) {
    if (a.name == name) return a.spec;
    names.emplace_back(a.name);
  }
  fail("unknown activation '", name, "'", did_you_mean(name, names), "; known: ", joined(names));
}

FeedForward::FeedForward(const Architecture& a, const BranchInit& init, Parameters& parameters, const std::string& prefix)
    : activation_(activation_named(a.activation)), width_(a.width_of_ffn()), dropout_(a.dropout), prefix_(prefix) {
  activation_.beta = a.activation_beta;
  const bool bias = a.ffn_bias.value_or(a.bias);
  std::vector<InitPart> up = {linear_init(a, width_, a.width, init.gain)};
  if (activation_.gated) up.push_back(up[0]);
  const int64_t up_rows = activation_.gated ? 2 * width_ : width_;
  up_weight_ = &parameters.make(prefix + ".up.weight", Shape{up_rows, a.width}, up, Decay::kYes);
  if (bias) up_bias_ = &parameters.make_constant(prefix + ".up.bias", Shape{up_rows}, 0);
  scale_ = make_ffn_scale(a, activation_.gated, parameters, prefix);
  down_weight_ = &parameters.make(prefix + ".down.weight", Shape{a.width, width_},
                                  {linear_init(a, a.width, width_, init.gain * init.projection_gain)}, Decay::kYes);
  if (bias) down_bias_ = &parameters.make_constant(prefix + ".down.bias", Shape{a.width}, 0);
}

Var FeedForward::forward(Tape& tape, const Var& u, const Flow& flow, const Norm* inside) const {
  Var up = ops::linear(tape, u, *up_weight_, up_bias_);
  if (scale_) up = ops::gain_columns(tape, up, *scale_);
  Var f = ops::activation(tape, activation_, up);
  note(tape, flow, f, prefix_, ": hidden units");
  if (inside) f = inside->apply(tape, f, flow.compute);
  const Var b = ops::linear(tape, f, *down_weight_, down_bias_);
  return ops::dropout(tape, b, dropout_, prefix_ + ".dropout");
}

}  // namespace gimbal
