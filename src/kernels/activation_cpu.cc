// Feed-forward non-linearities with run-time dispatch.
#include "kernels/activation.h"

#include <algorithm>

#include "core/threads.h"
#include "kernels/simd_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/activation_cpu.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
#include "kernels/activation_lanes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gimbal::kernels::HWY_NAMESPACE {
namespace {

constexpr int64_t kGrain = 16384;

template <class Act, class T>
void plain_forward(Act act, const T* x, T* y, int64_t n) {
  parallel_for(n, kGrain, [=](int64_t begin, int64_t end) HWY_ATTR {
    each_vector(end - begin, [&](int64_t i, size_t count) HWY_ATTR { put(act.value(lanes(x + begin + i, count)), y + begin + i, count); });
  });
}

template <class Act, class T>
void plain_backward(Act act, const T* dy, const T* x, T* dx, int64_t n) {
  parallel_for(n, kGrain, [=](int64_t begin, int64_t end) HWY_ATTR {
    each_vector(end - begin, [&](int64_t i, size_t count) HWY_ATTR {
      put(hn::Mul(lanes(dy + begin + i, count), act.both(lanes(x + begin + i, count)).slope), dx + begin + i, count);
    });
  });
}

template <class Act, class T>
void gated_forward(Act act, const T* x, T* y, int64_t n, int64_t f) {
  parallel_for(n, std::max<int64_t>(1, kGrain / f), [=](int64_t begin, int64_t end) HWY_ATTR {
    for (int64_t i = begin; i < end; ++i) {
      const T *gate = x + i * 2 * f, *up = gate + f;
      each_vector(
          f, [&](int64_t j, size_t count) HWY_ATTR { put(hn::Mul(act.value(lanes(gate + j, count)), lanes(up + j, count)), y + i * f + j, count); });
    }
  });
}

template <class Act, class T>
void gated_backward(Act act, const T* dy, const T* x, T* dx, int64_t n, int64_t f) {
  parallel_for(n, std::max<int64_t>(1, kGrain / f), [=](int64_t begin, int64_t end) HWY_ATTR {
    for (int64_t i = begin; i < end; ++i) {
      const T *gate = x + i * 2 * f, *up = gate + f;
      T *dgate = dx + i * 2 * f, *dup = dgate + f;
      each_vector(f, [&](int64_t j, size_t count) HWY_ATTR {
        const Floats d = lanes(dy + i * f + j, count), u = lanes(up + j, count);
        const ValueAndSlope a = act.both(lanes(gate + j, count));
        put(hn::Mul(hn::Mul(d, u), a.slope), dgate + j, count);
        put(hn::Mul(d, a.value), dup + j, count);
      });
    }
  });
}

template <class Fn>
void with_act(const ActivationSpec& spec, const Fn& fn) {
  switch (spec.act) {
    case Act::kLinear:
      return fn(LinearLanes());
    case Act::kStep:
      return fn(StepLanes());
    case Act::kSigmoid:
      return fn(SigmoidLanes());
    case Act::kTanh:
      return fn(TanhLanes());
    case Act::kRelu:
      return fn(ReluLanes());
    case Act::kGelu:
      return fn(GeluLanes());
    case Act::kGeluTanh:
      return fn(GeluTanhLanes());
    case Act::kSilu:
      return fn(SiluLanes{static_cast<float>(spec.beta)});
  }
}

template <class T>
void forward_of(const ActivationSpec& spec, const Tensor& x, const Tensor& y) {
  with_act(spec, [&](auto act) HWY_ATTR {
    if (!spec.gated) return plain_forward(act, x.data<T>(), y.data<T>(), y.elements());
    gated_forward(act, x.data<T>(), y.data<T>(), y.rows(), y.cols());
  });
}

template <class T>
void backward_of(const ActivationSpec& spec, const Tensor& dy, const Tensor& x, const Tensor& dx) {
  with_act(spec, [&](auto act) HWY_ATTR {
    if (!spec.gated) return plain_backward(act, dy.data<T>(), x.data<T>(), dx.data<T>(), dy.elements());
    gated_backward(act, dy.data<T>(), x.data<T>(), dx.data<T>(), dy.rows(), dy.cols());
  });
}

void forward(const ActivationSpec& spec, const Tensor& x, const Tensor& y) {
  if (x.dtype() == DType::kBF16) return forward_of<BFloat16>(spec, x, y);
  forward_of<float>(spec, x, y);
}

void backward(const ActivationSpec& spec, const Tensor& dy, const Tensor& x, const Tensor& dx) {
  if (x.dtype() == DType::kBF16) return backward_of<BFloat16>(spec, dy, x, dx);
  backward_of<float>(spec, dy, x, dx);
}

}  // namespace
}  // namespace gimbal::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gimbal::kernels {
namespace {

HWY_EXPORT(forward);
HWY_EXPORT(backward);

void check(const ActivationSpec& spec, const Tensor& x, const Tensor& y_nf) {
  GIMBAL_ASSERT(x.elements() == y_nf.elements() * (spec.gated ? 2 : 1), x.shape().to_string(), " to ", y_nf.shape().to_string());
}

void forward_cpu(const ActivationSpec& spec, const Tensor& x, const Tensor& y_nf) {
  check(spec, x, y_nf);
  if (y_nf.elements() > 0) HWY_DYNAMIC_DISPATCH(forward)(spec, x, y_nf);
}

void backward_cpu(const ActivationSpec& spec, const Tensor& dy_nf, const Tensor& x, const Tensor& dx) {
  check(spec, x, dy_nf);
  if (dy_nf.elements() > 0) HWY_DYNAMIC_DISPATCH(backward)(spec, dy_nf, x, dx);
}

}  // namespace

ActivationKernels activation_cpu() { return {forward_cpu, backward_cpu}; }

}  // namespace gimbal::kernels
#endif
