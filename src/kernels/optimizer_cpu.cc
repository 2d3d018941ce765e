// Optimizer updates with run-time dispatch: one pass over gradient, state and weight, which is as fast as memory is.
#include "kernels/optimizer.h"

#include <cmath>
#include <vector>

#include "core/threads.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/optimizer_cpu.cc"
#include "kernels/simd_targets.h"
//
#include "hwy/foreach_target.h"
//
#include "kernels/simd_lanes-inl.h"

#ifndef GIMBAL_KERNELS_OPTIMIZER_CPU_ONCE_
#define GIMBAL_KERNELS_OPTIMIZER_CPU_ONCE_
namespace gimbal::kernels {

/// The part of a parameter that one thread updates at a time.
struct Slice {
  int64_t begin = 0, end = 0;
};

struct Weights {
  float* w = nullptr;
  BFloat16* shadow = nullptr;  // or null
};

// The formulas with everything that is the same for all elements worked out, in double.
struct AdamWRule {
  const float* g;
  float *m, *v;
  float grad_scale, keep, beta1, rest1, beta2, rest2, step_size, inverse_root, eps;
};
struct SgdRule {
  const float* g;
  float* velocity;  // or null
  float grad_scale, weight_decay, momentum, lr;
  bool first, nesterov;
};
struct LionRule {
  const float* g;
  float* m;
  float grad_scale, keep, beta1, rest1, beta2, rest2, lr;
};
struct ApplyRule {
  const float* u;
  float keep;
};

}  // namespace gimbal::kernels
#endif

HWY_BEFORE_NAMESPACE();
namespace gimbal::kernels::HWY_NAMESPACE {
namespace {

HWY_INLINE Floats next(const AdamWRule& r, int64_t i, size_t count, Floats w) {
  const Floats g = hn::Mul(lanes(r.g + i, count), splat(r.grad_scale));
  const Floats m = hn::MulAdd(lanes(r.m + i, count), splat(r.beta1), hn::Mul(g, splat(r.rest1)));
  const Floats v = hn::MulAdd(lanes(r.v + i, count), splat(r.beta2), hn::Mul(hn::Mul(g, g), splat(r.rest2)));
  put(m, r.m + i, count);
  put(v, r.v + i, count);
  const Floats denominator = hn::MulAdd(hn::Sqrt(v), splat(r.inverse_root), splat(r.eps));
  return hn::NegMulAdd(splat(r.step_size), hn::Div(m, denominator), hn::Mul(w, splat(r.keep)));
}

HWY_INLINE Floats next(const SgdRule& r, int64_t i, size_t count, Floats w) {
  const Floats g = hn::MulAdd(w, splat(r.weight_decay), hn::Mul(lanes(r.g + i, count), splat(r.grad_scale)));
  if (r.velocity == nullptr) return hn::NegMulAdd(splat(r.lr), g, w);
  const Floats velocity = r.first ? g : hn::MulAdd(lanes(r.velocity + i, count), splat(r.momentum), g);
  put(velocity, r.velocity + i, count);
  return hn::NegMulAdd(splat(r.lr), r.nesterov ? hn::MulAdd(velocity, splat(r.momentum), g) : velocity, w);
}

HWY_INLINE Floats next(const LionRule& r, int64_t i, size_t count, Floats w) {
  const Floats g = hn::Mul(lanes(r.g + i, count), splat(r.grad_scale)), m = lanes(r.m + i, count);
  const Floats direction = hn::MulAdd(m, splat(r.beta1), hn::Mul(g, splat(r.rest1)));
  const auto moves = hn::Or(hn::Lt(direction, hn::Zero(FloatTag())), hn::Gt(direction, hn::Zero(FloatTag())));
  const Floats sign = hn::IfThenElse(moves, hn::CopySign(splat(1.0f), direction), direction);  // 0 and NaN stay what they are
  put(hn::MulAdd(m, splat(r.beta2), hn::Mul(g, splat(r.rest2))), r.m + i, count);
  return hn::NegMulAdd(splat(r.lr), sign, hn::Mul(w, splat(r.keep)));
}

HWY_INLINE Floats next(const ApplyRule& r, int64_t i, size_t count, Floats w) { return hn::MulSub(w, splat(r.keep), lanes(r.u + i, count)); }

using DoubleTag = hn::ScalableTag<double>;
using Doubles = hn::Vec<DoubleTag>;

HWY_INLINE Doubles add_squares(Floats v, Doubles sum) {
#if HWY_TARGET == HWY_SCALAR
  const Doubles wide = hn::PromoteTo(DoubleTag(), v);
  return hn::MulAdd(wide, wide, sum);
#else
  const Doubles low = hn::PromoteTo(DoubleTag(), hn::LowerHalf(v)), high = hn::PromoteTo(DoubleTag(), hn::UpperHalf(hn::Half<FloatTag>(), v));
  return hn::MulAdd(high, high, hn::MulAdd(low, low, sum));
#endif
}

template <class Rule>
HWY_NOINLINE HWY_FLATTEN UpdateSums update(const Rule& rule, const Weights& weights, Slice slice) {
  const Rule r = rule;
  float* w = weights.w;
  BFloat16* shadow = weights.shadow;
  Doubles weight_squares = hn::Zero(DoubleTag()), update_squares = hn::Zero(DoubleTag());
  each_vector(slice.end - slice.begin, [&](int64_t offset, size_t count) HWY_ATTR {
    const int64_t i = slice.begin + offset;
    const Floats before = lanes(w + i, count);
    Floats after = next(r, i, count, before);
    if (count != lane_count()) after = hn::IfThenElseZero(hn::FirstN(FloatTag(), count), after);  // 0 / 0 where eps is 0
    put(after, w + i, count);
    if (shadow != nullptr) put(after, shadow + i, count);
    weight_squares = add_squares(after, weight_squares);
    update_squares = add_squares(hn::Sub(after, before), update_squares);
  });
  return {hn::GetLane(hn::SumOfLanes(DoubleTag(), weight_squares)), hn::GetLane(hn::SumOfLanes(DoubleTag(), update_squares))};
}

UpdateSums update_adamw(const AdamWRule& r, const Weights& weights, Slice slice) { return update(r, weights, slice); }
UpdateSums update_sgd(const SgdRule& r, const Weights& weights, Slice slice) { return update(r, weights, slice); }
UpdateSums update_lion(const LionRule& r, const Weights& weights, Slice slice) { return update(r, weights, slice); }
UpdateSums update_apply(const ApplyRule& r, const Weights& weights, Slice slice) { return update(r, weights, slice); }

}  // namespace
}  // namespace gimbal::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gimbal::kernels {
namespace {

HWY_EXPORT(update_adamw);
HWY_EXPORT(update_sgd);
HWY_EXPORT(update_lion);
HWY_EXPORT(update_apply);

Weights weights_of(const Tensor& w, const Tensor& shadow) { return {w.data<float>(), shadow.defined() ? shadow.data<BFloat16>() : nullptr}; }

/// Updates all slices and adds their sums in order.
template <class Update>
UpdateSums in_slices(int64_t n, const Update& update) {
  constexpr int64_t kSlice = 16384;
  std::vector<UpdateSums> sums(static_cast<size_t>((n + kSlice - 1) / kSlice));
  parallel_for(n, kSlice, [&](int64_t begin, int64_t end) { sums[static_cast<size_t>(begin / kSlice)] = update(Slice{begin, end}); });
  UpdateSums total;
  for (const UpdateSums& s : sums) {
    total.weight_squares += s.weight_squares;
    total.update_squares += s.update_squares;
  }
  return total;
}

float rounded(double value) { return static_cast<float>(value); }

UpdateSums adamw(const AdamWStep& s, double grad_scale, const Tensor& g, const Tensor& m, const Tensor& v, const Tensor& w, const Tensor& shadow) {
  const double t = static_cast<double>(s.t);
  const AdamWRule rule = {.g = g.data<float>(),
                          .m = m.data<float>(),
                          .v = v.data<float>(),
                          .grad_scale = rounded(grad_scale),
                          .keep = rounded(1 - s.lr * s.weight_decay),
                          .beta1 = rounded(s.beta1),
                          .rest1 = rounded(1 - s.beta1),
                          .beta2 = rounded(s.beta2),
                          .rest2 = rounded(1 - s.beta2),
                          .step_size = rounded(s.lr / (1 - std::pow(s.beta1, t))),
                          .inverse_root = rounded(1 / std::sqrt(1 - std::pow(s.beta2, t))),
                          .eps = rounded(s.eps)};
  const Weights weights = weights_of(w, shadow);
  return in_slices(w.elements(), [&](Slice slice) { return HWY_DYNAMIC_DISPATCH(update_adamw)(rule, weights, slice); });
}

UpdateSums sgd(const SgdStep& s, double grad_scale, const Tensor& g, const Tensor& velocity, const Tensor& w, const Tensor& shadow) {
  const SgdRule rule = {.g = g.data<float>(),
                        .velocity = velocity.defined() ? velocity.data<float>() : nullptr,
                        .grad_scale = rounded(grad_scale),
                        .weight_decay = rounded(s.weight_decay),
                        .momentum = rounded(s.momentum),
                        .lr = rounded(s.lr),
                        .first = s.t == 1,
                        .nesterov = s.nesterov};
  const Weights weights = weights_of(w, shadow);
  return in_slices(w.elements(), [&](Slice slice) { return HWY_DYNAMIC_DISPATCH(update_sgd)(rule, weights, slice); });
}

UpdateSums lion(const LionStep& s, double grad_scale, const Tensor& g, const Tensor& m, const Tensor& w, const Tensor& shadow) {
  const LionRule rule = {.g = g.data<float>(),
                         .m = m.data<float>(),
                         .grad_scale = rounded(grad_scale),
                         .keep = rounded(1 - s.lr * s.weight_decay),
                         .beta1 = rounded(s.beta1),
                         .rest1 = rounded(1 - s.beta1),
                         .beta2 = rounded(s.beta2),
                         .rest2 = rounded(1 - s.beta2),
                         .lr = rounded(s.lr)};
  const Weights weights = weights_of(w, shadow);
  return in_slices(w.elements(), [&](Slice slice) { return HWY_DYNAMIC_DISPATCH(update_lion)(rule, weights, slice); });
}

UpdateSums apply(double decay, const Tensor& u, const Tensor& w, const Tensor& shadow) {
  const ApplyRule rule = {.u = u.data<float>(), .keep = rounded(1 - decay)};
  const Weights weights = weights_of(w, shadow);
  return in_slices(w.elements(), [&](Slice slice) { return HWY_DYNAMIC_DISPATCH(update_apply)(rule, weights, slice); });
}

}  // namespace

OptimizerKernels optimizer_cpu() { return {adamw, sgd, lion, apply}; }

}  // namespace gimbal::kernels
#endif
