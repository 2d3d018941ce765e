// Attention by its definition, head by head in double, for tensors of any float type.
#include <vector>

#include "kernels/attention.h"
#include "kernels/attention_ref.h"
#include "kernels/reference_values.h"

namespace gimbal::kernels {
namespace {

using Values = std::vector<double>;

ref::AttentionHead head_of(const AttentionSpec& spec, const Segment& segment, int64_t head, const DistanceBias& bias) {
  return {.queries = segment.q_len,
          .keys = segment.kv_len,
          .width = spec.head_width,
          .scale = spec.scale,
          .slope = spec.alibi_slopes.empty() ? 0.0 : spec.alibi_slopes[static_cast<size_t>(head)],
          .mask = spec.mask,
          .window = spec.window,
          .prefix = segment.prefix,
          .dropout = spec.dropout,
          .dropout_key = spec.dropout_key,
          .first_row = segment.q_begin,
          .head = head,
          .reach = bias ? bias.cols() / 2 : 0};
}

/// One head's elements of some rows, within the values of a whole tensor.
struct Window {
  int64_t stride, begin, rows, width;

  Window(const Tensor& t, int64_t column, int64_t row, int64_t rows, int64_t width)
      : stride(t.cols()), begin(row * t.cols() + column), rows(rows), width(width) {}

  Values read(const Values& whole) const {
    Values part;
    for (int64_t r = 0; r < rows; ++r) part.insert(part.end(), whole.begin() + begin + r * stride, whole.begin() + begin + r * stride + width);
    return part;
  }
  void write(const Values& part, Values& whole) const {
    for (int64_t r = 0; r < rows; ++r) std::copy(part.begin() + r * width, part.begin() + (r + 1) * width, whole.begin() + begin + r * stride);
  }
};

/// Where a query head, and a key/value head, lie in the columns.
Window query_window(const AttentionSpec& spec, const Segment& s, const Columns& c, int64_t head) {
  return {c.tensor, c.begin + head * spec.head_width, s.q_begin, s.q_len, spec.head_width};
}
Window key_window(const AttentionSpec& spec, const Segment& s, const Columns& c, int64_t kv_head) {
  return {c.tensor, c.begin + kv_head * spec.head_width, s.kv_begin, s.kv_len, spec.head_width};
}

/// One head's row of the bias, or nothing.
std::span<double> bias_row(Values& bias, const DistanceBias& shape, int64_t head) {
  return shape ? std::span(bias).subspan(static_cast<size_t>(head * shape.cols()), static_cast<size_t>(shape.cols())) : std::span<double>();
}

double entropy_of(const Values& p) {
  double sum = 0;
  for (const double x : p) sum -= x > 0 ? x * std::log(x) : 0.0;
  return sum;
}

Values zeros(int64_t n) { return Values(static_cast<size_t>(n)); }

void forward(const AttentionSpec& spec, std::span<const Segment> segments, const Columns& q, const Columns& k, const Columns& v,
             const DistanceBias& bias, const Tensor& o_nc, const Tensor& softmax, AttentionHealth* health) {
  GIMBAL_ASSERT(!softmax.defined() || softmax.elements() == 2 * q.tensor.rows() * spec.heads, softmax.shape().to_string());
  Values bias_all = values_of(bias);
  const Values q_all = values_of(q.tensor), k_all = values_of(k.tensor), v_all = values_of(v.tensor);
  Values o_all = values_of(o_nc), softmax_all = values_of(softmax);
  for (const Segment& segment : segments) {
    for (int64_t h = 0; h < spec.heads; ++h) {
      const ref::AttentionHead head = head_of(spec, segment, h, bias);
      const int64_t kv_head = h / (spec.heads / spec.kv_heads);
      const Values qh = query_window(spec, segment, q, h).read(q_all);
      const Values kh = key_window(spec, segment, k, kv_head).read(k_all), vh = key_window(spec, segment, v, kv_head).read(v_all);
      Values p = zeros(head.queries * head.keys), tops = zeros(head.queries), log_sums = tops, o = zeros(head.queries * head.width);
      ref::attention_probabilities<double>(head, qh, kh, bias_row(bias_all, bias, h), p, tops, log_sums);
      ref::attention_output<double>(head, p, vh, o);
      query_window(spec, segment, {o_nc, 0}, h).write(o, o_all);
      if (softmax.defined()) {
        Values saved_tops = tops;
        for (double& top : saved_tops) top /= nats_of_top(spec, bias);
        Window(softmax, 2 * h, segment.q_begin, segment.q_len, 1).write(saved_tops, softmax_all);
        Window(softmax, 2 * h + 1, segment.q_begin, segment.q_len, 1).write(log_sums, softmax_all);
      }
      if (!health) continue;
      double& max_logit = health->max_logit[static_cast<size_t>(h)];
      for (const double top : tops) max_logit = std::max(max_logit, top);
      health->entropy_sum[static_cast<size_t>(h)] += entropy_of(p);
    }
  }
  assign(o_all, o_nc);
  if (softmax.defined()) assign(softmax_all, softmax);
}

/// Puts the gradients of all key/value heads, segment by segment, into their places.
void write_keys(const AttentionSpec& spec, std::span<const Segment> segments, const std::vector<Values>& per_head, const Columns& d) {
  Values all = values_of(d.tensor);
  auto part = per_head.begin();
  for (const Segment& segment : segments) {
    for (int64_t kv_head = 0; kv_head < spec.kv_heads; ++kv_head) key_window(spec, segment, d, kv_head).write(*part++, all);
  }
  assign(all, d.tensor);
}

void backward(const AttentionSpec& spec, std::span<const Segment> segments, const Columns& q, const Columns& k, const Columns& v,
              const DistanceBias& bias, const Tensor& /*o_nc*/, const Tensor& /*softmax*/, const Tensor& do_nc, const Columns& dq, const Columns& dk,
              const Columns& dv, const DistanceBias& dbias) {
  Values bias_all = values_of(bias), dbias_all(bias_all.size());
  const Values q_all = values_of(q.tensor), k_all = values_of(k.tensor), v_all = values_of(v.tensor), do_all = values_of(do_nc);
  Values dq_all = values_of(dq.tensor);
  std::vector<Values> dk_heads, dv_heads;
  const int64_t group = spec.heads / spec.kv_heads;
  for (const Segment& segment : segments) {
    for (int64_t kv_head = 0; kv_head < spec.kv_heads; ++kv_head) {
      const Values kh = key_window(spec, segment, k, kv_head).read(k_all), vh = key_window(spec, segment, v, kv_head).read(v_all);
      Values dkh(kh.size()), dvh(vh.size());
      for (int64_t h = kv_head * group; h < (kv_head + 1) * group; ++h) {
        const ref::AttentionHead head = head_of(spec, segment, h, bias);
        const Values qh = query_window(spec, segment, q, h).read(q_all), doh = query_window(spec, segment, {do_nc, 0}, h).read(do_all);
        Values p = zeros(head.queries * head.keys), tops = zeros(head.queries), log_sums = tops, dqh(qh.size());
        ref::attention_probabilities<double>(head, qh, kh, bias_row(bias_all, bias, h), p, tops, log_sums);
        ref::attention_vjp<double>(head, qh, kh, vh, p, doh, dqh, dkh, dvh, bias_row(dbias_all, bias, h));
        query_window(spec, segment, dq, h).write(dqh, dq_all);
      }
      dk_heads.push_back(std::move(dkh));
      dv_heads.push_back(std::move(dvh));
    }
  }
  // One after the other, because the three usually share a tensor.
  if (bias) assign(dbias_all, dbias);
  assign(dq_all, dq.tensor);
  write_keys(spec, segments, dk_heads, dk);
  write_keys(spec, segments, dv_heads, dv);
}

}  // namespace

AttentionKernels attention_reference() { return {forward, backward}; }

}  // namespace gimbal::kernels
