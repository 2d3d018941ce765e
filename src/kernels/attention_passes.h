// The two passes of attention on the CPU, as calls whose arguments have been checked.
#pragma once

#include <span>

#include "kernels/attention.h"

namespace gimbal::kernels {

struct AttentionForward {
  const AttentionSpec& spec;
  std::span<const Segment> segments;
  const Columns &q, &k, &v;
  const DistanceBias& bias;
  const Tensor &o, &softmax;
  AttentionHealth* health;
};
void attention_forward_cpu(const AttentionForward& call);

struct AttentionBackward {
  const AttentionSpec& spec;
  std::span<const Segment> segments;
  const Columns &q, &k, &v;
  const DistanceBias& bias;
  const Tensor &o, &softmax, &d_o;
  const Columns &dq, &dk, &dv;
  const DistanceBias& dbias;
};
void attention_backward_cpu(const AttentionBackward& call);

}  // namespace gimbal::kernels
