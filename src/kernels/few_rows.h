// Linear maps of a few rows, as in decoding: the weights are streamed once from memory, in place, at the memory's speed.
//
// Each output adds its products in the order of oneDNN's kernels, so that a row has the same bits alone and in a large
// batch: in k order within blocks (few_rows_block), the blocks' sums in order, then the bias. oneDNN does not document
// that order; few_rows_supported() compares bits once and says no where it differs.
#pragma once

#include <cstdint>

#include "tensor/tensor.h"

namespace gimbal::kernels {

/// y[n, m] = x[n, k] w[m, k]^T + bias[m]; x and w f32 or bf16, y f32 or that type.
struct FewRows {
  int64_t n, k, m;
  const void *x, *w;
  const float* bias;  // or null
  void* y;
  DType in, out;
};

/// Above this many rows oneDNN is faster.
inline constexpr int64_t kMostFewRows = 8;

/// Products that are summed before they are added to the output.
constexpr int64_t few_rows_block(int64_t k) { return k > 1024 ? 1024 : 512; }

/// Whether this CPU has the kernel: AVX-512, and its BF16 instructions for bf16.
bool few_rows_supported(DType in);

void linear_few_rows(const FewRows& product);

}  // namespace gimbal::kernels
