// Multi-head self-attention: one fused q|k|v map, optional QK-norm, positions, softmax over the segments, output map.
#pragma once

#include "layers/branch.h"
#include "layers/init.h"

namespace gimbal {

class Attention final : public Branch {
 public:
  /// `layer` counts from 0; parameters are named "<prefix>.qkv.weight", "<prefix>.proj.weight", ….
  Attention(const Architecture& a, int64_t layer, const BranchInit& init, Parameters& parameters, const std::string& prefix);
  Var forward(Tape& tape, const Var& u_nd, const Flow& flow, const Norm* inside) const override;
  int64_t inside_width() const override { return spec_.heads * spec_.head_width; }

 private:
  void turn_heads(Tape& tape, Var& qkv, const Flow& flow) const;

  ops::AttentionSpec spec_;
  int64_t layer_;
  std::string prefix_;
  double dropout_;
  std::optional<ops::RotarySpec> rotary_;
  PositionConfig positions_;
  int64_t context_;
  mutable ops::RotaryTables tables_;  // made at first use
  std::unique_ptr<Norm> head_norm_;
  Parameter *qkv_weight_, *qkv_bias_ = nullptr, *proj_weight_, *proj_bias_ = nullptr;
};

}  // namespace gimbal
