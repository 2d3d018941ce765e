// Whole-tensor passes with run-time dispatch; all of them are bound by memory.
#include "kernels/elementwise.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "core/rng.h"
#include "core/threads.h"
#include "kernels/simd_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/elementwise_cpu.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
#include "kernels/simd_lanes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gimbal::kernels::HWY_NAMESPACE {
namespace {

constexpr int64_t kGrain = 16384;

template <class From, class To>
void copy_of(const From* x, float scale, To* y, int64_t n, Write write) {
  parallel_for(n, kGrain, [=](int64_t begin, int64_t end) HWY_ATTR {
    each_vector(end - begin, [&](int64_t i, size_t count) HWY_ATTR {
      const Floats v = hn::Mul(lanes(x + begin + i, count), splat(scale));
      put(write == Write::kAdd ? hn::Add(v, lanes(y + begin + i, count)) : v, y + begin + i, count);
    });
  });
}

void copy(const Tensor& x, double scale, const Tensor& y, Write write) {
  const auto to = [&](auto* from) {
    if (y.dtype() == DType::kBF16) return copy_of(from, static_cast<float>(scale), y.data<BFloat16>(), x.elements(), write);
    copy_of(from, static_cast<float>(scale), y.data<float>(), x.elements(), write);
  };
  if (x.dtype() == DType::kBF16) return to(x.data<BFloat16>());
  to(x.data<float>());
}

#if HWY_TARGET == HWY_AVX3
template <class V>
HWY_INLINE V mix(V z) {
  const hn::DFromV<V> u64;
  z = hn::Mul(hn::Xor(z, hn::ShiftRight<30>(z)), hn::Set(u64, 0xbf58476d1ce4e5b9ULL));
  z = hn::Mul(hn::Xor(z, hn::ShiftRight<27>(z)), hn::Set(u64, 0x94d049bb133111ebULL));
  return hn::Xor(z, hn::ShiftRight<31>(z));
}
#endif

/// keep[j] = factor where draw first + j is at least the threshold (in units of 2^-53), else 0.
void draw(uint64_t key, uint64_t first, uint64_t threshold, float factor, float* keep, int64_t n) {
  constexpr uint64_t kGolden = 0x9e3779b97f4a7c15ULL;
  int64_t j = 0;
#if HWY_TARGET == HWY_AVX3  // elsewhere a 64-bit product of vectors costs more than four scalar ones
  const hn::ScalableTag<uint64_t> u64;
  const hn::Rebind<uint32_t, decltype(u64)> u32;
  const hn::Rebind<float, decltype(u64)> f32;
  const auto step = static_cast<int64_t>(hn::Lanes(u64));
  const auto offsets = hn::Mul(hn::Iota(u64, 0), hn::Set(u64, kGolden));
  for (; j + step <= n; j += step) {
    const auto counter = hn::Add(hn::Set(u64, key + (first + static_cast<uint64_t>(j)) * kGolden), offsets);
    const auto bits = hn::ShiftRight<11>(mix(hn::Xor(mix(counter), hn::Set(u64, key))));
    const auto dropped = hn::TruncateTo(u32, hn::VecFromMask(u64, hn::Lt(bits, hn::Set(u64, threshold))));
    hn::StoreU(hn::AndNot(hn::BitCast(f32, dropped), hn::Set(f32, factor)), f32, keep + j);
  }
#endif
  for (; j < n; ++j) {
    const uint64_t bits = mix64(mix64(key + (first + static_cast<uint64_t>(j)) * kGolden) ^ key) >> 11;
    keep[j] = bits < threshold ? 0.0f : factor;
  }
}

template <class T>
void dropout_of(const T* x, double p, uint64_t key, T* y, int64_t n) {
  const auto threshold = static_cast<uint64_t>(std::ceil(p * 0x1p53));
  const float factor = p < 1 ? static_cast<float>(1 / (1 - p)) : 0.0f;
  parallel_for(n, kGrain, [=](int64_t begin, int64_t end) HWY_ATTR {
    constexpr int64_t kBlock = 256;
    HWY_ALIGN float keep[kBlock];
    for (int64_t b = begin; b < end; b += kBlock) {
      const int64_t size = std::min(kBlock, end - b);
      draw(key, static_cast<uint64_t>(b), threshold, factor, keep, size);
      each_vector(size, [&](int64_t i, size_t count) HWY_ATTR {
        const Floats k = lanes(keep + i, count);
        // a dropped infinity or NaN is dropped
        put(hn::IfThenElseZero(hn::Ne(k, splat(0.0f)), hn::Mul(lanes(x + b + i, count), k)), y + b + i, count);
      });
    }
  });
}

void dropout(const Tensor& x, double p, uint64_t key, const Tensor& y) {
  if (x.dtype() == DType::kBF16) return dropout_of(x.data<BFloat16>(), p, key, y.data<BFloat16>(), x.elements());
  dropout_of(x.data<float>(), p, key, y.data<float>(), x.elements());
}

// As many floats as a vector holds doubles.
using DoubleTag = hn::ScalableTag<double>;
using HalfFloatTag = hn::Rebind<float, DoubleTag>;
HWY_INLINE auto half_lanes(const float* from) { return hn::LoadU(HalfFloatTag(), from); }
HWY_INLINE auto half_lanes(const BFloat16* from) {
  const auto bits =
      hn::PromoteTo(hn::Rebind<uint32_t, DoubleTag>(), hn::LoadU(hn::Rebind<uint16_t, DoubleTag>(), reinterpret_cast<const uint16_t*>(from)));
  return hn::BitCast(HalfFloatTag(), hn::ShiftLeft<16>(bits));
}

void add_element(float value, Moments& m) {
  if (!std::isfinite(value)) {
    ++m.non_finite;
    return;
  }
  m.sum += value;
  m.sum_squares += static_cast<double>(value) * value;
  m.max_abs = std::max(m.max_abs, static_cast<double>(std::abs(value)));
}
void add_element(BFloat16 value, Moments& m) { add_element(value.to_float(), m); }

// Four chains of each sum, so that no addition waits for the one before. Whether a value is not finite is seen by the sum of squares, since no square
// of an f32 overflows f64; only then the piece is looked through one by one.
template <class T>
Moments moments_of_piece(const T* x, int64_t n) {
  const DoubleTag f64;
  using Doubles = hn::Vec<DoubleTag>;
  struct Chain {
    Doubles sum, sum_squares, max_abs;
  };
  const auto add = [](Chain& to, Doubles v) HWY_ATTR {
    to.sum = hn::Add(to.sum, v);
    to.sum_squares = hn::MulAdd(v, v, to.sum_squares);
    to.max_abs = hn::Max(to.max_abs, hn::Abs(v));
  };
  const auto step = static_cast<int64_t>(hn::Lanes(f64));
  const auto wide = [&](int64_t i) HWY_ATTR { return hn::PromoteTo(f64, half_lanes(x + i)); };
  const Doubles zero = hn::Zero(f64);
  Chain a{zero, zero, zero}, b = a, c = a, d = a;
  int64_t i = 0;
  for (; i + 4 * step <= n; i += 4 * step) {
    add(a, wide(i));
    add(b, wide(i + step));
    add(c, wide(i + 2 * step));
    add(d, wide(i + 3 * step));
  }
  for (; i + step <= n; i += step) add(a, wide(i));
  const auto both = [](Doubles p, Doubles q, Doubles r, Doubles s) HWY_ATTR { return hn::Add(hn::Add(p, q), hn::Add(r, s)); };
  Moments m{.sum = hn::GetLane(hn::SumOfLanes(f64, both(a.sum, b.sum, c.sum, d.sum))),
            .sum_squares = hn::GetLane(hn::SumOfLanes(f64, both(a.sum_squares, b.sum_squares, c.sum_squares, d.sum_squares))),
            .max_abs = hn::GetLane(hn::MaxOfLanes(f64, hn::Max(hn::Max(a.max_abs, b.max_abs), hn::Max(c.max_abs, d.max_abs)))),
            .count = n};
  const bool all_finite = std::isfinite(m.sum_squares);
  if (!all_finite) m = {.count = n}, i = 0;
  for (; i < n; ++i) add_element(x[i], m);
  return m;
}

template <class T>
Moments moments_of(const T* x, int64_t n) {
  constexpr int64_t kPiece = 65536;
  std::vector<Moments> pieces(static_cast<size_t>((n + kPiece - 1) / kPiece));
  parallel_for(n, kPiece,
               [&](int64_t begin, int64_t end) HWY_ATTR { pieces[static_cast<size_t>(begin / kPiece)] = moments_of_piece(x + begin, end - begin); });
  Moments all;
  for (const Moments& m : pieces) {
    all.sum += m.sum;
    all.sum_squares += m.sum_squares;
    all.max_abs = std::max(all.max_abs, m.max_abs);
    all.count += m.count;
    all.non_finite += m.non_finite;
  }
  return all;
}

Moments moments(const Tensor& x) {
  return x.dtype() == DType::kBF16 ? moments_of(x.data<BFloat16>(), x.elements()) : moments_of(x.data<float>(), x.elements());
}

// Sums of distances from the first channel, so that a large mean costs no digits.
template <class T>
double deviation_of_row(const T* x, int64_t d) {
  const FloatTag f;
  const Floats first = splat(hn::GetLane(lanes(x, 1)));
  Floats sums = hn::Zero(f), squares = hn::Zero(f);
  each_vector(d, [&](int64_t i, size_t count) HWY_ATTR {
    const Floats away = hn::IfThenElseZero(hn::FirstN(f, count), hn::Sub(lanes(x + i, count), first));
    sums = hn::Add(sums, away);
    squares = hn::MulAdd(away, away, squares);
  });
  const double n = static_cast<double>(d), mean = hn::GetLane(hn::SumOfLanes(f, sums)) / n;
  const double variance = hn::GetLane(hn::SumOfLanes(f, squares)) / n - mean * mean;
  return std::isfinite(variance) ? std::sqrt(std::max(0.0, variance)) : std::numeric_limits<double>::infinity();
}

template <class T>
double least_deviation_of(const T* x, int64_t rows, int64_t d) {
  constexpr int64_t kRows = 64;
  std::vector<double> pieces(static_cast<size_t>((rows + kRows - 1) / kRows), std::numeric_limits<double>::infinity());
  parallel_for(rows, kRows, [&](int64_t begin, int64_t end) HWY_ATTR {
    for (int64_t r = begin; r < end; ++r) {
      double& least = pieces[static_cast<size_t>(r / kRows)];
      least = std::min(least, deviation_of_row(x + r * d, d));
    }
  });
  double least = std::numeric_limits<double>::infinity();
  for (const double piece : pieces) least = std::min(least, piece);
  return std::isfinite(least) ? least : 0;
}

double least_row_deviation(const Tensor& x) {
  return x.dtype() == DType::kBF16 ? least_deviation_of(x.data<BFloat16>(), x.rows(), x.cols())
                                   : least_deviation_of(x.data<float>(), x.rows(), x.cols());
}

}  // namespace
}  // namespace gimbal::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gimbal::kernels {

namespace {

HWY_EXPORT(copy);
HWY_EXPORT(dropout);
HWY_EXPORT(moments);
HWY_EXPORT(least_row_deviation);

void copy_cpu(const Tensor& x, double scale, const Tensor& y, Write write) {
  GIMBAL_ASSERT(x.elements() == y.elements(), x.shape().to_string(), " to ", y.shape().to_string());
  HWY_DYNAMIC_DISPATCH(copy)(x, scale, y, write);
}

void dropout_cpu(const Tensor& x, double p, uint64_t key, const Tensor& y) {
  GIMBAL_ASSERT(x.elements() == y.elements() && x.dtype() == y.dtype(), x.shape().to_string(), " to ", y.shape().to_string());
  HWY_DYNAMIC_DISPATCH(dropout)(x, p, key, y);
}

Moments moments_cpu(const Tensor& x) { return HWY_DYNAMIC_DISPATCH(moments)(x); }
double least_row_deviation_cpu(const Tensor& x_nd) { return HWY_DYNAMIC_DISPATCH(least_row_deviation)(x_nd); }

}  // namespace

ElementwiseKernels elementwise_cpu() { return {copy_cpu, dropout_cpu, moments_cpu, least_row_deviation_cpu}; }

}  // namespace gimbal::kernels
#endif
