// The attention branch (arXiv:1706.03762; grouped keys and values arXiv:2305.13245).
#include "layers/attention.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "layers/positions.h"

namespace gimbal {
namespace {

ops::AttentionSpec attention_spec(const Architecture& a, int64_t layer) {
  ops::AttentionSpec spec;
  spec.heads = a.heads;
  spec.kv_heads = a.kv_head_count();
  spec.head_width = a.width_of_head();
  spec.scale = a.attention_scale.value_or(1 / std::sqrt(static_cast<double>(spec.head_width)));
  if (a.scale_attention_by_layer) spec.scale /= static_cast<double>(layer + 1);
  spec.mask = ops::Mask::kCausal;
  if (a.attention == "alternating" && layer % 2 == 1) spec.window = a.attention_window;
  if (a.positions.kind == "alibi") spec.alibi_slopes = alibi_slopes(a.heads);
  spec.dropout = a.attention_dropout.value_or(a.dropout);
  return spec;
}

}  // namespace

Attention::Attention(const Architecture& a, int64_t layer, const BranchInit& init, Parameters& parameters, const std::string& prefix)
    : spec_(attention_spec(a, layer)), layer_(layer), prefix_(prefix), dropout_(a.dropout), positions_(a.positions), context_(a.context) {
  const int64_t k = spec_.head_width, q_rows = spec_.heads * k, kv_rows = spec_.kv_heads * k;
  if (a.positions.kind == "rotary") {
    const auto pairs = a.positions.pairs == "interleaved" ? ops::RotaryPairs::kInterleaved : ops::RotaryPairs::kHalfSplit;
    rotary_ = ops::RotarySpec{k, rotary_width(a), pairs};
  }
  qkv_weight_ = &parameters.make(
      prefix + ".qkv.weight", Shape{q_rows + 2 * kv_rows, a.width},
      {linear_init(a, q_rows, a.width, 1), linear_init(a, kv_rows, a.width, 1), linear_init(a, kv_rows, a.width, init.gain)}, Decay::kYes);
  if (a.qkv_bias.value_or(a.bias)) qkv_bias_ = &parameters.make_constant(prefix + ".qkv.bias", Shape{q_rows + 2 * kv_rows}, 0);
  if (a.slot_norms.qk) head_norm_ = norm_kind_named(a.slot_norms.qk->kind).make_per_head(*a.slot_norms.qk, k, parameters, prefix + ".qk");
  proj_weight_ = &parameters.make(prefix + ".proj.weight", Shape{a.width, q_rows}, {linear_init(a, a.width, q_rows, init.gain * init.projection_gain)},
                                  Decay::kYes);
  if (a.projection_bias.value_or(a.bias)) proj_bias_ = &parameters.make_constant(prefix + ".proj.bias", Shape{a.width}, 0);
}

void Attention::turn_heads(Tape& tape, Var& qkv, const Flow& flow) const {
  if (!tables_.cos_pr) tables_ = rotary_tables(positions_, rotary_->rotary_width, context_, qkv.value.device());
  qkv = ops::rotary(tape, *rotary_, qkv, 0, spec_.heads + spec_.kv_heads, flow.positions_n, tables_);
}

Var Attention::forward(Tape& tape, const Var& u, const Flow& flow, const Norm* inside) const {
  Var qkv = ops::linear(tape, u, *qkv_weight_, qkv_bias_);
  if (head_norm_) qkv = head_norm_->apply_heads(tape, spec_.heads, spec_.kv_heads, qkv);
  if (rotary_) turn_heads(tape, qkv, flow);
  const int64_t k_begin = spec_.heads * spec_.head_width, kv_width = spec_.kv_heads * spec_.head_width;

  ops::Part keys{qkv, k_begin}, values{qkv, k_begin + kv_width};
  if (flow.cache) {
    const Tensor& cache = flow.cache->layers[static_cast<size_t>(layer_)];
    ops::store_columns(qkv.value, k_begin, flow.cache->rows_of_new, cache);
    keys = {Tape::constant(cache), 0};
    values = {Tape::constant(cache), kv_width};
  }
  ops::AttentionSpec spec = spec_;
  if (!tape.training()) spec.dropout = 0;
  if (spec.dropout > 0) spec.dropout_key = tape.dropout_key(prefix_ + ".probabilities");

  const auto heads = static_cast<size_t>(spec.heads);
  ops::AttentionHealth health{std::vector<double>(heads, 0), std::vector<double>(heads, -std::numeric_limits<double>::infinity())};
  const bool watched = flow.health && !tape.replaying();
  Var o = ops::attention(tape, spec, flow.segments, {qkv, 0}, keys, values, watched ? &health : nullptr);
  if (watched) {
    LayerHealth& layer = flow.health->layers[static_cast<size_t>(layer_)];
    double entropy = 0;
    for (const double e : health.entropy_sum) entropy += e;
    layer.entropy = entropy / static_cast<double>(std::max<int64_t>(1, u.rows()) * spec.heads);
    layer.max_logit = *std::max_element(health.max_logit.begin(), health.max_logit.end());
  }
  if (inside) o = inside->apply(tape, o, flow.compute);
  const Var b = ops::linear(tape, o, *proj_weight_, proj_bias_);
  return ops::dropout(tape, b, dropout_, prefix_ + ".dropout");
}

}  // namespace gimbal
