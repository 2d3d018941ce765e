// What the CPU's forward and backward attention share outside of SIMD code: which keys a query sees, logit offsets by distance, typed rows.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <type_traits>
#include <vector>

#include "kernels/attention.h"

namespace gimbal::kernels {

struct KeyRange {
  int64_t begin = 0, end = 0;
  bool empty() const { return begin >= end; }
};

/// Every mask shows a query one unbroken range of keys. Both of its ends never move backwards from one query to the next.
inline KeyRange visible_keys(const AttentionSpec& spec, const Segment& segment, int64_t query) {
  const int64_t place = query + segment.kv_len - segment.q_len;
  int64_t end = segment.kv_len;
  if (spec.mask == Mask::kCausal) end = place + 1;
  if (spec.mask == Mask::kPrefix) end = std::max(place + 1, segment.prefix);
  const int64_t begin = spec.window > 0 ? std::max<int64_t>(0, place - spec.window + 1) : 0;
  end = std::clamp<int64_t>(end, 0, segment.kv_len);
  return {std::min(begin, end), end};
}

/// Grain for parallel_for over a call's work items: all of them where waking the threads, worth half a million multiply-adds, would cost more.
inline int64_t items_per_piece(const AttentionSpec& spec, std::span<const Segment> segments, int64_t items) {
  int64_t work = 0;
  for (const Segment& s : segments) work += s.q_len * s.kv_len * spec.heads * spec.head_width;
  return work < 500000 ? items : 1;
}

/// Element (row, column) of a tensor's columns.
template <class T>
struct TypedRows {
  T* data;
  int64_t stride;

  explicit TypedRows(const Columns& c) : data(c.tensor.template data<std::remove_const_t<T>>() + c.begin), stride(c.tensor.cols()) {}
  T* at(int64_t row, int64_t column) const { return data + row * stride + column; }
};

/// What is added to a logit for the distance from the query to the key, in units of log2: (slope * (j - i') + bias[j - i']) * log2 e. Empty without
/// slopes and bias, except that a scale that is not positive asks for zeros: then logits take the general path.
class DistanceOffsets {
 public:
  DistanceOffsets(const AttentionSpec& spec, std::span<const Segment> segments, const DistanceBias& bias, int64_t padding);
  explicit operator bool() const { return !values_.empty(); }
  /// p[j] belongs to key j, for the query at `place` among the keys.
  const float* row(int64_t head, int64_t place) const { return values_.data() + at(head, place); }

  /// Elements of one head, and where in an array of them for all heads key 0 stands for that query: gradients are gathered in the same layout.
  int64_t width() const { return width_; }
  int64_t at(int64_t head, int64_t place) const { return head * width_ + zero_ - place; }
  /// Adds sums[heads, width] to the bias columns that each element came from.
  void add_to_bias(std::span<const double> sums, std::span<double> dbias) const;

 private:
  std::vector<float> values_;
  int64_t width_ = 0, zero_ = 0, heads_ = 0, reach_ = 0;
};

/// Working memory of one thread, kept from call to call.
class Workspace {
 public:
  explicit Workspace(int64_t floats);
  /// The next piece, 64-byte aligned.
  float* take(int64_t floats);
  static int64_t padded(int64_t floats) { return (floats + 15) / 16 * 16; }

 private:
  float* next_;
  float* end_;
};

}  // namespace gimbal::kernels
