// Multi-head self-attention: one fused q|k|v map, optional QK-norm, positions, softmax over the segments, output map.
#pragma once

#include <optional>

#include "layers/attention_output.h"
#include "layers/branch.h"
#include "layers/first_values.h"
#include "layers/init.h"

namespace gimbal {

class Attention final : public Branch {
 public:
  /// Parameters are named "<prefix>.qkv.weight", "<prefix>.proj.weight", ….
  Attention(const Architecture& a, const LayerPlace& place, const BranchInit& init, Parameters& parameters, const std::string& prefix);
  Var forward(Tape& tape, const Var& u_nd, const Flow& flow, const Norm* inside) const override;
  int64_t inside_width() const override { return output_.width(); }

 private:
  void turn_heads(Tape& tape, Var& qkv, const Flow& flow) const;

  LayerPlace place_;
  std::optional<ops::RotarySpec> rotary_;
  PositionConfig positions_;
  int64_t context_;
  mutable ops::RotaryTables tables_;  // made at first use
  std::unique_ptr<Norm> head_norm_;
  std::optional<ops::ColumnGain> query_key_scale_;  // behind the head norm
  std::optional<FirstValues> first_values_;
  Parameter *qkv_weight_, *qkv_bias_ = nullptr;
  AttentionOutput output_;
};

}  // namespace gimbal
