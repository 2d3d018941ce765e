// One row of attention logits at a time: online softmax on the way forward, probabilities and their gradients on the way back.
//
// Logits are kept in raw units (q . k) or, where offsets are added, in units of log2; `unit` turns either into powers of two.
#if defined(GIMBAL_KERNELS_ATTENTION_ROWS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef GIMBAL_KERNELS_ATTENTION_ROWS_INL_H_
#undef GIMBAL_KERNELS_ATTENTION_ROWS_INL_H_
#else
#define GIMBAL_KERNELS_ATTENTION_ROWS_INL_H_
#endif

#include <algorithm>
#include <cstdint>
#include <limits>
#include <numbers>

#include "hwy/highway.h"
#include "kernels/attention_cpu.h"
#include "kernels/attention_dropout.h"
#include "kernels/simd_lanes-inl.h"
#include "kernels/tile_matmul-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gimbal::kernels::HWY_NAMESPACE {
namespace {

/// How a call's logits become powers of two, and what dropout removes.
struct LogitRule {
  float to_log2;       // scale * log2 e
  float unit;          // what is left of that after offsets were added
  double natural;      // one unit of a logit, in nats: nats_of_top()
  uint32_t threshold;  // of dropout; 0: none
  float kept;          // 1 / (1 - dropout)
  uint64_t dropout_key;

  LogitRule(const AttentionSpec& spec, const DistanceOffsets& offsets)
      : to_log2(static_cast<float>(spec.scale * std::numbers::log2e)),
        unit(offsets ? 1.0f : to_log2),
        natural(offsets ? std::numbers::ln2 : spec.scale),
        threshold(spec.dropout > 0 ? dropout_threshold(spec.dropout) : 0),
        kept(static_cast<float>(1 / (1 - spec.dropout))),
        dropout_key(spec.dropout_key) {}
};

/// A row's logits within one key block. Keys [begin, end) of the block are visible, at least one.
struct LogitRow {
  float* s;
  int64_t begin, end;

  int64_t first_vector() const { return begin / lanes_per_vector() * lanes_per_vector(); }
  int64_t after_last_vector() const { return rounded_up(end); }
};

// A clamp that lets NaN through: x86's instruction returns its second operand then, others need to be asked.
inline constexpr bool kSecondWins = HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_AVX3;
HWY_INLINE Floats at_least(float low, Floats x) {
  return kSecondWins ? hn::Max(splat(low), x) : hn::IfThenElse(hn::Lt(x, splat(low)), splat(low), x);
}

// 2^x for x <= 0; 0 below -127, NaN stays NaN. The polynomial is 2^f on [-1/2, 1/2] with relative error 9e-8; adding 1.5 * 2^23 rounds x to an
// integer and leaves that integer in the low bits, ready to be shifted into the exponent.
HWY_INLINE Floats power_of_two(Floats x) {
  const hn::RebindToSigned<FloatTag> i32;
  const Floats bounded = at_least(-127.0f, x);
  const Floats shifted = hn::Add(bounded, splat(12582912.0f));
  const Floats f = hn::Sub(bounded, hn::Sub(shifted, splat(12582912.0f)));
  Floats p = hn::MulAdd(splat(1.326472731e-3f), f, splat(9.671512991e-3f));
  p = hn::MulAdd(p, f, splat(5.550733581e-2f));
  p = hn::MulAdd(p, f, splat(2.402224243e-1f));
  p = hn::MulAdd(p, f, splat(6.931470037e-1f));
  p = hn::MulAdd(p, f, splat(1.0f));
  return hn::BitCast(FloatTag(), hn::Add(hn::BitCast(i32, p), hn::ShiftLeft<23>(hn::BitCast(i32, shifted))));
}

/// The random bits of a row within one key block, whose first key has this index in the segment.
struct BlockDropout {
  DropoutRow row;
  uint32_t first_key;
};

/// Lanes whose keys, from the block's i-th on, dropout keeps: dropout_bits() in vectors.
HWY_INLINE hn::Mask<FloatTag> kept_lanes(const BlockDropout& dropout, int64_t i, uint32_t threshold) {
  const hn::RebindToUnsigned<FloatTag> u32;
  const auto key = hn::Iota(u32, dropout.first_key + static_cast<uint32_t>(i));
  auto x = hn::Add(hn::Mul(key, hn::Set(u32, 0x9e3779b1u)), hn::Set(u32, dropout.row.start));
  x = hn::Xor(x, hn::ShiftRight<16>(x));
  x = hn::Add(hn::Mul(x, hn::Set(u32, 0x21f0aaadu)), hn::Set(u32, dropout.row.twist));
  x = hn::Xor(x, hn::ShiftRight<15>(x));
  x = hn::Mul(x, hn::Set(u32, 0xd35a2d97u));
  x = hn::Xor(x, hn::ShiftRight<15>(x));
  return hn::Not(hn::RebindMask(FloatTag(), hn::Lt(x, hn::Set(u32, threshold))));
}

// Calls body(i) for the start of every vector that holds a visible key.
template <class Body>
HWY_INLINE void each_visible_vector(const LogitRow& row, const Body& body) {
  const int64_t end = row.after_last_vector(), step = lanes_per_vector();
  for (int64_t i = row.first_vector(); i < end; i += step) body(i);
}

// Adds the offsets, if any, and makes the invisible lanes of the first and last vector minus infinity, whose power of two is 0.
HWY_INLINE void finish_logits(const LogitRule& rule, const LogitRow& row, const float* offsets) {
  const FloatTag f;
  if (offsets) {
    each_visible_vector(row, [&](int64_t i) HWY_ATTR {
      hn::Store(hn::MulAdd(hn::Load(f, row.s + i), splat(rule.to_log2), hn::LoadU(f, offsets + i)), f, row.s + i);
    });
  }
  const Floats lowest = splat(-std::numeric_limits<float>::infinity());
  const int64_t first = row.first_vector(), last = row.after_last_vector() - lanes_per_vector();
  if (row.end < row.after_last_vector()) {
    const auto visible = hn::FirstN(f, static_cast<size_t>(row.end - last));
    hn::Store(hn::IfThenElse(visible, hn::Load(f, row.s + last), lowest), f, row.s + last);
  }
  if (row.begin > first) {
    const auto hidden = hn::FirstN(f, static_cast<size_t>(row.begin - first));
    hn::Store(hn::IfThenElse(hidden, lowest, hn::Load(f, row.s + first)), f, row.s + first);
  }
}

/// The largest of a row's finished logits in this block and of `top`.
HWY_INLINE float raised_top(const LogitRow& row, float top) {
  Floats most = splat(-std::numeric_limits<float>::infinity());
  each_visible_vector(row, [&](int64_t i) HWY_ATTR { most = hn::Max(most, hn::Load(FloatTag(), row.s + i)); });
  return std::max(top, hn::GetLane(hn::MaxOfLanes(FloatTag(), most)));
}

/// What online softmax remembers of a row: the largest logit, and by lane the sums of p = 2^((s - top) unit) and of p log2 p.
struct SoftmaxSums {
  float* top;
  float* p;
  float* p_log2_p;  // null when nobody asks for the entropy
};

/// Turns one block's logits of a row into p (0 where dropped), and returns the factor for what was summed with the earlier top.
HWY_INLINE float absorb_logits(const LogitRule& rule, const LogitRow& row, const BlockDropout& dropout, float raised, const SoftmaxSums& sums) {
  const FloatTag f;
  const Floats top = splat(raised), unit = splat(rule.unit);
  Floats sum = hn::Zero(f), entropy = hn::Zero(f);
  float factor = 0;
  if (*sums.top != -std::numeric_limits<float>::infinity()) {
    const Floats rise = hn::Mul(hn::Sub(splat(*sums.top), top), unit);
    const Floats old_share = power_of_two(rise);
    factor = hn::GetLane(old_share);
    sum = hn::Mul(old_share, hn::Load(f, sums.p));
    if (sums.p_log2_p) entropy = hn::Mul(old_share, hn::MulAdd(at_least(-127.0f, rise), hn::Load(f, sums.p), hn::Load(f, sums.p_log2_p)));
  }
  each_visible_vector(row, [&](int64_t i) HWY_ATTR {
    const Floats x = hn::Mul(hn::Sub(hn::Load(f, row.s + i), top), unit);
    Floats p = power_of_two(x);
    sum = hn::Add(sum, p);
    if (sums.p_log2_p) entropy = hn::MulAdd(p, at_least(-127.0f, x), entropy);
    if (rule.threshold) p = hn::IfThenElseZero(kept_lanes(dropout, i, rule.threshold), p);
    hn::Store(p, f, row.s + i);
  });
  hn::Store(sum, f, sums.p);
  if (sums.p_log2_p) hn::Store(entropy, f, sums.p_log2_p);
  *sums.top = raised;
  return factor;
}

/// Turns a row's logits into p = 2^((s - top) unit - log2_sum) with dropout applied, and dp = do . v into ds = scale p (dp - delta). A row's logits
/// are those of the forward pass bit for bit (tile_matmul-inl.h), so none is above the top.
struct GradientRule {
  float top;           // of the row, in units of its logits
  float log2_sum;      // of 2^((s - top) unit)
  float delta_scaled;  // scale * do . o
  float scale;
  float* dp;

  /// Whether one key has more than half of the row.
  bool steep() const { return log2_sum < 1; }
};

HWY_INLINE void differentiate_logits(const LogitRule& rule, const LogitRow& row, const BlockDropout& dropout, const GradientRule& g) {
  const FloatTag f;
  const Floats unit = splat(rule.unit), top = splat(g.top), log2_sum = splat(g.log2_sum), delta = splat(g.delta_scaled),
               scale = splat(g.scale * rule.kept);
  each_visible_vector(row, [&](int64_t i) HWY_ATTR {
    const Floats p = power_of_two(hn::MulSub(hn::Sub(hn::Load(f, row.s + i), top), unit, log2_sum));
    Floats kept_p = p, dp = hn::Mul(hn::Load(f, g.dp + i), scale);
    if (rule.threshold) {
      const auto kept = kept_lanes(dropout, i, rule.threshold);
      kept_p = hn::IfThenElseZero(kept, hn::Mul(p, splat(rule.kept)));
      dp = hn::IfThenElseZero(kept, dp);
    }
    hn::Store(kept_p, f, row.s + i);
    hn::Store(hn::Mul(p, hn::Sub(dp, delta)), f, g.dp + i);
  });
}

/// What a steep row's ds in one block add up to, and its key with more than half of p where the block has it (dropout may have removed it).
struct SteepRow {
  float sum = 0;
  int64_t top_key = -1;  // in the block
};

HWY_INLINE SteepRow steep_row(const LogitRule& rule, const LogitRow& row, const float* ds) {
  const FloatTag f;
  SteepRow found;
  Floats sum = hn::Zero(f);
  each_visible_vector(row, [&](int64_t i) HWY_ATTR {
    sum = hn::Add(sum, hn::Load(f, ds + i));
    const intptr_t lane = hn::FindFirstTrue(f, hn::Gt(hn::Load(f, row.s + i), splat(0.5f * rule.kept)));
    if (lane >= 0) found.top_key = i + lane;
  });
  found.sum = hn::GetLane(hn::SumOfLanes(f, sum));
  return found;
}

/// Zeros in the vectors that touch [begin, end), except those of [first_vector, after_last_vector), which hold visible keys.
HWY_INLINE void clear_invisible(float* x, int64_t begin, int64_t end, int64_t first_vector, int64_t after_last_vector) {
  if (first_vector <= begin && end <= after_last_vector) return;
  const int64_t step = lanes_per_vector();
  for (int64_t i = begin / step * step; i < end; i += step) {
    if (i < first_vector || i >= after_last_vector) hn::Store(hn::Zero(FloatTag()), FloatTag(), x + i);
  }
}

}  // namespace
}  // namespace gimbal::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per target
