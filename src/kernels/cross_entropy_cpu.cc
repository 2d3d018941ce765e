// Softmax cross-entropy with run-time dispatch: each row is read twice, in pieces that stay in the first cache.
#include "kernels/cross_entropy.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "core/threads.h"
#include "kernels/simd_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cross_entropy_cpu.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
#include "kernels/simd_exp-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gimbal::kernels::HWY_NAMESPACE {
namespace {

constexpr float kMinusInfinity = -std::numeric_limits<float>::infinity();

float largest(const float* x, int64_t n) {
  Floats top = splat(kMinusInfinity);
  each_vector(n, [&](int64_t i, size_t count) HWY_ATTR {
    const Floats v = count == lane_count() ? lanes(x + i) : hn::IfThenElse(hn::FirstN(FloatTag(), count), lanes(x + i, count), top);
    top = hn::Max(top, v);
  });
  return hn::GetLane(hn::MaxOfLanes(FloatTag(), top));
}

/// sum over v of e^(x_v - top), and of x_v
struct RowSums {
  float top = kMinusInfinity;
  double exponentials = 0, values = 0;
  double log_sum_exp() const { return top + std::log(exponentials); }
};

// Online (arXiv:1805.02867), by pieces of 8 KiB: a larger piece maximum rescales what was summed before it.
RowSums row_sums(const float* x, int64_t v) {
  constexpr int64_t kPiece = 2048;
  RowSums sums;
  for (int64_t begin = 0; begin < v; begin += kPiece) {
    const int64_t size = std::min(kPiece, v - begin);
    const float piece_top = largest(x + begin, size);
    if (piece_top > sums.top) {
      sums.exponentials *= std::exp(static_cast<double>(sums.top) - piece_top);
      sums.top = piece_top;
    }
    const Floats shift = splat(sums.top == kMinusInfinity ? 0.0f : sums.top);
    Floats exponentials = hn::Zero(FloatTag()), values = exponentials;
    each_vector(size, [&](int64_t i, size_t count) HWY_ATTR {
      const Floats value = lanes(x + begin + i, count);
      Floats e = exp(hn::Sub(value, shift));
      if (count < lane_count()) e = hn::IfThenElseZero(hn::FirstN(FloatTag(), count), e);
      exponentials = hn::Add(exponentials, e);
      values = hn::Add(values, value);
    });
    sums.exponentials += hn::GetLane(hn::SumOfLanes(FloatTag(), exponentials));
    sums.values += hn::GetLane(hn::SumOfLanes(FloatTag(), values));
  }
  return sums;
}

/// dx_v = factor e^(x_v - top) - base
template <class To>
void write_gradient(const float* x, int64_t v, float top, float factor, float base, To* dx) {
  each_vector(v, [&](int64_t i, size_t count) HWY_ATTR {
    const Floats e = exp(hn::Sub(lanes(x + i, count), splat(top)));
    put(hn::MulSub(e, splat(factor), splat(base)), dx + i, count);
  });
}

void store(double value, float* to) { *to = static_cast<float>(value); }
void store(double value, BFloat16* to) { *to = BFloat16::from(static_cast<float>(value)); }

/// One row; `dloss` is the factor of the whole gradient, dx null when no gradient is wanted.
template <class To>
void row(const CrossEntropySpec& spec, const float* x, int64_t v, int32_t target, double dloss, float& loss, float& lse, To* dx) {
  if (target < 0) {
    loss = lse = 0;
    if (dx) std::memset(dx, 0, static_cast<size_t>(v) * sizeof(To));
    return;
  }
  const double s = spec.label_smoothing, z = spec.z_loss, target_logit = x[target];
  const RowSums sums = row_sums(x, v);
  const double log_sum = sums.log_sum_exp(), mean = s == 0 ? 0 : sums.values / static_cast<double>(v);
  lse = static_cast<float>(log_sum);
  loss = static_cast<float>((1 - s) * (log_sum - target_logit) + (s == 0 ? 0 : s * (log_sum - mean)) + z * log_sum * log_sum);
  if (!dx) return;
  const double factor = dloss * (1 + 2 * z * log_sum) / sums.exponentials, base = dloss * s / static_cast<double>(v);
  write_gradient(x, v, sums.top, static_cast<float>(factor), static_cast<float>(base), dx);
  store(factor * std::exp(target_logit - sums.top) - base - dloss * (1 - s), dx + target);
}

template <class To>
void rows_to(const CrossEntropySpec& spec, const Tensor& logits_nv, const Tensor& targets_n, const Tensor& weights_n, double scale,
             const Tensor& loss_n, const Tensor& lse_n, To* dlogits) {
  const int64_t v = logits_nv.cols();
  const float *logits = logits_nv.data<float>(), *weights = weights_n ? weights_n.data<float>() : nullptr;
  const int32_t* targets = targets_n.data<int32_t>();
  float *loss = loss_n.data<float>(), *lse = lse_n.data<float>();
  parallel_for(targets_n.elements(), std::max<int64_t>(1, 8192 / v), [=](int64_t begin, int64_t end) HWY_ATTR {
    for (int64_t i = begin; i < end; ++i) {
      row(spec, logits + i * v, v, targets[i], scale * (weights ? weights[i] : 1.0f), loss[i], lse[i], dlogits ? dlogits + i * v : nullptr);
    }
  });
}

void rows(const CrossEntropySpec& spec, const Tensor& logits_nv, const Tensor& targets_n, const Tensor& weights_n, double scale, const Tensor& loss_n,
          const Tensor& lse_n, const Tensor& dlogits_nv) {
  if (dlogits_nv && dlogits_nv.dtype() == DType::kBF16) {
    return rows_to(spec, logits_nv, targets_n, weights_n, scale, loss_n, lse_n, dlogits_nv.data<BFloat16>());
  }
  rows_to(spec, logits_nv, targets_n, weights_n, scale, loss_n, lse_n, dlogits_nv ? dlogits_nv.data<float>() : nullptr);
}

/// Sums of one row of a student (x) and its teacher (y): of e^((x - top) / T), of e^((y - top) / T), and of the latter times the difference of the
/// two exponents.
struct SoftSums {
  float top_x, top_y;
  double student = 0, teacher = 0, difference = 0;
  double divergence() const { return difference / teacher - std::log(teacher) + std::log(student); }
};

SoftSums soft_sums(const float* x, const float* y, int64_t v, float one_over_t) {
  constexpr int64_t kPiece = 2048;  // what f32 lanes add up before doubles take over
  SoftSums sums{.top_x = largest(x, v), .top_y = largest(y, v)};
  const Floats top_x = splat(sums.top_x), top_y = splat(sums.top_y), factor = splat(one_over_t);
  for (int64_t begin = 0; begin < v; begin += kPiece) {
    Floats student = hn::Zero(FloatTag()), teacher = student, difference = student;
    each_vector(std::min(kPiece, v - begin), [&](int64_t i, size_t count) HWY_ATTR {
      const Floats a = hn::Mul(hn::Sub(lanes(x + begin + i, count), top_x), factor), b = hn::Mul(hn::Sub(lanes(y + begin + i, count), top_y), factor);
      const auto inside = hn::FirstN(FloatTag(), count);
      const Floats q = hn::IfThenElseZero(inside, exp(b));
      student = hn::Add(student, hn::IfThenElseZero(inside, exp(a)));
      teacher = hn::Add(teacher, q);
      // What the teacher rules out has no say, even where a logit is -infinity.
      difference = hn::Add(difference, hn::IfThenZeroElse(hn::Eq(q, hn::Zero(FloatTag())), hn::Mul(q, hn::Sub(b, a))));
    });
    sums.student += hn::GetLane(hn::SumOfLanes(FloatTag(), student));
    sums.teacher += hn::GetLane(hn::SumOfLanes(FloatTag(), teacher));
    sums.difference += hn::GetLane(hn::SumOfLanes(FloatTag(), difference));
  }
  return sums;
}

/// dx_v = dloss T (p_v - q_v); dx may be y.
void write_soft_gradient(const float* x, const float* y, int64_t v, const SoftSums& sums, float t, double dloss, float* dx) {
  const Floats top_x = splat(sums.top_x), top_y = splat(sums.top_y), factor = splat(1 / t);
  const Floats p = splat(static_cast<float>(dloss * t / sums.student)), q = splat(static_cast<float>(dloss * t / sums.teacher));
  each_vector(v, [&](int64_t i, size_t count) HWY_ATTR {
    const Floats a = hn::Mul(hn::Sub(lanes(x + i, count), top_x), factor), b = hn::Mul(hn::Sub(lanes(y + i, count), top_y), factor);
    put(hn::MulSub(exp(a), p, hn::Mul(exp(b), q)), dx + i, count);
  });
}

void soft_rows(double temperature, const Tensor& logits_nv, const Tensor& teacher_nv, const Tensor& targets_n, const Tensor& weights_n, double scale,
               const Tensor& loss_n, const Tensor& dlogits_nv) {
  const int64_t v = logits_nv.cols();
  const auto t = static_cast<float>(temperature);
  const float *logits = logits_nv.data<float>(), *teacher = teacher_nv.data<float>(), *weights = weights_n ? weights_n.data<float>() : nullptr;
  const int32_t* targets = targets_n.data<int32_t>();
  float *loss = loss_n.data<float>(), *dlogits = dlogits_nv ? dlogits_nv.data<float>() : nullptr;
  parallel_for(targets_n.elements(), std::max<int64_t>(1, 4096 / v), [=](int64_t begin, int64_t end) HWY_ATTR {
    for (int64_t i = begin; i < end; ++i) {
      if (targets[i] < 0) {
        loss[i] = 0;
        if (dlogits) std::memset(dlogits + i * v, 0, static_cast<size_t>(v) * sizeof(float));
        continue;
      }
      const SoftSums sums = soft_sums(logits + i * v, teacher + i * v, v, 1 / t);
      loss[i] = static_cast<float>(temperature * temperature * sums.divergence());
      if (dlogits) write_soft_gradient(logits + i * v, teacher + i * v, v, sums, t, scale * (weights ? weights[i] : 1.0f), dlogits + i * v);
    }
  });
}

void log_probabilities(const Tensor& logits_nv, const Tensor& targets_n, const Tensor& logp_n) {
  const int64_t v = logits_nv.cols();
  const float* logits = logits_nv.data<float>();
  const int32_t* targets = targets_n.data<int32_t>();
  float* logp = logp_n.data<float>();
  parallel_for(targets_n.elements(), std::max<int64_t>(1, 8192 / v), [=](int64_t begin, int64_t end) HWY_ATTR {
    for (int64_t i = begin; i < end; ++i) {
      const float* x = logits + i * v;
      logp[i] = targets[i] < 0 ? 0.0f : static_cast<float>(x[targets[i]] - row_sums(x, v).log_sum_exp());
    }
  });
}

}  // namespace
}  // namespace gimbal::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gimbal::kernels {
namespace {

HWY_EXPORT(rows);
HWY_EXPORT(soft_rows);
HWY_EXPORT(log_probabilities);

void check(const Tensor& logits_nv, const Tensor& targets_n) {
  const int64_t v = logits_nv.cols();
  GIMBAL_ASSERT(logits_nv.elements() == targets_n.elements() * v, logits_nv.shape().to_string(), " for ", targets_n.elements(), " targets");
  for (int64_t i = 0; i < targets_n.elements(); ++i) GIMBAL_ASSERT(targets_n.data<int32_t>()[i] < v, "target beyond ", v, " classes");
}

void rows_cpu(const CrossEntropySpec& spec, const Tensor& logits_nv, const Tensor& targets_n, const Tensor& weights_n, double scale,
              const Tensor& loss_n, const Tensor& lse_n, const Tensor& dlogits_nv) {
  check(logits_nv, targets_n);
  if (logits_nv.elements() == 0) return;
  HWY_DYNAMIC_DISPATCH(rows)(spec, logits_nv, targets_n, weights_n, scale, loss_n, lse_n, dlogits_nv);
}

void soft_rows_cpu(double temperature, const Tensor& logits_nv, const Tensor& teacher_nv, const Tensor& targets_n, const Tensor& weights_n,
                   double scale, const Tensor& loss_n, const Tensor& dlogits_nv) {
  check(logits_nv, targets_n);
  GIMBAL_ASSERT(teacher_nv.shape() == logits_nv.shape(), teacher_nv.shape().to_string(), " teaches ", logits_nv.shape().to_string());
  if (logits_nv.elements() == 0) return;
  HWY_DYNAMIC_DISPATCH(soft_rows)(temperature, logits_nv, teacher_nv, targets_n, weights_n, scale, loss_n, dlogits_nv);
}

void log_probabilities_cpu(const Tensor& logits_nv, const Tensor& targets_n, const Tensor& logp_n) {
  check(logits_nv, targets_n);
  if (logits_nv.elements() > 0) HWY_DYNAMIC_DISPATCH(log_probabilities)(logits_nv, targets_n, logp_n);
}

}  // namespace

CrossEntropyKernels cross_entropy_cpu() { return {rows_cpu, soft_rows_cpu, log_probabilities_cpu}; }

}  // namespace gimbal::kernels
#endif
