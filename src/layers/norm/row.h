// What the row norms (layer, rms, scale, layer-std, group) share: one kernel, a gain, perhaps a bias.
#pragma once

#include "layers/norm/norm.h"

namespace gimbal {

class RowNorm final : public Norm {
 public:
  RowNorm(ops::RowNormSpec spec, Parameter* gain, Parameter* bias) : spec_(spec), gain_(gain), bias_(bias) {}
  Var apply(Tape& tape, const Var& x, DType out) const override { return ops::row_norm(tape, spec_, x, gain_, bias_, out); }

 private:
  ops::RowNormSpec spec_;
  Parameter *gain_, *bias_;
};

class HeadNorm final : public Norm {
 public:
  HeadNorm(ops::RowNormSpec spec, Parameter* gain_q, Parameter* gain_k) : spec_(spec), gain_q_(gain_q), gain_k_(gain_k) {}
  Var apply(Tape&, const Var&, DType) const override { GIMBAL_ASSERT(false, "a head norm works on heads"); return {}; }
  Var apply_heads(Tape& tape, int64_t heads, int64_t kv_heads, const Var& qkv) const override {
    return ops::head_norm(tape, spec_, heads, kv_heads, qkv, gain_q_, gain_k_);
  }

 private:
  ops::RowNormSpec spec_;
  Parameter *gain_q_, *gain_k_;
};

/// Gain [width] that starts at 1 (or at 0 for the 1 + gain form), bias [width] at 0 when asked for.
inline std::unique_ptr<Norm> make_row_norm(ops::RowNormSpec spec, const NormConfig& c, bool has_bias, int64_t width, Parameters& parameters,
                                           const std::string& prefix) {
  spec.eps = c.eps;
  spec.gain_offset = c.one_plus_gain ? 1 : 0;
  Parameter& gain = parameters.make_constant(prefix + ".gain", Shape{width}, 1 - spec.gain_offset);
  Parameter* bias = has_bias ? &parameters.make_constant(prefix + ".bias", Shape{width}, 0) : nullptr;
  return std::make_unique<RowNorm>(spec, &gain, bias);
}

inline std::unique_ptr<Norm> make_head_norm(ops::RowNormSpec spec, const NormConfig& c, int64_t head_width, Parameters& parameters,
                                            const std::string& prefix) {
  spec.eps = c.eps;
  spec.gain_offset = c.one_plus_gain ? 1 : 0;
  Parameter& q = parameters.make_constant(prefix + ".q.gain", Shape{head_width}, 1 - spec.gain_offset);
  Parameter& k = parameters.make_constant(prefix + ".k.gain", Shape{head_width}, 1 - spec.gain_offset);
  return std::make_unique<HeadNorm>(spec, &q, &k);
}

}  // namespace gimbal
