// The attention branch (arXiv:1706.03762; grouped keys and values arXiv:2305.13245).
#include "layers/attention.h"

#include <cmath>

#include "layers/positions.h"
#include "layers/residual/residual.h"
#include "layers/weights/weights.h"

namespace gimbal {
namespace {

ops::AttentionSpec self_attention_spec(const Architecture& a, const LayerPlace& place) {
  ops::AttentionSpec spec = attention_spec(a);
  // Unit queries and keys have products in [-1, 1], which this spreads (arXiv:2410.01131).
  if (a.slot_norms.qk && a.slot_norms.qk->kind == "l2" && !a.attention_scale) spec.scale = std::sqrt(static_cast<double>(spec.head_width));
  if (a.scale_attention_by_layer) spec.scale /= static_cast<double>(place.layer + 1);
  spec.mask = mask_of(a, place.depth.role);
  if (a.attention == "alternating" && place.layer % 2 == 1) spec.window = a.attention_window;
  if (a.positions.kind == "alibi") spec.alibi_slopes = alibi_slopes(a.heads);
  return spec;
}

}  // namespace

Attention::Attention(const Architecture& a, const LayerPlace& place, const BranchInit& init, Parameters& parameters, const std::string& prefix)
    : place_(place), positions_(a.positions), context_(a.context), output_(a, self_attention_spec(a, place), init, parameters, prefix) {
  const int64_t k = a.width_of_head(), q_rows = a.heads * k, kv_rows = a.kv_head_count() * k;
  if (a.positions.kind == "rotary") {
    const auto pairs = a.positions.pairs == "interleaved" ? ops::RotaryPairs::kInterleaved : ops::RotaryPairs::kHalfSplit;
    rotary_ = ops::RotarySpec{k, rotary_width(a), pairs};
  }
  qkv_weight_ = &parameters.make(
      prefix + ".qkv.weight", Shape{q_rows + 2 * kv_rows, a.width},
      {linear_init(a, q_rows, a.width, query_gain(a)), linear_init(a, kv_rows, a.width, 1), linear_init(a, kv_rows, a.width, init.gain)},
      Decay::kYes);
  if (a.qkv_bias.value_or(a.bias)) qkv_bias_ = &parameters.make_constant(prefix + ".qkv.bias", Shape{q_rows + 2 * kv_rows}, 0);
  if (residual_kind_named(a.residual.kind).carries == Carries::kValues) first_values_.emplace(a.residual, q_rows + 2 * kv_rows, q_rows + kv_rows);
  if (a.slot_norms.qk) head_norm_ = norm_kind_named(a.slot_norms.qk->kind).make_per_head(*a.slot_norms.qk, k, parameters, prefix + ".qk");
  if (head_norm_) query_key_scale_ = make_query_key_scale(a, parameters, prefix);
}

void Attention::turn_heads(Tape& tape, Var& qkv, const Flow& flow) const {
  if (!tables_.cos_pr) tables_ = rotary_tables(positions_, rotary_->rotary_width, context_, qkv.value.device());
  qkv = ops::rotary(tape, *rotary_, qkv, 0, output_.spec().heads + output_.spec().kv_heads, flow.positions_n, tables_);
}

Var Attention::forward(Tape& tape, const Var& u, const Flow& flow, const Norm* inside) const {
  const ops::AttentionSpec& spec = output_.spec();
  Var qkv = ops::linear(tape, u, *qkv_weight_, qkv_bias_);
  if (head_norm_) qkv = head_norm_->apply_heads(tape, spec.heads, spec.kv_heads, qkv);
  if (query_key_scale_) qkv = ops::gain_columns(tape, qkv, *query_key_scale_);
  if (rotary_) turn_heads(tape, qkv, flow);
  if (first_values_) qkv = first_values_->mix(tape, place_.layer, qkv, flow);
  note(tape, flow, qkv, output_.prefix(), ": queries, keys and values");
  const int64_t k_begin = spec.heads * spec.head_width, kv_width = spec.kv_heads * spec.head_width;

  AttentionOutput::Parts parts = {flow.segments, {qkv, 0}, {qkv, k_begin}, {qkv, k_begin + kv_width}, flow.distance_bias};
  if (flow.attention) *flow.attention = {spec, parts.q, parts.k, parts.v};
  if (flow.cache) {
    const Tensor& cache = flow.cache->layers[static_cast<size_t>(place_.layer)];
    ops::store_columns(qkv.value, k_begin, flow.cache->rows_of_new, cache);
    parts.k = {Tape::constant(cache), 0};
    parts.v = {Tape::constant(cache), kv_width};
  }
  LayerHealth* health = flow.health && !tape.replaying() ? &flow.health->layers[place_.health_index()] : nullptr;
  return output_.forward(tape, parts, flow, inside, health);
}

}  // namespace gimbal
