// The definition of rotary embedding: one head's vector, turned pair by pair.
#pragma once

#include <cstdint>
#include <span>

#include "kernels/rotary.h"

namespace gimbal::kernels::ref {

/// (a, b) -> (a cos - b sin, a sin + b cos); backwards the angle is negated. cos, sin: of the position, one entry a pair.
template <class T>
void turn_head(const RotarySpec& spec, Turn turn, std::span<const T> cos, std::span<const T> sin, std::span<T> head) {
  const int64_t pairs = spec.rotary_width / 2;
  for (int64_t i = 0; i < pairs; ++i) {
    T& a = head[spec.pairs == RotaryPairs::kHalfSplit ? i : 2 * i];
    T& b = head[spec.pairs == RotaryPairs::kHalfSplit ? i + pairs : 2 * i + 1];
    const T c = cos[i], s = turn == Turn::kForward ? sin[i] : -sin[i];
    const T turned_a = a * c - b * s;
    b = a * s + b * c;
    a = turned_a;
  }
}

}  // namespace gimbal::kernels::ref
