// BatchNorm with run-time dispatch: pieces of rows that fit the cache are reduced by themselves, then put together in order.
#include "kernels/batch_norm.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/threads.h"
#include "kernels/piece_sums.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/batch_norm_cpu.cc"
#include "kernels/simd_targets.h"
//
#include "hwy/foreach_target.h"
//
#include "kernels/simd_lanes-inl.h"

#ifndef GIMBAL_KERNELS_BATCH_NORM_CPU_ONCE_
#define GIMBAL_KERNELS_BATCH_NORM_CPU_ONCE_
namespace gimbal::kernels {

/// What is needed of each channel, [d] each.
struct Channels {
  std::vector<float> inverse;  // 1 / sqrt(var + eps)
  std::vector<float> scale;    // gain * inverse
  const float* mean = nullptr;
};

/// dx = scale * dy - shared - (x - mean) * along, [d] each.
struct Corrections {
  std::vector<float> shared, along;
};

/// Rows [begin, end) of a matrix.
struct RowRange {
  int64_t begin = 0, end = 0;
};

}  // namespace gimbal::kernels
#endif

HWY_BEFORE_NAMESPACE();
namespace gimbal::kernels::HWY_NAMESPACE {
namespace {

/// Calls fn(pointer to row `begin`) with the type of the elements.
template <class Fn>
void with_rows(const Tensor& t, int64_t begin, const Fn& fn) {
  if (t.dtype() == DType::kBF16) return fn(t.data<BFloat16>() + begin * t.cols());
  fn(t.data<float>() + begin * t.cols());
}

template <class X>
HWY_NOINLINE HWY_FLATTEN void add_row(const X* x, int64_t d, float* sum) {
  each_vector(d, [&](int64_t j, size_t count) HWY_ATTR { put(hn::Add(lanes(sum + j, count), lanes(x + j, count)), sum + j, count); });
}

/// Adds x - mean and its square to the sums.
template <class X>
HWY_NOINLINE HWY_FLATTEN void add_centred_row(const X* x, int64_t d, const float* mean, float* sum_c, float* sum_cc) {
  each_vector(d, [&](int64_t j, size_t count) HWY_ATTR {
    const Floats c = hn::Sub(lanes(x + j, count), lanes(mean + j, count));
    put(hn::Add(lanes(sum_c + j, count), c), sum_c + j, count);
    put(hn::MulAdd(c, c, lanes(sum_cc + j, count)), sum_cc + j, count);
  });
}

/// The piece's mean (rounded), and around it the sums of differences and of their squares; [d] each, the sums begin at zero.
void piece_moments(const Tensor& x_nd, RowRange rows, float* mean, float* sum_c, float* sum_cc) {
  const int64_t d = x_nd.cols(), n = rows.end - rows.begin;
  with_rows(x_nd, rows.begin, [&](auto* x) HWY_ATTR {
    std::fill(mean, mean + d, 0.0f);
    for (int64_t i = 0; i < n; ++i) add_row(x + i * d, d, mean);
    for (int64_t j = 0; j < d; ++j) mean[j] /= static_cast<float>(n);
    for (int64_t i = 0; i < n; ++i) add_centred_row(x + i * d, d, mean, sum_c, sum_cc);
  });
}

template <class X, class Y>
HWY_NOINLINE HWY_FLATTEN void apply_row(const X* x, int64_t d, const Channels& c, const float* bias, Y* y) {
  const float *mean = c.mean, *scale = c.scale.data();
  fill(y, d, Store::kCached, [&](int64_t j, size_t count) HWY_ATTR {
    return hn::MulAdd(hn::Sub(lanes(x + j, count), lanes(mean + j, count)), lanes(scale + j, count), lanes(bias + j, count));
  });
}

void apply_rows(const Tensor& x_nd, RowRange rows, const Channels& c, const float* bias, const Tensor& y_nd) {
  const int64_t d = x_nd.cols(), n = rows.end - rows.begin;
  with_rows(x_nd, rows.begin, [&](auto* x) HWY_ATTR {
    with_rows(y_nd, rows.begin, [&](auto* y) HWY_ATTR {
      for (int64_t i = 0; i < n; ++i) apply_row(x + i * d, d, c, bias, y + i * d);
    });
  });
}

/// Adds dy * xhat and dy to the sums.
template <class Dy, class X>
HWY_NOINLINE HWY_FLATTEN void add_gradient_row(const Dy* dy, const X* x, int64_t d, const Channels& c, float* dgain, float* dbias) {
  const float *mean = c.mean, *inverse = c.inverse.data();
  each_vector(d, [&](int64_t j, size_t count) HWY_ATTR {
    const Floats v = lanes(dy + j, count);
    const Floats xhat = hn::Mul(hn::Sub(lanes(x + j, count), lanes(mean + j, count)), lanes(inverse + j, count));
    put(hn::MulAdd(v, xhat, lanes(dgain + j, count)), dgain + j, count);
    put(hn::Add(lanes(dbias + j, count), v), dbias + j, count);
  });
}

void add_gradient_rows(const Tensor& dy_nd, const Tensor& x_nd, RowRange rows, const Channels& c, float* dgain, float* dbias) {
  const int64_t d = x_nd.cols(), n = rows.end - rows.begin;
  with_rows(dy_nd, rows.begin, [&](auto* dy) HWY_ATTR {
    with_rows(x_nd, rows.begin, [&](auto* x) HWY_ATTR {
      for (int64_t i = 0; i < n; ++i) add_gradient_row(dy + i * d, x + i * d, d, c, dgain, dbias);
    });
  });
}

template <class Dy, class X, class Dx>
HWY_NOINLINE HWY_FLATTEN void write_gradient_row(const Dy* dy, const X* x, int64_t d, const Channels& c, const Corrections& k, Dx* dx, Write write) {
  const float *mean = c.mean, *scale = c.scale.data(), *shared = k.shared.data(), *along = k.along.data();
  const bool add = write == Write::kAdd;
  fill(dx, d, Store::kCached, [&](int64_t j, size_t count) HWY_ATTR {
    const Floats centred = hn::Sub(lanes(x + j, count), lanes(mean + j, count));
    const Floats rest = hn::NegMulAdd(centred, lanes(along + j, count), hn::Neg(lanes(shared + j, count)));
    const Floats v = hn::MulAdd(lanes(dy + j, count), lanes(scale + j, count), rest);
    return add ? hn::Add(v, lanes(dx + j, count)) : v;
  });
}

void write_gradient_rows(const Tensor& dy_nd, const Tensor& x_nd, RowRange rows, const Channels& c, const Corrections& k, const Tensor& dx_nd,
                         Write write) {
  const int64_t d = x_nd.cols(), n = rows.end - rows.begin;
  with_rows(dy_nd, rows.begin, [&](auto* dy) HWY_ATTR {
    with_rows(x_nd, rows.begin, [&](auto* x) HWY_ATTR {
      with_rows(dx_nd, rows.begin, [&](auto* dx) HWY_ATTR {
        for (int64_t i = 0; i < n; ++i) write_gradient_row(dy + i * d, x + i * d, d, c, k, dx + i * d, write);
      });
    });
  });
}

}  // namespace
}  // namespace gimbal::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gimbal::kernels {
namespace {

HWY_EXPORT(piece_moments);
HWY_EXPORT(apply_rows);
HWY_EXPORT(add_gradient_rows);
HWY_EXPORT(write_gradient_rows);

Channels channels_of(double eps, const Tensor& mean_d, const Tensor& var_d, const Tensor& gain) {
  const auto d = static_cast<size_t>(mean_d.elements());
  Channels c{std::vector<float>(d), std::vector<float>(d), mean_d.data<float>()};
  for (size_t j = 0; j < d; ++j) {
    const double inverse = 1 / std::sqrt(var_d.data<float>()[j] + eps);
    c.inverse[j] = static_cast<float>(inverse);
    c.scale[j] = static_cast<float>(inverse * (gain.defined() ? gain.data<float>()[j] : 1.0f));
  }
  return c;
}

void statistics(const Tensor& x_nd, const Tensor& mean_d, const Tensor& var_d) {
  const int64_t n = x_nd.rows(), d = x_nd.cols(), grain = rows_for_a_summed_piece(n, d), pieces = (n + grain - 1) / grain;
  const Tensor means({pieces, d}, DType::kF32), sums_c = Tensor::zeros({pieces, d}, DType::kF32), sums_cc = Tensor::zeros({pieces, d}, DType::kF32);
  float *mean = means.data<float>(), *c = sums_c.data<float>(), *cc = sums_cc.data<float>();
  parallel_for(n, grain, [&](int64_t begin, int64_t end) {
    const int64_t at = begin / grain * d;
    HWY_DYNAMIC_DISPATCH(piece_moments)(x_nd, {begin, end}, mean + at, c + at, cc + at);
  });
  // Pieces join one after the other by Chan, Golub and LeVeque's formula, in double.
  for (int64_t j = 0; j < d; ++j) {
    double total = 0, total_mean = 0, total_squares = 0;
    for (int64_t p = 0, at = j; p < pieces; ++p, at += d) {
      const double rows = static_cast<double>(std::min(grain, n - p * grain));
      const double residue = c[at] / rows, piece_mean = mean[at] + residue;
      const double apart = piece_mean - total_mean;
      total_squares += std::max(0.0, cc[at] - c[at] * residue) + apart * apart * total * rows / (total + rows);
      total += rows;
      total_mean += apart * rows / total;
    }
    mean_d.data<float>()[j] = static_cast<float>(total_mean);
    var_d.data<float>()[j] = static_cast<float>(total_squares / total);
  }
}

void apply(double eps, const Tensor& x_nd, const Tensor& mean_d, const Tensor& var_d, const Tensor& gain, const Tensor& bias, const Tensor& y_nd) {
  const int64_t d = x_nd.cols();
  const Channels c = channels_of(eps, mean_d, var_d, gain);
  const std::vector<float> zeros(bias.defined() ? 0 : static_cast<size_t>(d));
  const float* biases = bias.defined() ? bias.data<float>() : zeros.data();
  parallel_for(x_nd.rows(), rows_for_a_piece(d), [&](int64_t begin, int64_t end) {
    HWY_DYNAMIC_DISPATCH(apply_rows)(x_nd, {begin, end}, c, biases, y_nd);
  });
}

/// Sums over rows of dy * xhat and of dy, [d] each.
struct GradientSums {
  Tensor dy_xhat, dy;
};

GradientSums gradient_sums(const Tensor& dy_nd, const Tensor& x_nd, const Channels& c) {
  const int64_t n = x_nd.rows(), d = x_nd.cols(), grain = rows_for_a_summed_piece(n, d);
  const PieceSums dgain(n, grain, d, true), dbias(n, grain, d, true);
  parallel_for(n, grain, [&](int64_t begin, int64_t end) {
    HWY_DYNAMIC_DISPATCH(add_gradient_rows)(dy_nd, x_nd, {begin, end}, c, dgain.of(begin / grain), dbias.of(begin / grain));
  });
  const GradientSums sums{Tensor({d}, DType::kF32), Tensor({d}, DType::kF32)};
  dgain.write(sums.dy_xhat, Write::kReplace);
  dbias.write(sums.dy, Write::kReplace);
  return sums;
}

void write_sum(const Tensor& sum, const Tensor& gradient, Write write) {
  if (!gradient.defined()) return;
  float* out = gradient.data<float>();
  for (int64_t j = 0; j < sum.elements(); ++j) out[j] = (write == Write::kAdd ? out[j] : 0.0f) + sum.data<float>()[j];
}

void write_gradients(const Tensor& dy_nd, const Tensor& x_nd, const Channels& c, const Corrections& k, const Tensor& dx_nd, Write write) {
  parallel_for(x_nd.rows(), rows_for_a_piece(x_nd.cols()), [&](int64_t begin, int64_t end) {
    HWY_DYNAMIC_DISPATCH(write_gradient_rows)(dy_nd, x_nd, {begin, end}, c, k, dx_nd, write);
  });
}

void backward(double eps, const Tensor& dy_nd, const Tensor& x_nd, const Tensor& mean_d, const Tensor& var_d, const Tensor& gain, const Tensor& dx_nd,
              Write write, const AffineGradient& affine) {
  const auto d = static_cast<size_t>(x_nd.cols());
  const double n = static_cast<double>(x_nd.rows());
  const Channels c = channels_of(eps, mean_d, var_d, gain);
  const GradientSums sums = gradient_sums(dy_nd, x_nd, c);
  Corrections k{std::vector<float>(d), std::vector<float>(d)};
  for (size_t j = 0; j < d; ++j) {
    k.shared[j] = static_cast<float>(c.scale[j] * (sums.dy.data<float>()[j] / n));
    k.along[j] = static_cast<float>(c.scale[j] * (sums.dy_xhat.data<float>()[j] / n) * c.inverse[j]);
  }
  write_gradients(dy_nd, x_nd, c, k, dx_nd, write);
  write_sum(sums.dy_xhat, affine.dgain, affine.write);
  write_sum(sums.dy, affine.dbias, affine.write);
}

void backward_eval(double eps, const Tensor& dy_nd, const Tensor& x_nd, const Tensor& mean_d, const Tensor& var_d, const Tensor& gain,
                   const Tensor& dx_nd, Write write, const AffineGradient& affine) {
  const auto d = static_cast<size_t>(x_nd.cols());
  const Channels c = channels_of(eps, mean_d, var_d, gain);
  if (affine.dgain.defined() || affine.dbias.defined()) {  // before dx, which may lie where dy does
    const GradientSums sums = gradient_sums(dy_nd, x_nd, c);
    write_sum(sums.dy_xhat, affine.dgain, affine.write);
    write_sum(sums.dy, affine.dbias, affine.write);
  }
  write_gradients(dy_nd, x_nd, c, Corrections{std::vector<float>(d), std::vector<float>(d)}, dx_nd, write);
}

}  // namespace

BatchNormKernels batch_norm_cpu() { return {statistics, apply, backward, backward_eval}; }

}  // namespace gimbal::kernels
#endif
