// What a product of two row-major matrices is: its sizes, and how each operand is stored.
#pragma once

#include <cstdint>

#include "kernels/write.h"
#include "tensor/tensor.h"

namespace gimbal::kernels {

/// Whether the stored matrix is the operand itself or its transpose.
enum class Stored : uint8_t { kPlain, kTransposed };

/// dst[rows, cols] (= or +=) a[rows, inner] b[inner, cols] + bias[cols]; sizes are positive.
struct Product {
  int64_t rows, inner, cols;
  Stored a, b;
  DType in = DType::kF32;   // of a and b
  DType out = DType::kF32;  // of dst: f32, or that of a and b
  bool has_bias = false;
  Write write = Write::kReplace;
  bool operator==(const Product&) const = default;
};

}  // namespace gimbal::kernels
