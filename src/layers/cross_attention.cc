// The cross-attention branch (arXiv:1706.03762). Its keys and values depend on the memory alone, so generation computes them once.
#include "layers/cross_attention.h"

namespace gimbal {

CrossAttention::CrossAttention(const Architecture& a, const LayerPlace& place, const BranchInit& init, Parameters& parameters,
                               const std::string& prefix)
    : place_(place), output_(a, attention_spec(a), init, parameters, prefix) {
  const int64_t q_rows = output_.width(), kv_rows = a.kv_head_count() * a.width_of_head();
  q_weight_ = &parameters.make(prefix + ".q.weight", Shape{q_rows, a.width}, {linear_init(a, q_rows, a.width, query_gain(a))}, Decay::kYes);
  kv_weight_ = &parameters.make(prefix + ".kv.weight", Shape{2 * kv_rows, a.width},
                                {linear_init(a, kv_rows, a.width, 1), linear_init(a, kv_rows, a.width, init.gain)}, Decay::kYes);
  if (!a.qkv_bias.value_or(a.bias)) return;
  q_bias_ = &parameters.make_constant(prefix + ".q.bias", Shape{q_rows}, 0);
  kv_bias_ = &parameters.make_constant(prefix + ".kv.bias", Shape{2 * kv_rows}, 0);
}

Var CrossAttention::of_memory(Tape& tape, const Var& rows) const { return ops::linear(tape, rows, *kv_weight_, kv_bias_); }

Var CrossAttention::forward(Tape& tape, const Var& u, const Flow& flow, const Norm* inside) const {
  const int64_t kv_width = output_.spec().kv_heads * output_.spec().head_width;
  const Var q = ops::linear(tape, u, *q_weight_, q_bias_);
  const std::vector<Tensor>* known = flow.memory.keys_and_values;
  const Var kv = known ? Tape::constant((*known)[static_cast<size_t>(place_.layer)]) : of_memory(tape, flow.memory.rows_md);
  return output_.forward(tape, {flow.memory.segments, {q, 0}, {kv, 0}, {kv, kv_width}, {}}, flow, inside, nullptr);
}

}  // namespace gimbal
