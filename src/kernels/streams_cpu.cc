// Mixtures of streams with run-time dispatch, a token's rows staying in the nearest cache; Sinkhorn's few numbers a token in double.
#include "kernels/streams.h"

#include <algorithm>

#include "core/threads.h"
#include "kernels/simd_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/streams_cpu.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
#include "kernels/simd_lanes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gimbal::kernels::HWY_NAMESPACE {
namespace {

constexpr int64_t kPieceElements = 16384;
int64_t tokens_a_piece(int64_t rows, int64_t d) { return std::max<int64_t>(1, kPieceElements / std::max<int64_t>(1, rows * d)); }

/// to (= or +=) sum over r of weight[r * weight_step] from[r], rows of d.
void sum_rows(int64_t rows, int64_t d, const float* weight, int64_t weight_step, const float* from, float* to, Write write) {
  each_vector(d, [=](int64_t k, size_t count) HWY_ATTR {
    Floats sum = write == Write::kAdd ? lanes(to + k, count) : splat(0);
    for (int64_t r = 0; r < rows; ++r) sum = hn::MulAdd(splat(weight[r * weight_step]), lanes(from + r * d + k, count), sum);
    put(sum, to + k, count);
  });
}

float dot(int64_t d, const float* a, const float* b) {
  Floats sum = splat(0);
  each_vector(d, [&](int64_t k, size_t count) HWY_ATTR { sum = hn::MulAdd(lanes(a + k, count), lanes(b + k, count), sum); });
  return hn::GetLane(hn::SumOfLanes(FloatTag(), sum));
}

void mix(int64_t n, int64_t sources, int64_t targets, int64_t d, const float* c, const float* x, float* y, Write write) {
  parallel_for(n, tokens_a_piece(sources + targets, d), [=](int64_t begin, int64_t end) HWY_ATTR {
    for (int64_t t = begin; t < end; ++t)
      for (int64_t i = 0; i < targets; ++i)
        sum_rows(sources, d, c + t * sources * targets + i, targets, x + t * sources * d, y + (t * targets + i) * d, write);
  });
}

void mix_backward(int64_t n, int64_t sources, int64_t targets, int64_t d, const float* dy, const float* c, const float* x, float* dc, float* dx) {
  parallel_for(n, tokens_a_piece(sources + targets, d), [=](int64_t begin, int64_t end) HWY_ATTR {
    for (int64_t t = begin; t < end; ++t) {
      const float *c_t = c + t * sources * targets, *dy_t = dy + t * targets * d, *x_t = x + t * sources * d;
      for (int64_t j = 0; j < sources; ++j) {
        if (dx) sum_rows(targets, d, c_t + j * targets, 1, dy_t, dx + (t * sources + j) * d, Write::kReplace);
        for (int64_t i = 0; dc && i < targets; ++i) dc[(t * sources + j) * targets + i] = dot(d, dy_t + i * d, x_t + j * d);
      }
    }
  });
}

}  // namespace
}  // namespace gimbal::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include "kernels/streams_ref.h"

namespace gimbal::kernels {
namespace {

HWY_EXPORT(mix);
HWY_EXPORT(mix_backward);

float* floats(const Tensor& t) { return t ? t.data<float>() : nullptr; }

void mix_cpu(int64_t sources, const Tensor& c_nji, const Tensor& x_nsd, const Tensor& y_nsd, Write write) {
  const int64_t n = x_nsd.rows() / sources, targets = n > 0 ? y_nsd.rows() / n : 0;
  GIMBAL_ASSERT(c_nji.elements() == n * sources * targets && x_nsd.cols() == y_nsd.cols());
  HWY_DYNAMIC_DISPATCH(mix)(n, sources, targets, x_nsd.cols(), floats(c_nji), floats(x_nsd), floats(y_nsd), write);
}

void mix_backward_cpu(int64_t sources, const Tensor& dy_nsd, const Tensor& c_nji, const Tensor& x_nsd, const Tensor& dc_nji, const Tensor& dx_nsd) {
  const int64_t n = x_nsd.rows() / sources, targets = n > 0 ? dy_nsd.rows() / n : 0;
  HWY_DYNAMIC_DISPATCH(mix_backward)(n, sources, targets, x_nsd.cols(), floats(dy_nsd), floats(c_nji), floats(x_nsd), floats(dc_nji), floats(dx_nsd));
}

/// Calls fn(token's doubles of each tensor, result) and stores the result.
template <class F>
void each_matrix(int64_t size, std::initializer_list<const Tensor*> from, const Tensor& to, const F& fn) {
  parallel_for(to.elements() / size, 64, [&, from](int64_t begin, int64_t end) {
    std::vector<std::vector<double>> in(from.size());
    std::vector<double> out(static_cast<size_t>(size));
    for (int64_t t = begin; t < end; ++t) {
      size_t k = 0;
      for (const Tensor* tensor : from) in[k++].assign(tensor->data<float>() + t * size, tensor->data<float>() + (t + 1) * size);
      fn(in, std::span<double>(out));
      std::copy(out.begin(), out.end(), to.data<float>() + t * size);
    }
  });
}

void sinkhorn_cpu(int64_t iterations, int64_t s, const Tensor& x_nss, const Tensor& y_nss) {
  each_matrix(s * s, {&x_nss}, y_nss, [=](const auto& in, std::span<double> out) { ref::sinkhorn<double>(iterations, s, in[0], out); });
}

void sinkhorn_backward_cpu(int64_t iterations, int64_t s, const Tensor& dy_nss, const Tensor& x_nss, const Tensor& dx_nss) {
  each_matrix(s * s, {&dy_nss, &x_nss}, dx_nss,
              [=](const auto& in, std::span<double> out) { ref::sinkhorn_vjp<double>(iterations, s, in[0], in[1], out); });
}

}  // namespace

StreamKernels streams_cpu() { return {mix_cpu, mix_backward_cpu, sinkhorn_cpu, sinkhorn_backward_cpu}; }

}  // namespace gimbal::kernels
#endif
