// What the kernels' tests share: random tensors, comparison with the reference under stated bounds, numeric gradients, instruction sets.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "core/rng.h"
#include "core/threads.h"
#include "kernels/simd_targets.h"
#include "tensor/tensor.h"

// after simd_targets.h, which it reads
#include "hwy/highway.h"

namespace gimbal::kernels {

/// Normal deviates, rounded to the type.
inline Tensor random_tensor(Rng& rng, Shape shape, DType dtype = DType::kF32, double scale = 1) {
  std::vector<double> values(static_cast<size_t>(shape.elements()));
  for (double& value : values) value = scale * rng.normal();
  return Tensor::from<double>(values, shape).to(dtype);
}

/// The same elements three elements past an aligned address.
inline Tensor misaligned(const Tensor& t) {
  Tensor taller(Shape{t.elements() + 3}, t.dtype());
  Tensor moved = taller.slice_rows(3, t.elements() + 3).reshape(t.shape());
  if (t.elements() > 0) std::memcpy(moved.raw(), t.raw(), static_cast<size_t>(t.bytes()));
  return moved;
}

inline bool same_bits(const Tensor& a, const Tensor& b) {
  return a.dtype() == b.dtype() && a.shape() == b.shape() &&
         (a.elements() == 0 || std::memcmp(a.raw(), b.raw(), static_cast<size_t>(a.bytes())) == 0);
}

/// Distance between neighbours of the type at this magnitude.
inline double ulp(DType dtype, double value) {
  const int digits = dtype == DType::kBF16 ? 8 : dtype == DType::kF32 ? 24 : 53;
  const int exponent = value == 0 ? -126 : std::max(std::ilogb(value), -126);
  return std::ldexp(1.0, exponent - digits + 1);
}

/// |actual - expected| <= bound(i) for every element, the rounding of the type (half an ULP) being granted on top.
inline void expect_close(const Tensor& actual, std::span<const double> expected, const std::function<double(size_t)>& bound,
                         const std::string& what) {
  ASSERT_EQ(static_cast<size_t>(actual.elements()), expected.size()) << what;
  for (size_t i = 0; i < expected.size(); ++i) {
    const double value = actual.at(static_cast<int64_t>(i)), allowed = bound(i) + 0.501 * ulp(actual.dtype(), expected[i]);
    if (std::abs(value - expected[i]) <= allowed || (std::isnan(value) && std::isnan(expected[i])) || value == expected[i]) continue;
    FAIL() << what << ": element " << i << " is " << value << ", expected " << expected[i] << " within " << allowed;
  }
}

using Map = std::function<std::vector<double>(const std::vector<double>&)>;

/// max |dx - numeric| / max |numeric|, where numeric is the central difference of dy . map(x); infinite when the true gradient is zero.
inline double gradient_error(const Map& map, std::vector<double> x, std::span<const double> dy, std::span<const double> dx) {
  const auto objective = [&] {
    const std::vector<double> y = map(x);
    double sum = 0;
    for (size_t i = 0; i < y.size(); ++i) sum += dy[i] * y[i];
    return sum;
  };
  double worst = 0, largest = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    const double here = x[i], h = 1e-5;
    x[i] = here + h;
    const double above = objective();
    x[i] = here - h;
    const double below = objective();
    x[i] = here;
    const double numeric = (above - below) / (2 * h);
    worst = std::max(worst, std::abs(numeric - dx[i]));
    largest = std::max(largest, std::abs(numeric));
  }
  return largest > 0 ? worst / largest : std::numeric_limits<double>::infinity();
}

inline std::vector<double> normals(Rng& rng, size_t n) {
  std::vector<double> values(n);
  for (double& value : values) value = rng.normal();
  return values;
}

/// Runs the body once for each instruction set that this build has and this CPU runs.
inline void on_each_instruction_set(const std::function<void(const std::string&)>& body) {
  for (int64_t left = HWY_TARGETS; left != 0; left &= left - 1) {
    const int64_t target = left & -left;
    hwy::SetSupportedTargetsForTest(0);
    if ((hwy::SupportedTargets() & target) == 0) continue;
    hwy::SetSupportedTargetsForTest(target);
    body(hwy::TargetName(target));
  }
  hwy::SetSupportedTargetsForTest(0);
}

/// Result of fn() with one thread and with three; the pool's size is restored.
inline void expect_same_bits_for_any_thread_count(const std::function<Tensor()>& fn, const std::string& what) {
  const int before = num_threads();
  set_num_threads(1);
  const Tensor one = fn();
  set_num_threads(3);
  const Tensor three = fn();
  set_num_threads(before);
  EXPECT_TRUE(same_bits(one, three)) << what;
}

}  // namespace gimbal::kernels
