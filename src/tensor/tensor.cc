// Shapes, element types and the storage behind tensors.
#include "tensor/tensor.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "tensor/pool.h"

namespace gimbal {

int64_t size_of(DType dtype) {
  switch (dtype) {
    case DType::kF64:
    case DType::kI64:
      return 8;
    case DType::kF32:
    case DType::kI32:
      return 4;
    case DType::kBF16:
    case DType::kF16:
      return 2;
    case DType::kU8:
      return 1;
  }
  return 0;
}

std::string_view name_of(DType dtype) {
  constexpr std::array<std::string_view, 7> kNames = {"f32", "bf16", "f64", "f16", "i32", "i64", "u8"};
  return kNames[static_cast<size_t>(dtype)];
}

BFloat16 BFloat16::from(float value) {
  const auto bits = std::bit_cast<uint32_t>(value);
  if ((bits & 0x7fffffffu) > 0x7f800000u) return {static_cast<uint16_t>((bits >> 16) | 0x40u)};  // a quiet NaN stays NaN
  return {static_cast<uint16_t>((bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16)};
}

float BFloat16::to_float() const { return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16); }

namespace {

float half_to_float(uint16_t half) {
  const uint32_t sign = static_cast<uint32_t>(half & 0x8000u) << 16;
  const uint32_t exponent = (half >> 10) & 0x1fu;
  const uint32_t mantissa = half & 0x3ffu;
  if (exponent == 0x1f) return std::bit_cast<float>(sign | 0x7f800000u | (mantissa << 13));
  if (exponent != 0) return std::bit_cast<float>(sign | ((exponent + 112) << 23) | (mantissa << 13));
  const float subnormal = static_cast<float>(mantissa) * 0x1.0p-24f;
  return sign ? -subnormal : subnormal;
}

uint16_t float_to_half(float value) {
  const auto bits = std::bit_cast<uint32_t>(value);
  const auto sign = static_cast<uint16_t>((bits >> 16) & 0x8000u);
  const float magnitude = std::abs(value);
  if (std::isnan(value)) return static_cast<uint16_t>(sign | 0x7e00u);
  if (magnitude >= 65520.0f) return static_cast<uint16_t>(sign | 0x7c00u);
  if (magnitude < 0x1.0p-14f) return static_cast<uint16_t>(sign | static_cast<uint16_t>(std::nearbyint(magnitude * 0x1.0p24f)));
  const uint32_t m = bits & 0x7fffffffu;
  const uint32_t rounded = m + 0xfffu + ((m >> 13) & 1u);
  return static_cast<uint16_t>(sign | ((rounded - (112u << 23)) >> 13));
}

}  // namespace

Shape::Shape(std::initializer_list<int64_t> sizes) : Shape(std::span<const int64_t>(sizes.begin(), sizes.size())) {}

Shape::Shape(std::span<const int64_t> sizes) : rank_(static_cast<int>(sizes.size())) {
  GIMBAL_ASSERT(sizes.size() <= 4, "a shape has at most four dimensions");
  std::copy(sizes.begin(), sizes.end(), sizes_.begin());
}

int64_t Shape::elements() const {
  int64_t n = 1;
  for (const int64_t size : sizes()) n *= size;
  return n;
}

std::string Shape::to_string() const {
  std::string text = "[";
  for (int i = 0; i < rank_; ++i) text += cat(i ? ", " : "", (*this)[i]);
  return text + "]";
}

class Storage {
 public:
  explicit Storage(int64_t bytes) : bytes_(bytes), data_(pool_allocate(bytes)) {}
  ~Storage() { pool_free(data_, bytes_); }
  Storage(const Storage&) = delete;
  Storage& operator=(const Storage&) = delete;
  std::byte* data() const { return static_cast<std::byte*>(data_); }

 private:
  int64_t bytes_;
  void* data_;
};

Tensor::Tensor(Shape shape, DType dtype, Device device)
    : storage_(std::make_shared<Storage>(std::max<int64_t>(1, shape.elements() * size_of(dtype)))), shape_(shape), dtype_(dtype), device_(device) {}

Tensor Tensor::zeros(Shape shape, DType dtype, Device device) {
  Tensor t(shape, dtype, device);
  std::memset(t.raw(), 0, static_cast<size_t>(t.bytes()));
  return t;
}

void* Tensor::raw() const { return storage_ ? storage_->data() + offset_bytes_ : nullptr; }

template <class T>
T* Tensor::data() const {
  if constexpr (std::is_same_v<T, float>) GIMBAL_ASSERT(dtype_ == DType::kF32, name_of(dtype_));
  if constexpr (std::is_same_v<T, double>) GIMBAL_ASSERT(dtype_ == DType::kF64, name_of(dtype_));
  if constexpr (std::is_same_v<T, BFloat16>) GIMBAL_ASSERT(dtype_ == DType::kBF16, name_of(dtype_));
  if constexpr (std::is_same_v<T, int32_t>) GIMBAL_ASSERT(dtype_ == DType::kI32, name_of(dtype_));
  if constexpr (std::is_same_v<T, int64_t>) GIMBAL_ASSERT(dtype_ == DType::kI64, name_of(dtype_));
  if constexpr (std::is_same_v<T, uint8_t>) GIMBAL_ASSERT(dtype_ == DType::kU8, name_of(dtype_));
  return static_cast<T*>(raw());
}
template float* Tensor::data<float>() const;
template double* Tensor::data<double>() const;
template BFloat16* Tensor::data<BFloat16>() const;
template int32_t* Tensor::data<int32_t>() const;
template int64_t* Tensor::data<int64_t>() const;
template uint8_t* Tensor::data<uint8_t>() const;

template <class T>
Tensor Tensor::from(std::span<const T> values, Shape shape, Device device) {
  constexpr DType dtype = std::is_same_v<T, double> ? DType::kF64 : std::is_same_v<T, int32_t> ? DType::kI32 : DType::kF32;
  GIMBAL_ASSERT(static_cast<int64_t>(values.size()) == shape.elements());
  Tensor t(shape, dtype, device);
  std::memcpy(t.raw(), values.data(), values.size_bytes());
  return t;
}
template Tensor Tensor::from<float>(std::span<const float>, Shape, Device);
template Tensor Tensor::from<double>(std::span<const double>, Shape, Device);
template Tensor Tensor::from<int32_t>(std::span<const int32_t>, Shape, Device);

Tensor Tensor::from_floats(std::span<const float> values, Shape shape, DType dtype, Device device) {
  return from<float>(values, shape, device).to(dtype);
}

Tensor Tensor::from_ints(std::span<const int32_t> values, Device device) {
  return from<int32_t>(values, Shape{static_cast<int64_t>(values.size())}, device);
}

Tensor Tensor::reshape(Shape shape) const {
  GIMBAL_ASSERT(shape.elements() == elements(), shape_.to_string(), " to ", shape.to_string());
  Tensor t = *this;
  t.shape_ = shape;
  return t;
}

Tensor Tensor::slice_rows(int64_t begin, int64_t end) const {
  GIMBAL_ASSERT(0 <= begin && begin <= end && end <= size(0), begin, "..", end, " of ", shape_.to_string());
  std::array<int64_t, 4> sizes{};
  std::copy(shape_.sizes().begin(), shape_.sizes().end(), sizes.begin());
  const int64_t row_bytes = size(0) == 0 ? 0 : bytes() / size(0);
  sizes[0] = end - begin;
  Tensor t = *this;
  t.shape_ = Shape(std::span<const int64_t>(sizes.data(), static_cast<size_t>(shape_.rank())));
  t.offset_bytes_ += begin * row_bytes;
  return t;
}

Tensor Tensor::clone() const {
  if (!defined()) return {};
  Tensor t(shape_, dtype_, device_);
  std::memcpy(t.raw(), raw(), static_cast<size_t>(bytes()));
  return t;
}

bool Tensor::unique() const { return storage_.use_count() == 1; }

double Tensor::at(int64_t i) const {
  switch (dtype_) {
    case DType::kF32:
      return static_cast<float*>(raw())[i];
    case DType::kF64:
      return static_cast<double*>(raw())[i];
    case DType::kBF16:
      return static_cast<BFloat16*>(raw())[i].to_float();
    case DType::kF16:
      return half_to_float(static_cast<uint16_t*>(raw())[i]);
    case DType::kI32:
      return static_cast<int32_t*>(raw())[i];
    case DType::kI64:
      return static_cast<double>(static_cast<int64_t*>(raw())[i]);
    case DType::kU8:
      return static_cast<uint8_t*>(raw())[i];
  }
  return 0;
}

std::vector<double> Tensor::to_doubles() const {
  std::vector<double> values(static_cast<size_t>(elements()));
  for (int64_t i = 0; i < elements(); ++i) values[static_cast<size_t>(i)] = at(i);
  return values;
}

Tensor Tensor::to(DType dtype, Device device) const {
  GIMBAL_ASSERT(device_ != Device::kCuda && device != Device::kCuda, "host conversions only");
  if (!defined()) return {};
  if (dtype == dtype_) {
    if (device == device_) return *this;
    Tensor t = *this;
    t.device_ = device;
    return t;
  }
  Tensor t(shape_, dtype, device);
  const int64_t n = elements();
  switch (dtype) {
    case DType::kF32:
      for (int64_t i = 0; i < n; ++i) t.data<float>()[i] = static_cast<float>(at(i));
      break;
    case DType::kF64:
      for (int64_t i = 0; i < n; ++i) t.data<double>()[i] = at(i);
      break;
    case DType::kBF16:
      for (int64_t i = 0; i < n; ++i) t.data<BFloat16>()[i] = BFloat16::from(static_cast<float>(at(i)));
      break;
    case DType::kF16:
      for (int64_t i = 0; i < n; ++i) static_cast<uint16_t*>(t.raw())[i] = float_to_half(static_cast<float>(at(i)));
      break;
    case DType::kI32:
      for (int64_t i = 0; i < n; ++i) t.data<int32_t>()[i] = static_cast<int32_t>(at(i));
      break;
    case DType::kI64:
      for (int64_t i = 0; i < n; ++i) t.data<int64_t>()[i] = static_cast<int64_t>(at(i));
      break;
    case DType::kU8:
      for (int64_t i = 0; i < n; ++i) t.data<uint8_t>()[i] = static_cast<uint8_t>(at(i));
      break;
  }
  return t;
}

}  // namespace gimbal
