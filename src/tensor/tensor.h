// What an array is: shape, element type, device, and shared storage. Row-major, last dimension contiguous.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"

namespace gimbal {

enum class DType : uint8_t { kF32, kBF16, kF64, kF16, kI32, kI64, kU8 };
int64_t size_of(DType dtype);
std::string_view name_of(DType dtype);

/// kReference is host memory computed on by the plain definitions in kernels/*_ref.h: slow, any float type, the oracle of the tests.
enum class Device : uint8_t { kCpu, kReference, kCuda };

/// Bit pattern of a bfloat16: the upper half of a float, rounded to nearest even.
struct BFloat16 {
  uint16_t bits;
  static BFloat16 from(float value);
  float to_float() const;
};

class Shape {
 public:
  Shape() = default;
  Shape(std::initializer_list<int64_t> sizes);
  explicit Shape(std::span<const int64_t> sizes);
  int rank() const { return rank_; }
  int64_t operator[](int i) const { return sizes_[static_cast<size_t>(i < 0 ? i + rank_ : i)]; }
  int64_t elements() const;
  bool operator==(const Shape& other) const = default;
  std::string to_string() const;  // "[3, 768]"
  std::span<const int64_t> sizes() const { return {sizes_.data(), static_cast<size_t>(rank_)}; }

 private:
  std::array<int64_t, 4> sizes_{};
  int rank_ = 0;
};

/// Reference-counted memory from the pool in tensor/pool.h.
class Storage;

/// A handle: copying shares the elements. Default-constructed tensors are empty ("absent").
class Tensor {
 public:
  Tensor() = default;
  /// Uninitialized elements.
  Tensor(Shape shape, DType dtype, Device device = Device::kCpu);
  static Tensor zeros(Shape shape, DType dtype, Device device = Device::kCpu);
  template <class T>
  static Tensor from(std::span<const T> values, Shape shape, Device device = Device::kCpu);
  static Tensor from_floats(std::span<const float> values, Shape shape, DType dtype = DType::kF32, Device device = Device::kCpu);
  static Tensor from_ints(std::span<const int32_t> values, Device device = Device::kCpu);

  bool defined() const { return storage_ != nullptr; }
  explicit operator bool() const { return defined(); }
  const Shape& shape() const { return shape_; }
  int64_t size(int i) const { return shape_[i]; }
  int64_t elements() const { return shape_.elements(); }
  int64_t bytes() const { return elements() * size_of(dtype_); }
  DType dtype() const { return dtype_; }
  Device device() const { return device_; }
  /// Rows and columns when seen as a matrix: everything but the last dimension, and the last.
  int64_t rows() const { return shape_.rank() == 0 ? 1 : elements() / std::max<int64_t>(1, shape_[-1]); }
  int64_t cols() const { return shape_.rank() == 0 ? 1 : shape_[-1]; }

  /// Typed access; asserts the type. Const tensors still share writable elements, like std::span.
  template <class T>
  T* data() const;
  void* raw() const;

  /// The same elements under another shape of equal size.
  Tensor reshape(Shape shape) const;
  /// Rows [begin, end) of the first dimension, sharing the elements.
  Tensor slice_rows(int64_t begin, int64_t end) const;
  Tensor clone() const;
  /// Converted copy (host types only); the same tensor when nothing changes.
  Tensor to(DType dtype, Device device) const;
  Tensor to(DType dtype) const { return to(dtype, device_); }
  /// Nobody else holds these elements, so they may be overwritten in place.
  bool unique() const;
  /// Element i as double, whatever the type: for tests, printing and small host-side work.
  double at(int64_t i) const;
  std::vector<double> to_doubles() const;

 private:
  std::shared_ptr<Storage> storage_;
  int64_t offset_bytes_ = 0;
  Shape shape_;
  DType dtype_ = DType::kF32;
  Device device_ = Device::kCpu;
};

}  // namespace gimbal
