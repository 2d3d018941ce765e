// The squashing norms with run-time dispatch; a row's contribution to the gradients of alpha and shift is summed in f32, the rows' in double.
#include "kernels/squash.h"

#include <vector>

#include "core/threads.h"
#include "kernels/piece_sums.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/squash_cpu.cc"
#include "kernels/simd_targets.h"
//
#include "hwy/foreach_target.h"
//
#include "kernels/activation_lanes-inl.h"

#ifndef GIMBAL_KERNELS_SQUASH_CPU_ONCE_
#define GIMBAL_KERNELS_SQUASH_CPU_ONCE_
namespace gimbal::kernels {

struct SquashParameters {
  float alpha = 0, shift = 0;
  const float *gain = nullptr, *bias = nullptr;  // [d]
};

/// Where a piece of rows adds its gradients.
struct SquashSums {
  double dalpha = 0, dshift = 0;
  float *dgain = nullptr, *dbias = nullptr;  // [d], both or neither
};

}  // namespace gimbal::kernels
#endif

HWY_BEFORE_NAMESPACE();
namespace gimbal::kernels::HWY_NAMESPACE {
namespace {

struct ErfLanes {
  // x Q(x^2) near 0 (minimax, relative error 9e-9), 1 - 2 Phi(-sqrt(2) |x|) elsewhere
  HWY_INLINE ValueAndSlope both(Floats x) const {
    const Floats size = hn::Abs(x), square = hn::Mul(x, x);
    Floats q = hn::MulAdd(splat(-6.203254742e-4f), square, splat(5.032181251e-3f));
    q = hn::MulAdd(q, square, splat(-2.679146299e-2f));
    q = hn::MulAdd(q, square, splat(1.128245533e-1f));
    q = hn::MulAdd(q, square, splat(-3.761255046e-1f));
    const Floats near = hn::Mul(hn::MulAdd(q, square, splat(1.128379157f)), x);
    Floats tail, kernel;
    GeluLanes().distribution(hn::Mul(size, splat(-1.4142135624f)), tail, kernel);
    const Floats far = hn::NegMulAdd(tail, splat(2.0f), one());
    const Floats value = hn::IfThenElse(hn::Lt(size, splat(0.875f)), near, hn::CopySign(far, x));
    const auto lost = hn::IsNaN(x);  // to distribution(), NaN is a large number
    return {hn::IfThenElse(lost, x, value), hn::IfThenElse(lost, x, hn::Mul(kernel, splat(1.1283791671f)))};
  }
  HWY_INLINE Floats value(Floats x) const { return both(x).value; }
};

template <class Function, class X, class Y>
HWY_NOINLINE HWY_FLATTEN void forward_row(const X* x, int64_t d, const SquashParameters& p, Y* y) {
  const Floats alpha = splat(p.alpha), shift = splat(p.shift);
  const float *gain = p.gain, *bias = p.bias;
  fill(y, d, Store::kCached, [&](int64_t j, size_t count) HWY_ATTR {
    const Floats z = hn::MulAdd(lanes(x + j, count), alpha, shift);
    return hn::MulAdd(Function().value(z), lanes(gain + j, count), lanes(bias + j, count));
  });
}

template <class Function, bool kAffine, class Dy, class X, class Dx>
HWY_NOINLINE HWY_FLATTEN void backward_row(const Dy* dy, const X* x, int64_t d, const SquashParameters& p, Dx* dx, Write write, SquashSums& sums) {
  const Floats alpha = splat(p.alpha), shift = splat(p.shift);
  const float* gain = p.gain;
  float *dgain = sums.dgain, *dbias = sums.dbias;
  Floats dalpha = hn::Zero(FloatTag()), dshift = hn::Zero(FloatTag());
  each_vector(d, [&](int64_t j, size_t count) HWY_ATTR {
    const Floats v = lanes(x + j, count), g = lanes(dy + j, count);
    const ValueAndSlope s = Function().both(hn::MulAdd(v, alpha, shift));
    const Floats dz = hn::Mul(hn::Mul(g, lanes(gain + j, count)), s.slope);
    dalpha = hn::MulAdd(dz, v, dalpha);
    dshift = hn::Add(dshift, dz);
    if constexpr (kAffine) {
      put(hn::MulAdd(g, s.value, lanes(dgain + j, count)), dgain + j, count);
      put(hn::Add(lanes(dbias + j, count), g), dbias + j, count);
    }
    const Floats out = hn::Mul(dz, alpha);
    put(write == Write::kAdd ? hn::Add(out, lanes(dx + j, count)) : out, dx + j, count);
  });
  sums.dalpha += hn::GetLane(hn::SumOfLanes(FloatTag(), dalpha));
  sums.dshift += hn::GetLane(hn::SumOfLanes(FloatTag(), dshift));
}

/// Calls fn(pointer to row `begin`) with the type of the elements.
template <class Fn>
void with_rows(const Tensor& t, int64_t begin, const Fn& fn) {
  if (t.dtype() == DType::kBF16) return fn(t.data<BFloat16>() + begin * t.cols());
  fn(t.data<float>() + begin * t.cols());
}

void forward_rows(Squash kind, const Tensor& x_nd, int64_t begin, int64_t end, const SquashParameters& p, const Tensor& y_nd) {
  const int64_t d = x_nd.cols(), n = end - begin;
  with_rows(x_nd, begin, [&](auto* x) HWY_ATTR {
    with_rows(y_nd, begin, [&](auto* y) HWY_ATTR {
      for (int64_t i = 0; i < n; ++i) {
        if (kind == Squash::kTanh) forward_row<TanhLanes>(x + i * d, d, p, y + i * d);
        if (kind == Squash::kErf) forward_row<ErfLanes>(x + i * d, d, p, y + i * d);
      }
    });
  });
}

template <class Function>
void backward_rows_of(const Tensor& dy_nd, const Tensor& x_nd, int64_t begin, int64_t end, const SquashParameters& p, const Tensor& dx_nd,
                      Write write, SquashSums& sums) {
  const int64_t d = x_nd.cols(), n = end - begin;
  with_rows(dy_nd, begin, [&](auto* dy) HWY_ATTR {
    with_rows(x_nd, begin, [&](auto* x) HWY_ATTR {
      with_rows(dx_nd, begin, [&](auto* dx) HWY_ATTR {
        for (int64_t i = 0; i < n * d; i += d) {
          if (sums.dgain) backward_row<Function, true>(dy + i, x + i, d, p, dx + i, write, sums);
          if (!sums.dgain) backward_row<Function, false>(dy + i, x + i, d, p, dx + i, write, sums);
        }
      });
    });
  });
}

void backward_rows(Squash kind, const Tensor& dy_nd, const Tensor& x_nd, int64_t begin, int64_t end, const SquashParameters& p, const Tensor& dx_nd,
                   Write write, SquashSums& sums) {
  if (kind == Squash::kTanh) backward_rows_of<TanhLanes>(dy_nd, x_nd, begin, end, p, dx_nd, write, sums);
  if (kind == Squash::kErf) backward_rows_of<ErfLanes>(dy_nd, x_nd, begin, end, p, dx_nd, write, sums);
}

}  // namespace
}  // namespace gimbal::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gimbal::kernels {
namespace {

HWY_EXPORT(forward_rows);
HWY_EXPORT(backward_rows);

/// The parameters, with memory for those that are absent.
struct Filled {
  std::vector<float> ones, zeros;
  SquashParameters parameters;

  Filled(int64_t d, const Tensor& alpha, const Tensor& shift, const Tensor& gain, const Tensor& bias) {
    if (!gain.defined()) ones.assign(static_cast<size_t>(d), 1.0f);
    if (!bias.defined()) zeros.assign(static_cast<size_t>(d), 0.0f);
    parameters = {alpha.data<float>()[0], shift.defined() ? shift.data<float>()[0] : 0.0f, gain.defined() ? gain.data<float>() : ones.data(),
                  bias.defined() ? bias.data<float>() : zeros.data()};
  }
};

void forward(Squash kind, const Tensor& x_nd, const Tensor& alpha, const Tensor& shift, const Tensor& gain, const Tensor& bias, const Tensor& y_nd) {
  const Filled filled(x_nd.cols(), alpha, shift, gain, bias);
  parallel_for(x_nd.rows(), rows_for_a_piece(x_nd.cols()), [&](int64_t begin, int64_t end) {
    HWY_DYNAMIC_DISPATCH(forward_rows)(kind, x_nd, begin, end, filled.parameters, y_nd);
  });
}

void write_scalar(double sum, const Tensor& gradient, Write write) {
  if (!gradient.defined()) return;
  float& out = gradient.data<float>()[0];
  out = static_cast<float>((write == Write::kAdd ? out : 0.0) + sum);
}

void backward(Squash kind, const Tensor& dy_nd, const Tensor& x_nd, const Tensor& alpha, const Tensor& shift, const Tensor& gain, const Tensor& dx_nd,
              Write write, const SquashGradient& parameters) {
  const int64_t n = x_nd.rows(), d = x_nd.cols(), grain = rows_for_a_summed_piece(n, d);
  const Filled filled(d, alpha, shift, gain, {});
  const bool affine = parameters.dgain.defined() || parameters.dbias.defined();
  const PieceSums dgain(n, grain, d, affine), dbias(n, grain, d, affine);
  std::vector<SquashSums> sums(static_cast<size_t>((n + grain - 1) / grain));
  parallel_for(n, grain, [&](int64_t begin, int64_t end) {
    const int64_t piece = begin / grain;
    SquashSums& own = sums[static_cast<size_t>(piece)];
    own.dgain = dgain.of(piece);
    own.dbias = dbias.of(piece);
    HWY_DYNAMIC_DISPATCH(backward_rows)(kind, dy_nd, x_nd, begin, end, filled.parameters, dx_nd, write, own);
  });
  double dalpha = 0, dshift = 0;
  for (const SquashSums& s : sums) {
    dalpha += s.dalpha;
    dshift += s.dshift;
  }
  write_scalar(dalpha, parameters.dalpha, parameters.write);
  write_scalar(dshift, parameters.dshift, parameters.write);
  dgain.write(parameters.dgain, parameters.write);
  dbias.write(parameters.dbias, parameters.write);
}

}  // namespace

SquashKernels squash_cpu() { return {forward, backward}; }

}  // namespace gimbal::kernels
#endif
