// Loops over the elements of tensors for the lab's own operations, which are plain: f32 on the CPU, f64 on the reference device.
#pragma once

#include "autograd/tape.h"

namespace gimbal::lab::nets {

/// Calls fn with a value of the element type.
template <class Fn>
void with_element_type(const Tensor& t, Fn&& fn) {
  if (t.dtype() == DType::kF64) return fn(double{});
  GIMBAL_ASSERT(t.dtype() == DType::kF32, "the lab's nets compute in f32 or f64, not in ", name_of(t.dtype()));
  fn(float{});
}

inline Tensor same_kind(const Tensor& x, Shape shape) { return Tensor(shape, x.dtype(), x.device()); }
inline Tensor zeros_of_kind(const Tensor& x, Shape shape) { return Tensor::zeros(shape, x.dtype(), x.device()); }

/// A tensor of x's type and device from doubles.
inline Tensor like(const Tensor& x, std::span<const double> values, Shape shape) {
  return Tensor::from<double>(values, shape).to(x.dtype(), x.device());
}

/// A constant of f32 on the CPU or f64 on the reference device.
inline Tensor tensor_for(Device device, std::span<const double> values, Shape shape) {
  return Tensor::from<double>(values, shape).to(device == Device::kReference ? DType::kF64 : DType::kF32, device);
}

}  // namespace gimbal::lab::nets
