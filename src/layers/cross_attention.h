// A decoder's attention to its encoder: queries from the stream, keys and values from the memory, every row of it visible.
#pragma once

#include "layers/attention_output.h"
#include "layers/branch.h"

namespace gimbal {

class CrossAttention final : public Branch {
 public:
  /// Parameters are named "<prefix>.q.weight", "<prefix>.kv.weight", "<prefix>.proj.weight", ….
  CrossAttention(const Architecture& a, const LayerPlace& place, const BranchInit& init, Parameters& parameters, const std::string& prefix);
  Var forward(Tape& tape, const Var& u_nd, const Flow& flow, const Norm* inside) const override;
  Var of_memory(Tape& tape, const Var& rows_md) const override;
  int64_t inside_width() const override { return output_.width(); }

 private:
  LayerPlace place_;
  Parameter *q_weight_, *q_bias_ = nullptr, *kv_weight_, *kv_bias_ = nullptr;
  AttentionOutput output_;
};

}  // namespace gimbal
