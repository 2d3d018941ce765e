// Rotary position embedding (arXiv:2104.09864): pairs of channels of each head are turned by position * frequency.
//
//   (a, b) -> (a cos - b sin, a sin + b cos)   pairs: half-split (i, i + r/2) as in Hugging Face Llama, or interleaved (2i, 2i + 1) as in GLM and GPT-J
//
// Only the first r = rotary_width channels of a head turn; the rest pass. Turning by -position undoes it, which is its backward.
#pragma once

#include "tensor/tensor.h"

namespace gimbal::kernels {

enum class RotaryPairs : uint8_t { kHalfSplit, kInterleaved };
enum class Turn : uint8_t { kForward, kBack };

struct RotarySpec {
  int64_t head_width = 1, rotary_width = 1;
  RotaryPairs pairs = RotaryPairs::kHalfSplit;
};

struct RotaryKernels {
  /// In place on columns [column_begin, column_begin + heads * head_width) of x_nc (f32 or bf16). positions_n i32;
  /// cos_pr, sin_pr f32 [positions, rotary_width / 2].
  void (*turn)(const RotarySpec& spec, Turn turn, const Tensor& x_nc, int64_t column_begin, int64_t heads, const Tensor& positions_n,
               const Tensor& cos_pr, const Tensor& sin_pr);
};

RotaryKernels rotary_cpu();
RotaryKernels rotary_reference();

}  // namespace gimbal::kernels
