// Attention forward on the CPU: a chunk of queries walks over the key blocks that it sees, with online softmax, six rows at a time.
//
// One work item is a chunk of queries of one segment, for all heads that share a key/value head: keys and values are packed once for all of them.
#include <cmath>
#include <limits>

#include "core/threads.h"
#include "kernels/attention_passes.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/attention_cpu_forward.cc"
#include "kernels/simd_targets.h"
//
#include "hwy/foreach_target.h"
//
#include "kernels/attention_rows-inl.h"
#include "kernels/tile_matmul-inl.h"

#ifndef GIMBAL_KERNELS_ATTENTION_CPU_FORWARD_ONCE_
#define GIMBAL_KERNELS_ATTENTION_CPU_FORWARD_ONCE_
namespace gimbal::kernels {

/// Keys that are packed and absorbed together. Part of the result's definition: another size gives other roundings.
constexpr int64_t kForwardKeys = 128;

struct ForwardChunk {
  int64_t segment, kv_head, first_query, queries;
};

/// What a chunk saw of one head.
struct HeadHealth {
  double entropy_sum = 0;
  double max_logit = -std::numeric_limits<double>::infinity();
};

/// Chunks of at most 512 rows (fewer for wide heads, so that they stay in the second cache), those of a segment that see most keys first.
/// Neighbours in the list belong to different rows, so that threads do not write to one another's cache lines of softmax.
inline std::vector<ForwardChunk> forward_chunks(const AttentionSpec& spec, std::span<const Segment> segments) {
  const int64_t rows = std::clamp<int64_t>(32768 / spec.head_width, 48, 512);
  const int64_t most = std::max<int64_t>(1, rows / (spec.heads / spec.kv_heads));
  std::vector<ForwardChunk> chunks;
  for (int64_t kv_head = 0; kv_head < spec.kv_heads; ++kv_head) {
    for (size_t s = 0; s < segments.size(); ++s) {
      const int64_t n = segments[s].q_len, pieces = (n + most - 1) / most;
      for (int64_t piece = pieces - 1; piece >= 0; --piece) {
        const int64_t begin = n * piece / pieces, end = n * (piece + 1) / pieces;
        chunks.push_back({static_cast<int64_t>(s), kv_head, begin, end - begin});
      }
    }
  }
  return chunks;
}

}  // namespace gimbal::kernels
#endif

HWY_BEFORE_NAMESPACE();
namespace gimbal::kernels::HWY_NAMESPACE {
namespace {

template <class T>
class ForwardPass {
 public:
  ForwardPass(const AttentionForward& call, const DistanceOffsets& offsets)
      : call_(call), spec_(call.spec), offsets_(offsets), rule_(call.spec, offsets), q_(call.q), k_(call.k), v_(call.v), o_({call.o, 0}) {}

  /// health: one entry for each head of the group, or null.
  HWY_NOINLINE void run(const ForwardChunk& chunk, HeadHealth* health) const {
    State state(*this, chunk);
    if (health) state.health.resize(static_cast<size_t>(state.group));
    KeyRange seen = state.rows.front().seen;
    for (const Row& row : state.rows) seen = {std::min(seen.begin, row.seen.begin), std::max(seen.end, row.seen.end)};
    const auto rows = static_cast<int64_t>(state.rows.size());
    for (int64_t key = seen.begin / kForwardKeys * kForwardKeys; key < seen.end; key += kForwardKeys) {
      pack_block(state, key);
      for (int64_t row = 0; row < rows; row += kTileRows) absorb_block(state, row, std::min(kTileRows, rows - row));
    }
    for (int64_t row = 0; row < rows; ++row) finish_row(state, row);
    std::copy(state.health.begin(), state.health.end(), health);
  }

 private:
  /// One softmax row: a query of one head.
  struct Row {
    int64_t query, head;
    KeyRange seen;
  };

  /// A chunk at work. Its rows are the chunk's queries, once for each head of the group.
  struct State {
    const Segment& segment;
    int64_t kv_head, group, width;
    std::vector<Row> rows;
    LeftFactor q;
    float *o, *k_transposed, *v, *logits, *tops, *sums, *entropies;
    std::vector<HeadHealth> health;   // one for each head of the group, or none
    int64_t first_key = 0, keys = 0;  // the packed block
    bool values_finite = true;

    State(const ForwardPass& pass, const ForwardChunk& chunk)
        : segment(pass.call_.segments[static_cast<size_t>(chunk.segment)]),
          kv_head(chunk.kv_head),
          group(pass.spec_.heads / pass.spec_.kv_heads),
          width(rounded_up(pass.spec_.head_width)) {
      const int64_t padded_rows = Workspace::padded(chunk.queries * group), lanes = lanes_per_vector();
      Workspace memory(padded_rows * (2 * width + 2 * lanes + 1) + kForwardKeys * (2 * width + kTileRows));
      float* packed_q = memory.take(padded_rows * width);
      o = memory.take(padded_rows * width);
      k_transposed = memory.take(width * kForwardKeys);
      v = memory.take(width * kForwardKeys);
      logits = memory.take(kTileRows * kForwardKeys);
      tops = memory.take(padded_rows);
      sums = memory.take(padded_rows * lanes);
      entropies = memory.take(padded_rows * lanes);
      std::fill_n(tops, padded_rows, -std::numeric_limits<float>::infinity());
      rows.reserve(static_cast<size_t>(chunk.queries * group));
      for (int64_t head = kv_head * group; head < (kv_head + 1) * group; ++head) {
        const T* from = pass.q_.at(segment.q_begin + chunk.first_query, head * pass.spec_.head_width);
        q = query_factor(from, pass.q_.stride, chunk.queries, pass.spec_.head_width, packed_q);
        for (int64_t query = chunk.first_query; query < chunk.first_query + chunk.queries; ++query)
          rows.push_back({query, head, visible_keys(pass.spec_, segment, query)});
      }
    }

    // Queries of a single f32 head are read where they lie; others are packed behind those of the heads before.
    LeftFactor query_factor(const T* from, int64_t stride, int64_t queries, int64_t head_width, float* packed) const {
      if constexpr (std::is_same_v<T, float>) {
        if (group == 1) return {from, stride, 1};
      }
      pack_rows(from, stride, queries, head_width, packed + static_cast<int64_t>(rows.size()) * width, width);
      return {packed, width, 1};
    }
  };

  HWY_NOINLINE void pack_block(State& state, int64_t first_key) const {
    const int64_t row = state.segment.kv_begin + first_key, column = state.kv_head * spec_.head_width;
    state.first_key = first_key;
    state.keys = std::min(kForwardKeys, state.segment.kv_len - first_key);
    pack_transposed(k_.at(row, column), k_.stride, state.keys, spec_.head_width, state.k_transposed, kForwardKeys);
    state.values_finite = pack_rows(v_.at(row, column), v_.stride, state.keys, spec_.head_width, state.v, state.width);
  }

  // Up to six rows take in the packed block: logits, softmax, and the sum of values.
  HWY_NOINLINE void absorb_block(const State& state, int64_t first_row, int64_t rows) const {
    const Row* row = state.rows.data() + first_row;
    KeyRange seen[kTileRows];
    KeyRange tile = {kForwardKeys, 0};
    bool seen_before = false;
    for (int64_t r = 0; r < rows; ++r) {
      seen[r] = {std::max<int64_t>(row[r].seen.begin - state.first_key, 0), std::min(row[r].seen.end - state.first_key, state.keys)};
      seen_before = seen_before || (!row[r].seen.empty() && row[r].seen.begin < state.first_key);
      if (!seen[r].empty()) tile = {std::min(tile.begin, seen[r].begin), std::max(tile.end, seen[r].end)};
    }
    if (tile.empty()) return;
    const int64_t width = state.width, lanes = lanes_per_vector(), begin = tile.begin / lanes * lanes;
    multiply_tile({.depth = spec_.head_width,
                   .a = state.q.from_row(first_row),
                   .b = {state.k_transposed + begin, kForwardKeys},
                   .c = {state.logits + begin, kForwardKeys},
                   .start = Start::kZero},
                  rows, (rounded_up(tile.end) - begin) / lanes);
    float factors[kTileRows];
    softmax(state, first_row, rows, seen, tile, factors);
    TileProduct product = {.depth = tile.end - tile.begin,
                           .a = {state.logits + tile.begin, kForwardKeys, 1},
                           .b = {state.v + tile.begin * width, width},
                           .c = {state.o + first_row * width, width},
                           .start = seen_before ? Start::kScaled : Start::kZero,
                           .row_factors = factors};
    if (HWY_LIKELY(state.values_finite)) return multiply_tile(product, rows, width / lanes);
    // 0 * NaN is NaN: a row must not even multiply by a value that it does not see.
    for (int64_t r = 0; r < rows; ++r) {
      product.depth = std::max<int64_t>(0, seen[r].end - seen[r].begin);
      product.a.data = state.logits + r * kForwardKeys + seen[r].begin;
      product.b.data = state.v + seen[r].begin * width;
      product.c.data = state.o + (first_row + r) * width;
      product.row_factors = factors + r;
      multiply_tile(product, 1, width / lanes);
    }
  }

  // All tops first: the rows hide the latency of each other's reductions.
  HWY_INLINE void softmax(const State& state, int64_t first_row, int64_t rows, const KeyRange* seen, KeyRange tile, float* factors) const {
    const Segment& segment = state.segment;
    const Row* row = state.rows.data() + first_row;
    float tops[kTileRows];
    for (int64_t r = 0; r < rows; ++r) {
      if (seen[r].empty()) continue;
      const LogitRow logits = {state.logits + r * kForwardKeys, seen[r].begin, seen[r].end};
      finish_logits(rule_, logits, offsets_ ? offsets_.row(row[r].head, row[r].query + segment.kv_len - segment.q_len) + state.first_key : nullptr);
      tops[r] = raised_top(logits, state.tops[first_row + r]);
    }
    for (int64_t r = 0; r < rows; ++r) {
      const LogitRow logits = {state.logits + r * kForwardKeys, seen[r].begin, seen[r].end};
      factors[r] = 1;
      if (seen[r].empty()) {
        clear_invisible(logits.s, tile.begin, tile.end, tile.end, tile.end);
        continue;
      }
      BlockDropout dropout = {{}, static_cast<uint32_t>(state.first_key)};
      if (rule_.threshold) dropout.row = dropout_row(rule_.dropout_key, segment.q_begin + row[r].query, row[r].head);
      const int64_t sums = (first_row + r) * lanes_per_vector();
      factors[r] = absorb_logits(rule_, logits, dropout, tops[r],
                                 {state.tops + first_row + r, state.sums + sums, state.health.empty() ? nullptr : state.entropies + sums});
      clear_invisible(logits.s, tile.begin, tile.end, logits.first_vector(), logits.after_last_vector());
    }
  }

  HWY_INLINE void finish_row(State& state, int64_t r) const {
    const FloatTag f;
    const Row& row = state.rows[static_cast<size_t>(r)];
    const int64_t out_row = state.segment.q_begin + row.query, lanes = lanes_per_vector();
    const bool blind = row.seen.empty();
    const float* o = state.o + r * state.width;
    T* out = o_.at(out_row, row.head * spec_.head_width);
    const float sum = blind ? 0.0f : hn::GetLane(hn::SumOfLanes(f, hn::Load(f, state.sums + r * lanes)));
    const Floats share = splat(rule_.kept / sum);
    each_vector(spec_.head_width, [&](int64_t i, size_t count) HWY_ATTR {
      // Adding +0 makes one zero of two: whether an empty block was added must not show in the sign.
      put(blind ? hn::Zero(f) : hn::MulAdd(hn::Load(f, o + i), share, hn::Zero(f)), out + i, count);
    });
    if (!call_.softmax.defined() && state.health.empty()) return;
    const double log_sum = std::log(sum);
    if (call_.softmax.defined()) {
      float* saved = call_.softmax.template data<float>() + 2 * (out_row * spec_.heads + row.head);
      saved[0] = state.tops[r], saved[1] = static_cast<float>(log_sum);
    }
    if (state.health.empty() || blind) return;
    HeadHealth& health = state.health[static_cast<size_t>(row.head - state.kv_head * state.group)];
    const double p_log2_p = hn::GetLane(hn::SumOfLanes(f, hn::Load(f, state.entropies + r * lanes)));
    health.entropy_sum += log_sum - std::numbers::ln2 * p_log2_p / sum;
    health.max_logit = std::max(health.max_logit, state.tops[r] * rule_.natural);
  }

  const AttentionForward& call_;
  const AttentionSpec& spec_;
  const DistanceOffsets& offsets_;
  const LogitRule rule_;
  const TypedRows<const T> q_, k_, v_;
  const TypedRows<T> o_;
};

template <class T>
void forward_typed(const AttentionForward& call) {
  const AttentionSpec& spec = call.spec;
  const DistanceOffsets offsets(spec, call.segments, call.bias, lanes_per_vector());
  const ForwardPass<T> pass(call, offsets);
  const std::vector<ForwardChunk> chunks = forward_chunks(spec, call.segments);
  const auto count = static_cast<int64_t>(chunks.size()), group = spec.heads / spec.kv_heads;
  std::vector<HeadHealth> health(call.health ? chunks.size() * static_cast<size_t>(group) : 0);
  parallel_for(count, items_per_piece(spec, call.segments, count), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) pass.run(chunks[static_cast<size_t>(i)], call.health ? &health[static_cast<size_t>(i * group)] : nullptr);
  });
  for (size_t i = 0; i < health.size(); ++i) {
    const size_t head = static_cast<size_t>(chunks[i / static_cast<size_t>(group)].kv_head * group) + i % static_cast<size_t>(group);
    call.health->entropy_sum[head] += health[i].entropy_sum;
    call.health->max_logit[head] = std::max(call.health->max_logit[head], health[i].max_logit);
  }
}

void forward_pass(const AttentionForward& call) {
  if (call.q.tensor.dtype() == DType::kF32) return forward_typed<float>(call);
  return forward_typed<BFloat16>(call);
}

}  // namespace
}  // namespace gimbal::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gimbal::kernels {
HWY_EXPORT(forward_pass);

void attention_forward_cpu(const AttentionForward& call) { HWY_DYNAMIC_DISPATCH(forward_pass)(call); }

}  // namespace gimbal::kernels
#endif
