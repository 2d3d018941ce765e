// Vectors of floats from f32 or bf16 memory and back, whole or the first few lanes, once for each instruction set.
//
// Use: `each_vector(n, [&](int64_t i, size_t count) HWY_ATTR { ... lanes(x + i, count) ... })`, count being the full
// vector length everywhere but in the last call, so that the partial paths vanish from the loop. No access leaves [0, n).
#if defined(GIMBAL_KERNELS_SIMD_LANES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef GIMBAL_KERNELS_SIMD_LANES_INL_H_
#undef GIMBAL_KERNELS_SIMD_LANES_INL_H_
#else
#define GIMBAL_KERNELS_SIMD_LANES_INL_H_
#endif

#include <algorithm>
#include <cstdint>
#include <type_traits>

#include "hwy/highway.h"
#include "tensor/tensor.h"

HWY_BEFORE_NAMESPACE();
namespace gimbal::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using FloatTag = hn::ScalableTag<float>;
using Floats = hn::Vec<FloatTag>;
inline constexpr size_t kMaxLanes = hn::MaxLanes(FloatTag());

HWY_INLINE size_t lane_count() { return hn::Lanes(FloatTag()); }
HWY_INLINE Floats splat(float value) { return hn::Set(FloatTag(), value); }

using HalfTag = hn::Rebind<uint16_t, FloatTag>;  // the bits of as many bf16 as there are floats in a vector
using Halves = hn::Vec<HalfTag>;

HWY_INLINE Floats widened(Halves bits) {
  const hn::Repartition<uint32_t, FloatTag> u32;
  return hn::BitCast(FloatTag(), hn::ShiftLeft<16>(hn::PromoteTo(u32, bits)));
}

using WordTag = hn::Repartition<uint32_t, FloatTag>;

// The upper half of each word is the nearest bf16 (ties to even; NaN stays a quiet NaN), exactly as BFloat16::from; the lower half is waste.
HWY_INLINE hn::Vec<WordTag> rounded_words(Floats v) {
  const WordTag u32;
  const auto bits = hn::BitCast(u32, v);
  const auto odd = hn::TestBit(bits, hn::Set(u32, 0x10000));
  const auto nearest = hn::Add(bits, hn::IfThenElse(odd, hn::Set(u32, 0x8000), hn::Set(u32, 0x7fff)));
  const auto quiet = hn::Or(bits, hn::Set(u32, 0x400000));
  return hn::IfThenElse(hn::RebindMask(u32, hn::IsNaN(v)), quiet, nearest);
}

HWY_INLINE Halves rounded(Floats v) {
  const hn::Repartition<int32_t, FloatTag> i32;
  return hn::DemoteTo(HalfTag(), hn::BitCast(i32, hn::ShiftRight<16>(rounded_words(v))));
}

HWY_INLINE Floats lanes(const float* from) { return hn::LoadU(FloatTag(), from); }
HWY_INLINE Floats lanes(const BFloat16* from) { return widened(hn::LoadU(HalfTag(), reinterpret_cast<const uint16_t*>(from))); }

/// The next two vectors in any order of lanes, for sums: two operations widen twice as many bf16 as in the order of memory.
HWY_INLINE void unordered_pair(const float* from, Floats& a, Floats& b) {
  a = lanes(from);
  b = lanes(from + lane_count());
}
HWY_INLINE void unordered_pair(const BFloat16* from, Floats& a, Floats& b) {
#if HWY_TARGET == HWY_SCALAR
  a = lanes(from);
  b = lanes(from + 1);
#else
  const hn::Repartition<uint32_t, FloatTag> u32;
  const auto both = hn::BitCast(u32, hn::LoadU(hn::Repartition<uint16_t, FloatTag>(), reinterpret_cast<const uint16_t*>(from)));
  a = hn::BitCast(FloatTag(), hn::ShiftLeft<16>(both));
  b = hn::BitCast(FloatTag(), hn::And(both, hn::Set(u32, 0xffff0000u)));
#endif
}

HWY_INLINE void put(Floats v, float* to) { hn::StoreU(v, FloatTag(), to); }
HWY_INLINE void put(Floats v, BFloat16* to) { hn::StoreU(rounded(v), HalfTag(), reinterpret_cast<uint16_t*>(to)); }

/// kStream goes past the caches, for results larger than they are: the addresses must be multiples of the vector size.
enum class Store : uint8_t { kCached, kStream };

template <class D, class V, class T>
HWY_INLINE void put_whole(Store store, D d, V v, T* to) {
  if (store == Store::kStream) return hn::Stream(v, d, to);
  hn::StoreU(v, d, to);
}

/// Two vectors, one behind the other: bf16 takes half the narrowing work of two calls.
HWY_INLINE void put_pair(Floats first, Floats second, float* to, Store store = Store::kCached) {
  put_whole(store, FloatTag(), first, to);
  put_whole(store, FloatTag(), second, to + lane_count());
}
HWY_INLINE void put_pair(Floats first, Floats second, BFloat16* to, Store store = Store::kCached) {
#if HWY_TARGET == HWY_SCALAR
  put(first, to);
  put(second, to + 1);
  (void)store;
#else
  const hn::Repartition<uint16_t, FloatTag> u16;
  const auto low = hn::BitCast(u16, rounded_words(first)), high = hn::BitCast(u16, rounded_words(second));
  put_whole(store, u16, hn::ConcatOdd(u16, high, low), reinterpret_cast<uint16_t*>(to));
#endif
}

// Whether a masked access of this element type leaves the excluded memory alone; elsewhere partial vectors go through a buffer.
template <class T>
inline constexpr bool kSafeMasks = HWY_TARGET == HWY_AVX3 || (HWY_TARGET == HWY_AVX2 && sizeof(T) == 4);

template <class T>
HWY_NOINLINE Floats lanes_buffered(const T* from, size_t count) {
  T buffer[kMaxLanes] = {};
  for (size_t i = 0; i < count && i < kMaxLanes; ++i) buffer[i] = from[i];
  return lanes(buffer);
}

template <class T>
HWY_NOINLINE void put_buffered(Floats v, T* to, size_t count) {
  T buffer[kMaxLanes];
  put(v, buffer);
  for (size_t i = 0; i < count && i < kMaxLanes; ++i) to[i] = buffer[i];
}

/// The first `count` lanes; the others are zero.
template <class T>
HWY_INLINE Floats lanes(const T* from, size_t count) {
  if (HWY_LIKELY(count == lane_count())) return lanes(from);
  if constexpr (!kSafeMasks<T>) return lanes_buffered(from, count);
  if constexpr (std::is_same_v<T, float>) return hn::MaskedLoad(hn::FirstN(FloatTag(), count), FloatTag(), from);
  return widened(hn::MaskedLoad(hn::FirstN(HalfTag(), count), HalfTag(), reinterpret_cast<const uint16_t*>(from)));
}

template <class T>
HWY_INLINE void put(Floats v, T* to, size_t count) {
  if (HWY_LIKELY(count == lane_count())) return put(v, to);
  if constexpr (!kSafeMasks<T>) return put_buffered(v, to, count);
  if constexpr (std::is_same_v<T, float>) return hn::BlendedStore(v, hn::FirstN(FloatTag(), count), FloatTag(), to);
  hn::BlendedStore(rounded(v), hn::FirstN(HalfTag(), count), HalfTag(), reinterpret_cast<uint16_t*>(to));
}

/// Calls body(i, count) over [0, n), a vector at a time.
template <class Body>
HWY_INLINE void each_vector(int64_t n, const Body& body) {
  const auto step = static_cast<int64_t>(lane_count());
  int64_t i = 0;
  for (; i + step <= n; i += step) body(i, static_cast<size_t>(step));
  if (i < n) body(i, static_cast<size_t>(n - i));
}

/// to[i...] = value(i, count) over [0, n). The stores are aligned but for a short beginning: at row widths that are not a multiple of
/// the vector length, stores across cache lines would cost more than the arithmetic. After kStream, hwy::FlushStream() is the caller's.
template <class T, class Value>
HWY_INLINE void fill(T* to, int64_t n, Store store, const Value& value) {
  const size_t whole = lane_count();
  const auto step = static_cast<int64_t>(whole);
  const auto line = static_cast<int64_t>(whole * sizeof(float) / sizeof(T));
  const auto past = static_cast<int64_t>(reinterpret_cast<uintptr_t>(to) / sizeof(T)) % line;
  const int64_t head = past == 0 ? 0 : std::min(line - past, n);
  int64_t i = 0;
  while (i < head) {
    const int64_t count = std::min(step, head - i);
    put(value(i, static_cast<size_t>(count)), to + i, static_cast<size_t>(count));
    i += count;
  }
  for (; i + 2 * step <= n; i += 2 * step) put_pair(value(i, whole), value(i + step, whole), to + i, store);
  for (; i < n; i += step) {
    const auto count = static_cast<size_t>(std::min(step, n - i));
    put(value(i, count), to + i, count);
  }
}

}  // namespace gimbal::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per target
