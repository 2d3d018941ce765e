// Between tensors of any element type and the doubles that the reference kernels compute in.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "kernels/write.h"
#include "tensor/tensor.h"

namespace gimbal::kernels {

/// The elements, or nothing for an undefined tensor.
inline std::vector<double> values_of(const Tensor& t) { return t.defined() ? t.to_doubles() : std::vector<double>(); }

/// Rounds the values into the tensor; kAdd adds to what it holds, and rounds once.
inline void assign(std::span<const double> values, const Tensor& t, Write write = Write::kReplace) {
  GIMBAL_ASSERT(static_cast<int64_t>(values.size()) == t.elements(), values.size(), " values for ", t.shape().to_string());
  for (int64_t i = 0; i < t.elements(); ++i) {
    const double value = values[static_cast<size_t>(i)] + (write == Write::kAdd ? t.at(i) : 0.0);
    switch (t.dtype()) {
      case DType::kF32:
        t.data<float>()[i] = static_cast<float>(value);
        break;
      case DType::kF64:
        t.data<double>()[i] = value;
        break;
      case DType::kBF16:
        t.data<BFloat16>()[i] = BFloat16::from(static_cast<float>(value));
        break;
      default:
        GIMBAL_ASSERT(t.dtype() == DType::kF32, "reference kernels write f32, f64 and bf16, not ", name_of(t.dtype()));
    }
  }
}

}  // namespace gimbal::kernels
