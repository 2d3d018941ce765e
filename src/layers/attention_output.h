// What self- and cross-attention share: the softmax over the segments, its health, and the map back to the stream.
#pragma once

#include "layers/design.h"
#include "layers/flow.h"
#include "layers/init.h"
#include "layers/norm/norm.h"

namespace gimbal {

/// Heads, widths, scale and dropout of an architecture; every key is visible.
ops::AttentionSpec attention_spec(const Architecture& a);

/// Gain of the initial query map: 1, or under fan-in what keeps logits at the size that a scale of 1 / sqrt(head width) gives.
double query_gain(const Architecture& a);

class AttentionOutput {
 public:
  AttentionOutput(const Architecture& a, const ops::AttentionSpec& spec, const BranchInit& init, Parameters& parameters, const std::string& prefix);

  struct Parts {
    std::shared_ptr<const std::vector<ops::Segment>> segments;
    ops::Part q, k, v;
    Var bias;
  };
  /// health: of the layer, or null. Only self-attention has one.
  Var forward(Tape& tape, const Parts& parts, const Flow& flow, const Norm* inside, LayerHealth* health) const;

  const ops::AttentionSpec& spec() const { return spec_; }
  const std::string& prefix() const { return prefix_; }
  int64_t width() const { return spec_.heads * spec_.head_width; }

 private:
  ops::AttentionSpec spec_;
  std::string prefix_;
  double dropout_;
  Parameter *weight_, *bias_ = nullptr;
};

}  // namespace gimbal
