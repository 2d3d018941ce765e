// What a damaged model computes is no result: values that are no numbers are refused before anybody counts with them.
#pragma once

#include <span>

#include "core/error.h"

namespace gimbal {

inline bool all_finite(std::span<const float> values) {
  float sum = 0;
  for (const float v : values) sum += v * 0;  // 0 for every number, NaN otherwise
  return sum == 0;
}

/// Error that begins with `what`, which is plural ("the logits of …"), when a value is infinite or NaN.
template <class... Parts>
void check_finite(std::span<const float> values, const Parts&... what) {
  if (!all_finite(values)) fail(what..., " hold values that are no numbers; the weights are damaged, or activations overflow (see gimbal forward)");
}

}  // namespace gimbal
