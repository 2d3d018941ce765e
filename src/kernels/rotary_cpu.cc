// Rotary embedding with SIMD: all heads of a row share the cosines and sines of its position.
#include "kernels/rotary.h"

#include <algorithm>

#include "core/threads.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/rotary_cpu.cc"
#include "kernels/simd_targets.h"
//
#include "hwy/foreach_target.h"
//
#include "kernels/simd_lanes-inl.h"

#ifndef GIMBAL_KERNELS_ROTARY_CPU_ONCE_
#define GIMBAL_KERNELS_ROTARY_CPU_ONCE_
namespace gimbal::kernels {

struct RotaryRow {
  RotaryPairs pairs;
  Turn turn;
  int64_t pair_count, heads, head_width;
  const float *cos, *sin;  // of the row's position
};

}  // namespace gimbal::kernels
#endif

HWY_BEFORE_NAMESPACE();
namespace gimbal::kernels::HWY_NAMESPACE {
namespace {

struct Pairs {
  Floats a, b;
};

HWY_INLINE Pairs turned(Pairs x, Floats cos, Floats sin) {
  return {hn::NegMulAdd(x.b, sin, hn::Mul(x.a, cos)), hn::MulAdd(x.b, cos, hn::Mul(x.a, sin))};
}

HWY_INLINE Pairs load_pairs(const float* from) {
  Pairs x;
  hn::LoadInterleaved2(FloatTag(), from, x.a, x.b);
  return x;
}
HWY_INLINE void store_pairs(const Pairs& x, float* to) { hn::StoreInterleaved2(x.a, x.b, FloatTag(), to); }

// A pair of bf16 is one 32-bit word, its first element in the lower half.
HWY_INLINE Pairs load_pairs(const BFloat16* from) {
  const hn::Repartition<uint32_t, FloatTag> u32;
  const auto words = hn::LoadU(u32, reinterpret_cast<const uint32_t*>(from));
  return {hn::BitCast(FloatTag(), hn::ShiftLeft<16>(words)), hn::BitCast(FloatTag(), hn::And(words, hn::Set(u32, 0xffff0000u)))};
}
HWY_INLINE void store_pairs(const Pairs& x, BFloat16* to) {
  const hn::Repartition<uint32_t, FloatTag> u32;
  const auto words = hn::Or(hn::PromoteTo(u32, rounded(x.a)), hn::ShiftLeft<16>(hn::PromoteTo(u32, rounded(x.b))));
  hn::StoreU(words, u32, reinterpret_cast<uint32_t*>(to));
}

template <class T>
HWY_INLINE void turn_half_split(const RotaryRow& row, T* head, int64_t i, size_t count, Floats cos, Floats sin) {
  T* const a = head + i;
  T* const b = head + i + row.pair_count;
  const Pairs y = turned({lanes(a, count), lanes(b, count)}, cos, sin);
  put(y.a, a, count);
  put(y.b, b, count);
}

template <class T>
HWY_INLINE void turn_interleaved(T* pairs, size_t count, Floats cos, Floats sin) {
  if (HWY_LIKELY(count == lane_count())) return store_pairs(turned(load_pairs(pairs), cos, sin), pairs);
  T buffer[2 * kMaxLanes] = {};
  std::copy_n(pairs, 2 * count, buffer);
  store_pairs(turned(load_pairs(buffer), cos, sin), buffer);
  std::copy_n(buffer, 2 * count, pairs);
}

template <class T>
HWY_NOINLINE void turn_row(const RotaryRow& row, T* x) {
  each_vector(row.pair_count, [&](int64_t i, size_t count) HWY_ATTR {
    const Floats cos = lanes(row.cos + i, count), angle_sin = lanes(row.sin + i, count);
    const Floats sin = row.turn == Turn::kForward ? angle_sin : hn::Neg(angle_sin);
    for (int64_t h = 0; h < row.heads; ++h) {
      T* const head = x + h * row.head_width;
      if (row.pairs == RotaryPairs::kHalfSplit) {
        turn_half_split(row, head, i, count, cos, sin);
      } else {
        turn_interleaved(head + 2 * i, count, cos, sin);
      }
    }
  });
}

void turn_row_f32(const RotaryRow& row, float* x) { turn_row(row, x); }
void turn_row_bf16(const RotaryRow& row, BFloat16* x) { turn_row(row, x); }

}  // namespace
}  // namespace gimbal::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gimbal::kernels {
namespace {

HWY_EXPORT(turn_row_f32);
HWY_EXPORT(turn_row_bf16);

void turn(const RotarySpec& spec, Turn turn, const Tensor& x_nc, int64_t column_begin, int64_t heads, const Tensor& positions_n, const Tensor& cos_pr,
          const Tensor& sin_pr) {
  const int64_t pairs = spec.rotary_width / 2, stride = x_nc.cols(), rows = x_nc.rows();
  GIMBAL_ASSERT(spec.rotary_width % 2 == 0 && spec.rotary_width <= spec.head_width, spec.rotary_width, " of ", spec.head_width);
  GIMBAL_ASSERT(column_begin >= 0 && column_begin + heads * spec.head_width <= stride && positions_n.elements() == rows, x_nc.shape().to_string());
  GIMBAL_ASSERT(cos_pr.cols() == pairs && sin_pr.shape() == cos_pr.shape(), cos_pr.shape().to_string());
  const int32_t* positions = positions_n.data<int32_t>();
  const float *cos = cos_pr.data<float>(), *sin = sin_pr.data<float>();
  const bool is_f32 = x_nc.dtype() == DType::kF32;
  float* const f32 = is_f32 ? x_nc.data<float>() : nullptr;
  BFloat16* const bf16 = is_f32 ? nullptr : x_nc.data<BFloat16>();

  constexpr int64_t kElementsPerPiece = 16384;
  parallel_for(rows, kElementsPerPiece / std::max<int64_t>(1, heads * spec.rotary_width) + 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      GIMBAL_ASSERT(positions[i] >= 0 && positions[i] < cos_pr.rows(), "position ", positions[i], " of ", cos_pr.rows());
      const RotaryRow row = {spec.pairs, turn, pairs, heads, spec.head_width, cos + positions[i] * pairs, sin + positions[i] * pairs};
      const int64_t at = i * stride + column_begin;
      is_f32 ? HWY_DYNAMIC_DISPATCH(turn_row_f32)(row, f32 + at) : HWY_DYNAMIC_DISPATCH(turn_row_bf16)(row, bf16 + at);
    }
  });
}

}  // namespace

RotaryKernels rotary_cpu() { return {turn}; }

}  // namespace gimbal::kernels
#endif
