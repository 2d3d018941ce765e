// e^x for vectors of floats, once for each instruction set.
//
// e^x = 2^q (1 + r + r^2 P(r)), q = round(x / ln 2), |r| <= ln(2)/2; P is a minimax polynomial (relative error of the sum 3e-9).
// Within 1.5 ULP of the true value; 0 below -86.6 (where e^x < 2.5e-38), infinity above 88.72, NaN stays NaN.
#if defined(GIMBAL_KERNELS_SIMD_EXP_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef GIMBAL_KERNELS_SIMD_EXP_INL_H_
#undef GIMBAL_KERNELS_SIMD_EXP_INL_H_
#else
#define GIMBAL_KERNELS_SIMD_EXP_INL_H_
#endif

#include "hwy/highway.h"
#include "kernels/simd_lanes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gimbal::kernels::HWY_NAMESPACE {

HWY_INLINE Floats exp(Floats x) {
  const FloatTag f;
  const hn::RebindToSigned<FloatTag> i32;
  // Adding 1.5 * 2^23 rounds to an integer and leaves it in the low bits, without the conversions' care for overflow.
  const Floats magic = splat(12582912.0f);
  const Floats shifted = hn::MulAdd(x, splat(1.44269504f), magic), q = hn::Sub(shifted, magic);
  const Floats r = hn::NegMulAdd(q, splat(1.42860677e-6f), hn::NegMulAdd(q, splat(0.693145752f), x)), square = hn::Mul(r, r);
  const Floats low = hn::MulAdd(splat(1.666652011e-1f), r, splat(4.999999341e-1f));
  const Floats high = hn::MulAdd(splat(1.381446262e-3f), square, hn::MulAdd(splat(8.368780455e-3f), r, splat(4.166839429e-2f)));
  const Floats mantissa = hn::Add(hn::MulAdd(hn::MulAdd(high, square, low), square, r), splat(1.0f));
  const Floats scaled = hn::BitCast(f, hn::Add(hn::BitCast(i32, mantissa), hn::ShiftLeft<23>(hn::BitCast(i32, shifted))));
  const Floats no_smaller = hn::IfThenZeroElse(hn::Lt(x, splat(-86.6f)), scaled);
  return hn::IfThenElse(hn::Gt(x, splat(88.7228f)), hn::Inf(f), no_smaller);
}

}  // namespace gimbal::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per target
