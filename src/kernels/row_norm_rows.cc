// Row norms with SIMD: a few rows go together, so that their sums hide each other's latency and share the loads of gain and bias.
#include "kernels/row_norm_rows.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>
#include <vector>

#include "kernels/row_norm_ref.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/row_norm_rows.cc"
#include "kernels/simd_targets.h"
//
#include "hwy/foreach_target.h"
//
#include "hwy/cache_control.h"
#include "kernels/simd_lanes-inl.h"

#ifndef GIMBAL_KERNELS_ROW_NORM_ROWS_ONCE_
#define GIMBAL_KERNELS_ROW_NORM_ROWS_ONCE_
namespace gimbal::kernels {

/// Up to this width four rows go together, whose floats leave room for others in the L1 cache; wider rows hide latency by themselves.
inline constexpr int64_t kWidthForFour = 1536;

/// How a row becomes xhat: ((x - mean) - residue) * inverse. The residue is what the f32 mean lost to rounding, which matters
/// when the mean is large beside the spread: at mean 1e4 and spread 1 it would move xhat by 5e-4.
struct Standardizer {
  float mean = 0, residue = 0, inverse = 0;
};

/// From the sums of c = x - mean and of c * c over `width` channels.
inline Standardizer standardizer(const RowNormSpec& spec, double width, double inverse_width, float mean, float sum_c, float sum_cc) {
  const double residue = sum_c * inverse_width;
  const double squares = std::max(0.0, sum_cc - sum_c * residue);
  double denominator = 0;
  switch (spec.stat) {
    case RowStat::kLayer:
    case RowStat::kRms:
    case RowStat::kCompressedRms:
      denominator = std::sqrt(squares * inverse_width + spec.eps);
      break;
    case RowStat::kScale:
      denominator = std::max(std::sqrt(squares), spec.eps);
      break;
    case RowStat::kLayerStd:
      denominator = std::sqrt(squares / std::max(width - 1, 1.0)) + spec.eps;
      break;
  }
  return {mean, static_cast<float>(residue), static_cast<float>(1 / denominator)};
}

/// By definition and in double, for rows whose squares leave the range of f32, and for rows that are not finite.
template <class X>
Standardizer standardizer_in_double(const RowNormSpec& spec, const X* x, int64_t width) {
  std::vector<double> values(static_cast<size_t>(width));
  for (int64_t i = 0; i < width; ++i) {
    if constexpr (std::is_same_v<X, float>) values[static_cast<size_t>(i)] = x[i];
    if constexpr (std::is_same_v<X, BFloat16>) values[static_cast<size_t>(i)] = x[i].to_float();
  }
  const auto s = reference::row_statistics<double>(spec, values);
  const auto mean = static_cast<float>(s.mean);
  return {mean, static_cast<float>(s.mean - mean), static_cast<float>(s.inverse)};
}

/// Memory of this thread for rows in f32, on a cache line; the next call may move it.
inline float* row_scratch(int64_t floats) {
  thread_local std::vector<float> memory;
  constexpr size_t kLine = 16;
  if (memory.size() < static_cast<size_t>(floats) + kLine) memory.resize(static_cast<size_t>(floats) + kLine);
  const size_t past = reinterpret_cast<uintptr_t>(memory.data()) / sizeof(float) % kLine;
  return memory.data() + (past == 0 ? 0 : kLine - past);
}

}  // namespace gimbal::kernels
#endif

HWY_BEFORE_NAMESPACE();
namespace gimbal::kernels::HWY_NAMESPACE {
namespace {

using hn::Add;
using hn::Mul;
using hn::MulAdd;
using hn::NegMulAdd;
using hn::Sub;

HWY_INLINE Floats zeros() { return hn::Zero(FloatTag()); }
HWY_INLINE float sum_of(Floats v) { return hn::GetLane(hn::SumOfLanes(FloatTag(), v)); }

template <class T>
HWY_INLINE T* row_of(const Elements& rows, int64_t row, int64_t width) {
  return static_cast<T*>(rows.data) + row * width;
}

/// Starts of the rows that go together.
template <int kRows, class T>
struct Rows {
  T* row[kRows];
  int64_t following;  // elements from each of these rows to its counterpart in the rows that go together next

  HWY_INLINE Rows(const Elements& rows, int64_t first, int64_t width) : following(kRows * width) {
    for (int r = 0; r < kRows; ++r) row[r] = row_of<T>(rows, first + r, width);
  }
};

/// Sums over the elements of rows are kept in several chains of vectors, which hide the latency of additions.
template <int kRows, int kChains>
struct Chains {
  Floats chain[kChains][kRows];

  HWY_INLINE Chains() {
    for (auto& rows : chain)
      for (Floats& sums : rows) sums = zeros();
  }
  HWY_INLINE float sum(int r) const {
    Floats total = chain[0][r];
    HWY_UNROLL(4) for (int k = 1; k < kChains; ++k) total = Add(total, chain[k][r]);
    return sum_of(total);
  }
};

/// Calls add(r, chain, v, count) with all elements of the rows, a vector at a time, in an order that depends on width and type only.
/// kAhead asks for the rows that come next while arithmetic is what the loop waits for (2048 x 768 f32, layer: 111 us without, 92 with).
template <bool kAhead, int kChains, int kRows, class X, class Body>
HWY_INLINE void each_element(const Rows<kRows, const X>& x, int64_t width, const Body& add) {
  const size_t whole = lane_count();
  const auto step = static_cast<int64_t>(whole);
  int64_t i = 0;
  for (; i + kChains * step <= width; i += kChains * step) {
    HWY_UNROLL(4) for (int r = 0; r < kRows; ++r) {
      HWY_UNROLL(4) for (int k = 0; k < kChains; k += 2) {
        Floats a, b;
        unordered_pair(x.row[r] + i + k * step, a, b);
        if constexpr (kAhead) {
          hwy::Prefetch(x.row[r] + i + k * step + x.following);
          if constexpr (sizeof(X) == 4) hwy::Prefetch(x.row[r] + i + (k + 1) * step + x.following);
        }
        add(r, k, a, whole);
        add(r, k + 1, b, whole);
      }
    }
  }
  for (; i < width; i += step) {
    const auto count = static_cast<size_t>(std::min(step, width - i));
    HWY_UNROLL(4) for (int r = 0; r < kRows; ++r) add(r, 0, lanes(x.row[r] + i, count), count);
  }
}

/// First pass over the rows: their sums (centred) or their sums of squares.
template <bool kCentred, int kChains, int kRows, class X>
HWY_NOINLINE HWY_FLATTEN void first_sums(const Rows<kRows, const X>& x, int64_t width, float (&result)[kRows]) {
  Chains<kRows, kChains> sum;
  each_element<false, kChains>(x, width, [&](int r, int k, Floats v, size_t) HWY_ATTR {
    sum.chain[k][r] = kCentred ? Add(sum.chain[k][r], v) : MulAdd(v, v, sum.chain[k][r]);
  });
  HWY_UNROLL(4) for (int r = 0; r < kRows; ++r) result[r] = sum.sum(r);
}

/// Second pass, of centred rows only: the sums of x - mean and of its square.
template <int kChains, int kRows, class X>
HWY_NOINLINE HWY_FLATTEN void centred_sums(const Rows<kRows, const X>& x, int64_t width, const float (&mean)[kRows], float (&c)[kRows],
                                           float (&cc)[kRows]) {
  Floats centre[kRows];
  HWY_UNROLL(4) for (int r = 0; r < kRows; ++r) centre[r] = splat(mean[r]);
  Chains<kRows, kChains> sum_c, sum_cc;
  each_element<true, kChains>(x, width, [&](int r, int k, Floats v, size_t count) HWY_ATTR {
    v = Sub(v, centre[r]);
    if (count != lane_count()) v = hn::IfThenElseZero(hn::FirstN(FloatTag(), count), v);
    sum_c.chain[k][r] = Add(sum_c.chain[k][r], v);
    sum_cc.chain[k][r] = MulAdd(v, v, sum_cc.chain[k][r]);
  });
  HWY_UNROLL(4) for (int r = 0; r < kRows; ++r) {
    c[r] = sum_c.sum(r);
    cc[r] = sum_cc.sum(r);
  }
}

template <bool kCentred, bool kBias, class X, class Y>
HWY_NOINLINE HWY_FLATTEN void write_row(const RowNormForward& f, const X* x, const Standardizer& s, Y* y, int64_t following) {
  const Floats mean = splat(s.mean), shift = splat(-s.residue * s.inverse), inverse = splat(s.inverse);
  const float *gains = f.gain, *biases = f.bias;
  fill(y, f.width, f.stream ? Store::kStream : Store::kCached, [&](int64_t i, size_t count) HWY_ATTR {
    const Floats v = lanes(x + i, count);
    const Floats gain = lanes(gains + i, count);
    if constexpr (!kCentred) hwy::Prefetch(x + i + following);
    const Floats xhat = kCentred ? MulAdd(Sub(v, mean), inverse, shift) : Mul(v, inverse);
    if constexpr (kBias) return MulAdd(xhat, gain, lanes(biases + i, count));
    return Mul(xhat, gain);
  });
}

template <bool kCentred, bool kBias, int kRows, int kChains, class X, class Y>
void forward_block(const RowNormForward& f, int64_t first) {
  const bool compressed = f.spec->stat == RowStat::kCompressedRms;
  const int64_t read = channels_read(*f.spec, f.width);
  const double width = static_cast<double>(compressed ? read + 1 : read), inverse_width = 1 / width;
  const Rows<kRows, const X> x(f.x, first, f.width);
  float sums[kRows], mean[kRows] = {}, c[kRows] = {}, cc[kRows];
  first_sums<kCentred, kChains>(x, read, sums);
  if (compressed) {  // the channel that is not stored is minus the sum of the others
    first_sums<true, kChains>(x, read, mean);
    for (int r = 0; r < kRows; ++r) sums[r] += mean[r] * mean[r];
  }
  if constexpr (kCentred) {
    for (int r = 0; r < kRows; ++r) mean[r] = sums[r] * static_cast<float>(inverse_width);
    centred_sums<kChains>(x, f.width, mean, c, cc);
  }
  Standardizer s[kRows];
  for (int r = 0; r < kRows; ++r) s[r] = standardizer(*f.spec, width, inverse_width, mean[r], c[r], kCentred ? cc[r] : sums[r]);
  for (int r = 0; r < kRows; ++r) {
    const float squares = kCentred ? cc[r] : sums[r];
    if (!(squares <= std::numeric_limits<float>::max())) s[r] = standardizer_in_double(*f.spec, x.row[r], f.width);
    write_row<kCentred, kBias>(f, x.row[r], s[r], row_of<Y>(f.y, first + r, f.width), x.following);
    if (f.stats == nullptr) continue;
    f.stats[2 * (first + r)] = s[r].mean;
    f.stats[2 * (first + r) + 1] = s[r].inverse;
  }
}

template <bool kCentred, bool kBias, class X, class Y>
void forward_typed(const RowNormForward& f) {
  int64_t row = 0;
  if (f.width > kWidthForFour) {
    for (; row < f.rows; ++row) forward_block<kCentred, kBias, 1, 4, X, Y>(f, row);
    return;
  }
  for (; row + 4 <= f.rows; row += 4) forward_block<kCentred, kBias, 4, 2, X, Y>(f, row);
  for (; row < f.rows; ++row) forward_block<kCentred, kBias, 1, 2, X, Y>(f, row);
}

template <class X, class Y>
void forward_shaped(const RowNormForward& f) {
  const bool centred = reference::subtracts_mean(f.spec->stat);
  if (centred) return f.bias ? forward_typed<true, true, X, Y>(f) : forward_typed<true, false, X, Y>(f);
  return f.bias ? forward_typed<false, true, X, Y>(f) : forward_typed<false, false, X, Y>(f);
}

void forward_rows(const RowNormForward& f) {
  if (f.x.dtype == DType::kF32)
    f.y.dtype == DType::kF32 ? forward_shaped<float, float>(f) : forward_shaped<float, BFloat16>(f);
  else
    f.y.dtype == DType::kF32 ? forward_shaped<BFloat16, float>(f) : forward_shaped<BFloat16, BFloat16>(f);
  if (f.stream) hwy::FlushStream();
}

/// What the first backward pass knows and finds of a row.
struct RowSums {
  float mean, inverse, sum_a, sum_a_xhat;
  float *a, *xhat;  // in scratch, where they are kept
};

/// Whether the first pass leaves a = dy * gain and xhat in scratch, which is cheaper than to widen bf16 twice.
template <class Dy, class X>
inline constexpr bool kKeep = !(std::is_same_v<Dy, float> && std::is_same_v<X, float>);

template <bool kCentred, bool kAffine, int kRows, class Dy, class X>
HWY_NOINLINE HWY_FLATTEN void sum_rows(const RowNormBackward& b, int64_t first, RowSums (&sums)[kRows]) {
  const Dy* dy[kRows];
  const X* x[kRows];
  float *keep_a[kRows], *keep_xhat[kRows];
  Floats mean[kRows], inverse[kRows], sum_a[kRows], sum_a_xhat[kRows];
  const int64_t padded = (b.width + 15) / 16 * 16;
  float* scratch = kKeep<Dy, X> ? row_scratch(2 * kRows * padded) : nullptr;
  const float* gains = b.gain;
  float *dgains = b.dgain, *dbiases = b.dbias;
  HWY_UNROLL(4) for (int r = 0; r < kRows; ++r) {
    dy[r] = row_of<const Dy>(b.dy, first + r, b.width);
    x[r] = row_of<const X>(b.x, first + r, b.width);
    keep_a[r] = kKeep<Dy, X> ? scratch + 2 * r * padded : nullptr;
    keep_xhat[r] = kKeep<Dy, X> ? keep_a[r] + padded : nullptr;
    mean[r] = splat(sums[r].mean);
    inverse[r] = splat(sums[r].inverse);
    sum_a[r] = sum_a_xhat[r] = zeros();
  }
  each_vector(b.width, [&](int64_t i, size_t count) HWY_ATTR {
    const Floats gain = lanes(gains + i, count);
    Floats dgain = zeros(), dbias = zeros();
    if constexpr (kAffine) {
      dgain = lanes(dgains + i, count);
      dbias = lanes(dbiases + i, count);
    }
    HWY_UNROLL(4) for (int r = 0; r < kRows; ++r) {
      const Floats d = lanes(dy[r] + i, count);
      const Floats v = lanes(x[r] + i, count);
      const Floats xhat = Mul(kCentred ? Sub(v, mean[r]) : v, inverse[r]);
      const Floats a = Mul(d, gain);
      if constexpr (kCentred) sum_a[r] = Add(sum_a[r], a);
      sum_a_xhat[r] = MulAdd(a, xhat, sum_a_xhat[r]);
      if constexpr (kAffine) {
        dgain = MulAdd(d, xhat, dgain);
        dbias = Add(dbias, d);
      }
      if constexpr (kKeep<Dy, X>) {
        put(a, keep_a[r] + i, count);
        put(xhat, keep_xhat[r] + i, count);
      }
    }
    if constexpr (kAffine) {
      put(dgain, dgains + i, count);
      put(dbias, dbiases + i, count);
    }
  });
  HWY_UNROLL(4) for (int r = 0; r < kRows; ++r) {
    sums[r].sum_a = kCentred ? sum_of(sum_a[r]) : 0.0f;
    sums[r].sum_a_xhat = sum_of(sum_a_xhat[r]);
    sums[r].a = keep_a[r];
    sums[r].xhat = keep_xhat[r];
  }
}

/// dx = inverse * ((a - shared) - xhat * along); a and xhat come from scratch or are worked out again.
template <bool kCentred, bool kKept, class Dx>
HWY_NOINLINE HWY_FLATTEN void write_gradient(const RowNormBackward& b, int64_t row, const RowSums& s) {
  const auto correction = reference::row_correction<double>(*b.spec, b.width, {s.mean, s.inverse}, s.sum_a, s.sum_a_xhat);
  const int64_t read = channels_read(*b.spec, b.width);
  const Floats shared = splat(static_cast<float>(correction.shared)), along = splat(static_cast<float>(correction.along));
  const Floats mean = splat(s.mean), inverse = splat(s.inverse);
  // A centred row of one channel is constant: a - shared is zero, and must not become a rounding error times 1 / sqrt(eps).
  const Floats factor = kCentred && b.width == 1 ? zeros() : inverse;
  const float* dy = kKept ? nullptr : row_of<const float>(b.dy, row, b.width);
  const float* x = kKept ? nullptr : row_of<const float>(b.x, row, b.width);
  Dx* dx = row_of<Dx>(b.dx, row, b.width);
  const float *kept_a = s.a, *kept_xhat = s.xhat, *gains = b.gain;
  const bool add = b.write == Write::kAdd;
  fill(dx, b.width, b.stream ? Store::kStream : Store::kCached, [&](int64_t i, size_t count) HWY_ATTR {
    Floats unshared, xhat;
    if constexpr (kKept) {
      unshared = Sub(lanes(kept_a + i, count), shared);
      xhat = lanes(kept_xhat + i, count);
    } else {
      const Floats v = lanes(x + i, count);
      unshared = hn::MulSub(lanes(dy + i, count), lanes(gains + i, count), shared);
      xhat = Mul(kCentred ? Sub(v, mean) : v, inverse);
    }
    Floats some = along;
    if (i + static_cast<int64_t>(count) > read)
      some = hn::IfThenElseZero(hn::FirstN(FloatTag(), static_cast<size_t>(std::max<int64_t>(0, read - i))), along);
    const Floats v = Mul(factor, NegMulAdd(xhat, some, unshared));
    return add ? Add(v, lanes(dx + i, count)) : v;
  });
}

template <bool kCentred, bool kAffine, int kRows, class Dy, class X>
void backward_block(const RowNormBackward& b, int64_t first) {
  RowSums sums[kRows];
  for (int r = 0; r < kRows; ++r) {
    sums[r].mean = b.stats[2 * (first + r)];
    sums[r].inverse = b.stats[2 * (first + r) + 1];
  }
  sum_rows<kCentred, kAffine, kRows, Dy, X>(b, first, sums);
  for (int r = 0; r < kRows; ++r) {
    constexpr bool kKept = kKeep<Dy, X>;
    if (b.dx.dtype == DType::kF32) write_gradient<kCentred, kKept, float>(b, first + r, sums[r]);
    if (b.dx.dtype == DType::kBF16) write_gradient<kCentred, kKept, BFloat16>(b, first + r, sums[r]);
  }
}

template <bool kCentred, bool kAffine, class Dy, class X>
void backward_typed(const RowNormBackward& b) {
  int64_t row = 0;
  if constexpr (!kKeep<Dy, X>) {
    if (b.width <= kWidthForFour)
      for (; row + 4 <= b.rows; row += 4) backward_block<kCentred, kAffine, 4, Dy, X>(b, row);
  }
  for (; row + 2 <= b.rows; row += 2) backward_block<kCentred, kAffine, 2, Dy, X>(b, row);
  for (; row < b.rows; ++row) backward_block<kCentred, kAffine, 1, Dy, X>(b, row);
}

template <class Dy, class X>
void backward_shaped(const RowNormBackward& b) {
  const bool centred = reference::subtracts_mean(b.spec->stat);
  if (centred) return b.dgain ? backward_typed<true, true, Dy, X>(b) : backward_typed<true, false, Dy, X>(b);
  return b.dgain ? backward_typed<false, true, Dy, X>(b) : backward_typed<false, false, Dy, X>(b);
}

void backward_rows(const RowNormBackward& b) {
  if (b.dy.dtype == DType::kF32)
    b.x.dtype == DType::kF32 ? backward_shaped<float, float>(b) : backward_shaped<float, BFloat16>(b);
  else
    b.x.dtype == DType::kF32 ? backward_shaped<BFloat16, float>(b) : backward_shaped<BFloat16, BFloat16>(b);
  if (b.stream) hwy::FlushStream();
}

}  // namespace
}  // namespace gimbal::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gimbal::kernels {
HWY_EXPORT(forward_rows);
HWY_EXPORT(backward_rows);

void run(const RowNormForward& rows) { HWY_DYNAMIC_DISPATCH(forward_rows)(rows); }
void run(const RowNormBackward& rows) { HWY_DYNAMIC_DISPATCH(backward_rows)(rows); }

}  // namespace gimbal::kernels
#endif
