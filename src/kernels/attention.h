// Scaled dot-product attention over ragged segments, forward and backward, without ever storing a T x T matrix.
//
//   s_ij = scale * q_i . k_j + slope_h * (j - i') + bias_h[j - i']       i' = i + kv_len - q_len: the query's place among the keys
//   p_ij = softmax over the visible j;  p is dropped out with probability `dropout`;  o_i = sum_j p_ij v_j
//   visible: kCausal j <= i' · kFull all · kPrefix j <= max(i', prefix - 1); and with window w > 0 also j > i' - w
//
// Head h of the queries reads key/value head h / (heads / kv_heads) (arXiv:2305.13245). Online softmax (arXiv:2112.05682, 2205.14135) over key
// blocks whose borders depend on the key's index only, so a row's bits depend neither on its batch nor on how many queries come with it.
// Softmax and sums are f32.
#pragma once

#include <cstdint>
#include <numbers>
#include <span>
#include <vector>

#include "kernels/write.h"
#include "tensor/tensor.h"

namespace gimbal::kernels {

enum class Mask : uint8_t { kCausal, kFull, kPrefix };

/// One sequence: queries are rows [q_begin, q_begin + q_len) of q, keys and values rows [kv_begin, kv_begin + kv_len) of k and v.
struct Segment {
  int64_t q_begin = 0, q_len = 0, kv_begin = 0, kv_len = 0;
  int64_t prefix = 0;  // kPrefix: this many first keys are visible to all
};

struct AttentionSpec {
  int64_t heads = 1, kv_heads = 1, head_width = 1;
  double scale = 1;
  Mask mask = Mask::kCausal;
  int64_t window = 0;
  std::vector<float> alibi_slopes;  // empty, or one per head (arXiv:2108.12409); not together with a bias
  double dropout = 0;
  uint64_t dropout_key = 0;  // which elements (row of q, head, j) are dropped: kernels/attention_dropout.h
};

/// Columns [begin, begin + width) of a [rows, c] tensor: q, k and v usually lie side by side in one projection.
struct Columns {
  Tensor tensor;
  int64_t begin = 0;
};

/// Health read off the softmax rows; `entropy_sum` over all rows in nats, per head; largest visible s_ij per head. Added to / maxed with what is
/// there.
struct AttentionHealth {
  std::vector<double> entropy_sum;
  std::vector<double> max_logit;
};

/// A bias for each head and distance j - i', [heads, 2 reach + 1] f32 (f64 on the reference device): column reach + distance, distances beyond the
/// reach taking its ends. It is how learned relative positions enter (arXiv:1910.10683). An undefined tensor is no bias. Needs scale > 0.
using DistanceBias = Tensor;

/// Nats in one unit of a softmax's saved top: of a product q . k where nothing is added to it, else of a logarithm to base 2. In f32 a top in nats
/// would not be the product that it came from.
inline double nats_of_top(const AttentionSpec& spec, const DistanceBias& bias) {
  return spec.alibi_slopes.empty() && !bias && spec.scale > 0 ? spec.scale : std::numbers::ln2;
}

struct AttentionKernels {
  /// q: heads * head_width columns, k, v: kv_heads * head_width columns; f32 or bf16 (k, v may lie in a cache of the same type as q).
  /// o_nc [rows of q, heads * head_width], same type. softmax [rows of q, 2 * heads] f32 is saved for backward, two numbers a head: its top, the
  /// largest visible s_ij divided by nats_of_top, and log sum_j e^(s_ij - largest). They stay apart because their sum has no digits left for the
  /// logarithm once logits pass 1e6. Undefined in inference. A query that sees no key gets 0, and minus infinity for both. health may be null.
  void (*forward)(const AttentionSpec& spec, std::span<const Segment> segments, const Columns& q, const Columns& k, const Columns& v,
                  const DistanceBias& bias, const Tensor& o_nc, const Tensor& softmax, AttentionHealth* health);
  /// Writes every element of the q columns of dq, and of the k and v columns of dk and dv, in the rows that segments name, and all of dbias where
  /// there is a bias (replacing). Segments must not share key rows.
  void (*backward)(const AttentionSpec& spec, std::span<const Segment> segments, const Columns& q, const Columns& k, const Columns& v,
                   const DistanceBias& bias, const Tensor& o_nc, const Tensor& softmax, const Tensor& do_nc, const Columns& dq, const Columns& dk,
                   const Columns& dv, const DistanceBias& dbias);
};

AttentionKernels attention_cpu();
AttentionKernels attention_reference();

}  // namespace gimbal::kernels
