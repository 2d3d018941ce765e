// The inner loops of the row norms over neighbouring rows on one thread, compiled for each instruction set.
#pragma once

#include <cstdint>

#include "kernels/row_norm.h"

namespace gimbal::kernels {

/// Rows of f32 or bf16 that lie one behind the other.
struct Elements {
  void* data = nullptr;
  DType dtype = DType::kF32;
};

struct RowNormForward {
  const RowNormSpec* spec = nullptr;
  int64_t rows = 0, width = 0;  // a row is one group of a token's channels, or one head
  Elements x, y;
  const float* gain = nullptr;  // [width], gain_offset included
  const float* bias = nullptr;  // [width] or null
  float* stats = nullptr;       // [rows, 2] or null
  bool stream = false;          // y is larger than the caches
};

struct RowNormBackward {
  const RowNormSpec* spec = nullptr;
  int64_t rows = 0, width = 0;
  Elements dy, x, dx;
  const float* gain = nullptr;   // [width], gain_offset included
  const float* stats = nullptr;  // [rows, 2]
  Write write = Write::kReplace;
  float* dgain = nullptr;  // [width], added to; null when no gradient of gain or bias is wanted
  float* dbias = nullptr;  // [width], added to; null exactly when dgain is
  bool stream = false;     // dx is larger than the caches
};

void run(const RowNormForward& rows);
void run(const RowNormBackward& rows);

}  // namespace gimbal::kernels
