// Softmax, health, output map.
#include "layers/attention_output.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace gimbal {

ops::AttentionSpec attention_spec(const Architecture& a) {
  ops::AttentionSpec spec;
  spec.heads = a.heads;
  spec.kv_heads = a.kv_head_count();
  spec.head_width = a.width_of_head();
  spec.scale = a.attention_scale.value_or(1 / std::sqrt(static_cast<double>(spec.head_width)));
  spec.mask = ops::Mask::kFull;
  spec.dropout = a.attention_dropout.value_or(a.dropout);
  return spec;
}

double query_gain(const Architecture& a) {
  if (a.init.kind != "fan-in" || !a.attention_scale || *a.attention_scale <= 0) return 1;
  return 1 / (std::sqrt(static_cast<double>(a.width_of_head())) * *a.attention_scale);
}

AttentionOutput::AttentionOutput(const Architecture& a, const ops::AttentionSpec& spec, const BranchInit& init, Parameters& parameters,
                                 const std::string& prefix)
    : spec_(spec), prefix_(prefix), dropout_(a.dropout) {
  const int64_t inputs = width();
  weight_ = &parameters.make(prefix + ".proj.weight", Shape{a.width, inputs}, {linear_init(a, a.width, inputs, init.gain * init.projection_gain)},
                             Decay::kYes);
  if (a.projection_bias.value_or(a.bias)) bias_ = &parameters.make_constant(prefix + ".proj.bias", Shape{a.width}, 0);
}

Var AttentionOutput::forward(Tape& tape, const Parts& parts, const Flow& flow, const Norm* inside, LayerHealth* layer) const {
  ops::AttentionSpec spec = spec_;
  if (!tape.training()) spec.dropout = 0;
  if (spec.dropout > 0) spec.dropout_key = tape.dropout_key(prefix_ + ".probabilities");

  const auto heads = static_cast<size_t>(spec.heads);
  ops::AttentionHealth health{std::vector<double>(heads, 0), std::vector<double>(heads, -std::numeric_limits<double>::infinity())};
  Var o = ops::attention(tape, spec, parts.segments, parts.q, parts.k, parts.v, parts.bias, layer ? &health : nullptr);
  if (layer) {
    double entropy = 0;
    for (const double e : health.entropy_sum) entropy += e;
    layer->entropy = entropy / static_cast<double>(std::max<int64_t>(1, o.rows()) * spec.heads);
    layer->max_logit = *std::max_element(health.max_logit.begin(), health.max_logit.end());
  }
  note(tape, flow, o, prefix_, ": weighted values");
  if (inside) o = inside->apply(tape, o, flow.compute);
  const Var b = ops::linear(tape, o, *weight_, bias_);
  return ops::dropout(tape, b, dropout_, prefix_ + ".dropout");
}

}  // namespace gimbal
