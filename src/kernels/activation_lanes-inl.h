// The non-linearities on vectors of floats: value, and value with slope from the same exponential.
//
// Absolute error at most 4 ULP of max(|value|, |x|) for values and 4 ULP of max(|slope|, 1) for slopes: memory, not
// arithmetic, is what these loops wait for.
#if defined(GIMBAL_KERNELS_ACTIVATION_LANES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef GIMBAL_KERNELS_ACTIVATION_LANES_INL_H_
#undef GIMBAL_KERNELS_ACTIVATION_LANES_INL_H_
#else
#define GIMBAL_KERNELS_ACTIVATION_LANES_INL_H_
#endif

#include "kernels/simd_exp-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gimbal::kernels::HWY_NAMESPACE {

struct ValueAndSlope {
  Floats value, slope;
};

HWY_INLINE Floats one() { return splat(1.0f); }
HWY_INLINE Floats logistic(Floats x) { return hn::Div(one(), hn::Add(one(), exp(hn::Neg(x)))); }

struct LinearLanes {
  HWY_INLINE Floats value(Floats x) const { return x; }
  HWY_INLINE ValueAndSlope both(Floats x) const { return {x, one()}; }
};

struct ReluLanes {
  // written so that NaN stays NaN
  HWY_INLINE Floats value(Floats x) const { return hn::IfThenZeroElse(hn::Lt(x, hn::Zero(FloatTag())), x); }
  HWY_INLINE ValueAndSlope both(Floats x) const { return {value(x), hn::IfThenElseZero(hn::Gt(x, hn::Zero(FloatTag())), one())}; }
};

struct SigmoidLanes {
  HWY_INLINE Floats value(Floats x) const { return logistic(x); }
  // e^-|x| gives s and 1 - s without cancellation
  HWY_INLINE ValueAndSlope both(Floats x) const {
    const Floats e = exp(hn::Neg(hn::Abs(x))), large = hn::Div(one(), hn::Add(one(), e)), small = hn::Mul(e, large);
    return {hn::IfThenElse(hn::Lt(x, hn::Zero(FloatTag())), small, large), hn::Mul(small, large)};
  }
};

struct StepLanes {
  HWY_INLINE Floats value(Floats x) const { return hn::IfThenElseZero(hn::Gt(x, hn::Zero(FloatTag())), one()); }
  HWY_INLINE ValueAndSlope both(Floats x) const { return {value(x), SigmoidLanes().both(x).slope}; }
};

struct TanhLanes {
  // x + x^3 Q(x^2) near 0 (minimax, relative error 4e-9), 1 - 2 / (e^2|x| + 1) elsewhere
  HWY_INLINE Floats value(Floats x) const {
    const Floats size = hn::Abs(x), square = hn::Mul(x, x);
    Floats q = hn::MulAdd(splat(-5.717046436e-3f), square, splat(2.065058885e-2f));
    q = hn::MulAdd(q, square, splat(-5.374349871e-2f));
    q = hn::MulAdd(q, square, splat(1.33314913e-1f));
    q = hn::MulAdd(q, square, splat(-3.333328393e-1f));
    const Floats near = hn::MulAdd(hn::Mul(q, square), x, x);
    const Floats far = hn::Sub(one(), hn::Div(splat(2.0f), hn::Add(exp(hn::Add(size, size)), one())));
    return hn::IfThenElse(hn::Lt(size, splat(0.625f)), near, hn::CopySign(far, x));
  }
  HWY_INLINE ValueAndSlope both(Floats x) const {
    const Floats t = value(x);
    return {t, hn::Mul(hn::Sub(one(), t), hn::Add(one(), t))};
  }
};

struct GeluLanes {
  // Phi(-u) = e^(-u^2/2) t P(t), t = 1 / (1 + 0.3 u), for u >= 0; P is a minimax polynomial (relative error 3.5e-9)
  HWY_INLINE void distribution(Floats x, Floats& phi_above, Floats& kernel) const {
    const Floats u = hn::Min(hn::Abs(x), splat(15.0f));
    const Floats square = hn::Mul(u, u), lost = hn::MulSub(u, u, square);
    const Floats e = exp(hn::Mul(square, splat(-0.5f)));
    kernel = hn::NegMulAdd(hn::Mul(lost, splat(0.5f)), e, e);
    const Floats t = hn::Div(one(), hn::MulAdd(u, splat(0.3f), one()));
    const Floats t2 = hn::Mul(t, t), t4 = hn::Mul(t2, t2);
    const Floats p01 = hn::MulAdd(splat(1.195728426e-1f), t, splat(1.19686634e-1f)),
                 p23 = hn::MulAdd(splat(7.842562917e-2f), t, splat(1.102273129e-1f));
    const Floats p45 = hn::MulAdd(splat(-7.924709553e-2f), t, splat(9.605769233e-2f)),
                 p67 = hn::MulAdd(splat(-2.280673266e-1f), t, splat(1.915814131e-1f));
    const Floats p89 = hn::MulAdd(splat(-2.061281448e-2f), t, splat(1.12375695e-1f));
    const Floats p = hn::MulAdd(hn::MulAdd(p89, t4, hn::MulAdd(p67, t2, p45)), t4, hn::MulAdd(p23, t2, p01));
    const Floats tail = hn::Mul(hn::Mul(p, t), kernel);
    phi_above = hn::IfThenElse(hn::Lt(x, hn::Zero(FloatTag())), tail, hn::Sub(one(), tail));
  }
  HWY_INLINE Floats value(Floats x) const {
    Floats phi, kernel;
    distribution(x, phi, kernel);
    return hn::Mul(x, phi);
  }
  HWY_INLINE ValueAndSlope both(Floats x) const {
    Floats phi, kernel;
    distribution(x, phi, kernel);
    return {hn::Mul(x, phi), hn::MulAdd(hn::Mul(x, kernel), splat(0.3989422804f), phi)};
  }
};

// 0.5 (1 + tanh(u)) = sigmoid(2u): one exponential, and no cancellation for negative x.
struct GeluTanhLanes {
  static constexpr float kTwice = 1.5957691216f;  // 2 sqrt(2/pi)
  HWY_INLINE Floats inner(Floats x, Floats square) const { return hn::Mul(hn::MulAdd(square, splat(kTwice * 0.044715f), splat(kTwice)), x); }
  HWY_INLINE Floats value(Floats x) const { return hn::Mul(x, logistic(inner(x, hn::Mul(x, x)))); }
  HWY_INLINE ValueAndSlope both(Floats x) const {
    const Floats square = hn::Mul(x, x);
    const ValueAndSlope s = SigmoidLanes().both(inner(x, square));
    const Floats inner_slope = hn::MulAdd(square, splat(3 * kTwice * 0.044715f), splat(kTwice));
    return {hn::Mul(x, s.value), hn::MulAdd(hn::Mul(x, inner_slope), s.slope, s.value)};
  }
};

struct SiluLanes {
  float beta;
  HWY_INLINE Floats value(Floats x) const { return hn::Mul(x, logistic(hn::Mul(x, splat(beta)))); }
  HWY_INLINE ValueAndSlope both(Floats x) const {
    const Floats z = hn::Mul(x, splat(beta));
    const ValueAndSlope s = SigmoidLanes().both(z);
    return {hn::Mul(x, s.value), hn::MulAdd(z, s.slope, s.value)};
  }
};

}  // namespace gimbal::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per target
