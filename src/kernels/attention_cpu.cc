// The attention table of the CPU, and the parts of its kernels that need no SIMD.
#include "kernels/attention_cpu.h"

#include <cmath>
#include <cstdlib>
#include <memory>
#include <numbers>

#include "kernels/attention_passes.h"

namespace gimbal::kernels {

DistanceOffsets::DistanceOffsets(const AttentionSpec& spec, std::span<const Segment> segments, const DistanceBias& bias, int64_t padding)
    : heads_(spec.heads), reach_(bias ? bias.cols() / 2 : 0) {
  if (spec.alibi_slopes.empty() && !bias && spec.scale > 0) return;
  int64_t after = 0;
  for (const Segment& s : segments) {
    zero_ = std::max(zero_, s.kv_len);
    after = std::max(after, s.q_len);
  }
  width_ = zero_ + after + padding;
  values_.resize(static_cast<size_t>(spec.heads * width_));
  for (int64_t h = 0; h < spec.heads && !spec.alibi_slopes.empty(); ++h) {
    const double slope = spec.alibi_slopes[static_cast<size_t>(h)] * std::numbers::log2e;
    for (int64_t i = 0; i < width_; ++i) values_[static_cast<size_t>(h * width_ + i)] = static_cast<float>(slope * static_cast<double>(i - zero_));
  }
  for (int64_t h = 0; h < spec.heads && bias; ++h) {
    const float* row = bias.data<float>() + h * bias.cols() + reach_;
    for (int64_t i = 0; i < width_; ++i)
      values_[static_cast<size_t>(h * width_ + i)] = static_cast<float>(row[std::clamp(i - zero_, -reach_, reach_)] * std::numbers::log2e);
  }
}

void DistanceOffsets::add_to_bias(std::span<const double> sums, std::span<double> dbias) const {
  for (int64_t h = 0; h < heads_; ++h) {
    for (int64_t i = 0; i < width_; ++i)
      dbias[static_cast<size_t>(h * (2 * reach_ + 1) + reach_ + std::clamp(i - zero_, -reach_, reach_))] += sums[static_cast<size_t>(h * width_ + i)];
  }
}

namespace {

struct FreeMemory {
  void operator()(float* p) const { std::free(p); }
};
thread_local std::unique_ptr<float, FreeMemory> workspace;
thread_local int64_t workspace_floats = 0;

void check_columns(const Columns& c, DType dtype, int64_t width) {
  GIMBAL_ASSERT(c.tensor.defined() && c.tensor.dtype() == dtype && c.begin >= 0 && c.begin + width <= c.tensor.cols(), c.tensor.shape().to_string());
}

void check_attention(const AttentionSpec& spec, std::span<const Segment> segments, const Columns& q, const Columns& k, const Columns& v,
                     const DistanceBias& bias, const Tensor& o_nc) {
  const DType dtype = q.tensor.dtype();
  GIMBAL_ASSERT(dtype == DType::kF32 || dtype == DType::kBF16, name_of(dtype));
  GIMBAL_ASSERT(spec.kv_heads > 0 && spec.heads % spec.kv_heads == 0 && spec.head_width > 0, spec.heads, " heads, ", spec.kv_heads, " kv heads");
  GIMBAL_ASSERT(spec.alibi_slopes.empty() || static_cast<int64_t>(spec.alibi_slopes.size()) == spec.heads);
  GIMBAL_ASSERT(!bias || (spec.scale > 0 && spec.alibi_slopes.empty() && bias.rows() == spec.heads && bias.cols() % 2 == 1));
  GIMBAL_ASSERT(spec.dropout >= 0 && spec.dropout < 1, spec.dropout);
  check_columns(q, dtype, spec.heads * spec.head_width);
  check_columns(k, dtype, spec.kv_heads * spec.head_width);
  check_columns(v, dtype, spec.kv_heads * spec.head_width);
  GIMBAL_ASSERT(o_nc.dtype() == dtype && o_nc.cols() == spec.heads * spec.head_width && o_nc.rows() == q.tensor.rows(), o_nc.shape().to_string());
  for (const Segment& s : segments) {
    GIMBAL_ASSERT(s.q_begin >= 0 && s.q_len >= 0 && s.q_begin + s.q_len <= q.tensor.rows(), "queries ", s.q_begin, " + ", s.q_len);
    GIMBAL_ASSERT(s.kv_begin >= 0 && s.kv_len >= 0 && s.kv_begin + s.kv_len <= std::min(k.tensor.rows(), v.tensor.rows()), "keys ", s.kv_begin, " + ",
                  s.kv_len);
  }
}

void forward(const AttentionSpec& spec, std::span<const Segment> segments, const Columns& q, const Columns& k, const Columns& v,
             const DistanceBias& bias, const Tensor& o_nc, const Tensor& softmax, AttentionHealth* health) {
  check_attention(spec, segments, q, k, v, bias, o_nc);
  GIMBAL_ASSERT(!softmax.defined() || softmax.elements() == 2 * q.tensor.rows() * spec.heads, softmax.shape().to_string());
  attention_forward_cpu({spec, segments, q, k, v, bias, o_nc, softmax, health});
}

void backward(const AttentionSpec& spec, std::span<const Segment> segments, const Columns& q, const Columns& k, const Columns& v,
              const DistanceBias& bias, const Tensor& o_nc, const Tensor& softmax, const Tensor& do_nc, const Columns& dq, const Columns& dk,
              const Columns& dv, const DistanceBias& dbias) {
  check_attention(spec, segments, q, k, v, bias, o_nc);
  check_attention(spec, segments, dq, dk, dv, dbias, do_nc);
  GIMBAL_ASSERT(!bias || dbias.shape() == bias.shape());
  GIMBAL_ASSERT(dq.tensor.dtype() == q.tensor.dtype() && softmax.elements() == 2 * q.tensor.rows() * spec.heads, softmax.shape().to_string());
  attention_backward_cpu({spec, segments, q, k, v, bias, o_nc, softmax, do_nc, dq, dk, dv, dbias});
}

}  // namespace

Workspace::Workspace(int64_t floats) {
  if (floats > workspace_floats) {
    workspace.reset();
    workspace.reset(static_cast<float*>(std::aligned_alloc(64, static_cast<size_t>(padded(floats)) * sizeof(float))));
    if (!workspace) fail("out of memory: attention needs ", floats * 4 / 1000000, " MB more for each thread; a shorter context needs less");
    workspace_floats = floats;
  }
  next_ = workspace.get();
  end_ = next_ + floats;
}

float* Workspace::take(int64_t floats) {
  float* piece = next_;
  next_ += padded(floats);
  GIMBAL_ASSERT(next_ <= end_);
  return piece;
}

AttentionKernels attention_cpu() { return {forward, backward}; }

}  // namespace gimbal::kernels
