// Attention backward on the CPU: probabilities are computed again from the saved tops and log-sums, tile by tile.
//
//   p = e^(s - top - log_sum)   dv += p^T do   ds = p (do v^T - delta)   dk += scale ds^T q   dq += scale ds k      delta_i = do_i . o_i
//
// The ds of a row add up to 0. Where one key has nearly all of p, its ds is a small difference of large numbers, and the rounding that is left of
// it, times q and k, may outgrow the gradient itself: in a stack of 24 layers without norms it made 1e17 of 1e8. So what the ds of a steep row
// add up to is taken from its top key, which makes that key's ds the negative sum of the others.
//
// One work item is one key/value head of one segment, with all query heads that read it, so every sum has one order whatever the thread count.
#include <cmath>
#include <numbers>

#include "core/threads.h"
#include "kernels/attention_passes.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/attention_cpu_backward.cc"
#include "kernels/simd_targets.h"
//
#include "hwy/foreach_target.h"
//
#include "kernels/attention_rows-inl.h"
#include "kernels/tile_matmul-inl.h"

#ifndef GIMBAL_KERNELS_ATTENTION_CPU_BACKWARD_ONCE_
#define GIMBAL_KERNELS_ATTENTION_CPU_BACKWARD_ONCE_
namespace gimbal::kernels {

// A tile of probabilities is kBackwardRows queries by kBackwardKeys keys; it and its gradient stay in the second cache with what they meet.
constexpr int64_t kBackwardKeys = 64;
constexpr int64_t kBackwardRows = 64;

}  // namespace gimbal::kernels
#endif

HWY_BEFORE_NAMESPACE();
namespace gimbal::kernels::HWY_NAMESPACE {
namespace {

template <class T>
class BackwardPass {
 public:
  /// d_offsets: the gradient of each offset, [segments, heads, offsets.width()], starting at 0; empty when nobody asks.
  BackwardPass(const AttentionBackward& call, const DistanceOffsets& offsets, std::vector<float>& d_offsets)
      : call_(call),
        spec_(call.spec),
        offsets_(offsets),
        d_offsets_(d_offsets),
        rule_(call.spec, offsets),
        q_(call.q),
        k_(call.k),
        v_(call.v),
        o_({call.o, 0}),
        do_({call.d_o, 0}),
        dq_(call.dq),
        dk_(call.dk),
        dv_(call.dv) {}

  HWY_NOINLINE void run(int64_t index, int64_t kv_head) const {
    const Segment& segment = call_.segments[static_cast<size_t>(index)];
    State state(*this, segment);
    if (!d_offsets_.empty()) state.d_offsets = d_offsets_.data() + index * spec_.heads * offsets_.width();
    const int64_t group = spec_.heads / spec_.kv_heads, column = kv_head * spec_.head_width;
    std::fill_n(state.dk, segment.kv_len * state.width, 0.0f);
    std::fill_n(state.dv, segment.kv_len * state.width, 0.0f);
    for (int64_t head = kv_head * group; head < (kv_head + 1) * group; ++head) {
      start_head(state, head);
      for (int64_t key = 0; key < segment.kv_len; key += kBackwardKeys) {
        pack_block(state, key, column);
        for (int64_t row = 0; row < segment.q_len; row += kBackwardRows) add_tile(state, head, row, std::min(kBackwardRows, segment.q_len - row));
      }
      balance_steep_rows(state, head, column);
      for (int64_t i = 0; i < segment.q_len; ++i)
        store_row(state.dq + i * state.width, spec_.head_width, dq_.at(segment.q_begin + i, head * spec_.head_width));
    }
    for (int64_t j = 0; j < segment.kv_len; ++j) {
      store_row(state.dk + j * state.width, spec_.head_width, dk_.at(segment.kv_begin + j, column));
      store_row(state.dv + j * state.width, spec_.head_width, dv_.at(segment.kv_begin + j, column));
    }
  }

 private:
  struct State {
    const Segment& segment;
    int64_t width;
    float *q, *d_o, *dq, *top, *log2_sum, *delta;     // of the head at work, all its queries
    float* excess;                                    // what a steep row's ds add up to
    float *dk, *dv;                                   // of all keys
    float *k, *k_transposed, *v_transposed, *p, *ds;  // of the key block at work
    int64_t first_key = 0, keys = 0;
    float* d_offsets = nullptr;     // of this segment
    std::vector<int64_t> top_keys;  // of the head's steep rows; -1: not steep, or dropped

    State(const BackwardPass& pass, const Segment& segment) : segment(segment), width(rounded_up(pass.spec_.head_width)) {
      const int64_t queries = Workspace::padded(segment.q_len), keys = segment.kv_len;
      Workspace memory(queries * (3 * width + 4) + Workspace::padded(keys * width) * 2 + kBackwardKeys * (3 * width + 2 * kBackwardRows));
      q = memory.take(queries * width);
      d_o = memory.take(queries * width);
      dq = memory.take(queries * width);
      top = memory.take(queries);
      log2_sum = memory.take(queries);
      delta = memory.take(queries);
      excess = memory.take(queries);
      top_keys.resize(static_cast<size_t>(segment.q_len));
      dk = memory.take(keys * width);
      dv = memory.take(keys * width);
      k = memory.take(kBackwardKeys * width);
      k_transposed = memory.take(kBackwardKeys * width);
      v_transposed = memory.take(kBackwardKeys * width);
      p = memory.take(kBackwardKeys * kBackwardRows);
      ds = memory.take(kBackwardKeys * kBackwardRows);
    }
  };

  HWY_NOINLINE void start_head(State& state, int64_t head) const {
    const Segment& segment = state.segment;
    const int64_t column = head * spec_.head_width;
    pack_rows(q_.at(segment.q_begin, column), q_.stride, segment.q_len, spec_.head_width, state.q, state.width);
    pack_rows(do_.at(segment.q_begin, column), do_.stride, segment.q_len, spec_.head_width, state.d_o, state.width);
    std::fill_n(state.dq, segment.q_len * state.width, 0.0f);
    std::fill_n(state.excess, segment.q_len, 0.0f);
    std::fill(state.top_keys.begin(), state.top_keys.end(), -1);
    const float* softmax = call_.softmax.template data<float>();
    for (int64_t i = 0; i < segment.q_len; ++i) {
      Floats sum = hn::Zero(FloatTag());
      const T* o = o_.at(segment.q_begin + i, column);
      each_vector(spec_.head_width, [&](int64_t d, size_t count) HWY_ATTR {
        sum = hn::MulAdd(hn::Load(FloatTag(), state.d_o + i * state.width + d), lanes(o + d, count), sum);
      });
      state.delta[i] = static_cast<float>(spec_.scale) * hn::GetLane(hn::SumOfLanes(FloatTag(), sum));
      const float* saved = softmax + 2 * ((segment.q_begin + i) * spec_.heads + head);
      state.top[i] = saved[0];
      state.log2_sum[i] = static_cast<float>(saved[1] * std::numbers::log2e);
    }
  }

  HWY_NOINLINE void pack_block(State& state, int64_t first_key, int64_t column) const {
    state.first_key = first_key;
    state.keys = std::min(kBackwardKeys, state.segment.kv_len - first_key);
    const int64_t row = state.segment.kv_begin + first_key;
    pack_rows(k_.at(row, column), k_.stride, state.keys, spec_.head_width, state.k, state.width);
    pack_transposed(k_.at(row, column), k_.stride, state.keys, spec_.head_width, state.k_transposed, kBackwardKeys);
    pack_transposed(v_.at(row, column), v_.stride, state.keys, spec_.head_width, state.v_transposed, kBackwardKeys);
  }

  // The queries [first_row, first_row + rows) meet the packed keys.
  HWY_NOINLINE void add_tile(State& state, int64_t head, int64_t first_row, int64_t rows) const {
    KeyRange seen[kBackwardRows];
    bool blind = true;
    for (int64_t r = 0; r < rows; ++r) {
      const KeyRange all = visible_keys(spec_, state.segment, first_row + r);
      seen[r].begin = std::clamp<int64_t>(all.begin - state.first_key, 0, state.keys);
      seen[r].end = std::clamp<int64_t>(all.end - state.first_key, 0, state.keys);
      blind = blind && seen[r].empty();
    }
    if (blind) return;
    for (int64_t r = 0; r < rows; r += kTileRows) add_to_queries(state, head, first_row, r, std::min(kTileRows, rows - r), seen + r);
    add_to_keys(state, first_row, rows, seen);
  }

  // Up to six rows, from r on, of p and ds; and what ds gives to dq.
  HWY_INLINE void add_to_queries(State& state, int64_t head, int64_t first_row, int64_t r, int64_t rows, const KeyRange* seen) const {
    KeyRange tile = {kBackwardKeys, 0};
    for (int64_t i = 0; i < rows; ++i) {
      if (!seen[i].empty()) tile = {std::min(tile.begin, seen[i].begin), std::max(tile.end, seen[i].end)};
    }
    float* p = state.p + r * kBackwardKeys;
    float* ds = state.ds + r * kBackwardKeys;
    const int64_t row = first_row + r, width = state.width, lanes = lanes_per_vector(), begin = tile.begin / lanes * lanes;
    if (!tile.empty()) {
      const int64_t vectors = (rounded_up(tile.end) - begin) / lanes;
      const auto dots = [&](const float* left, const float* right, float* out) {
        return TileProduct{.depth = spec_.head_width,
                           .a = {left + row * width, width, 1},
                           .b = {right + begin, kBackwardKeys},
                           .c = {out + begin, kBackwardKeys},
                           .start = Start::kZero};
      };
      multiply_tile(dots(state.q, state.k_transposed, p), rows, vectors);
      multiply_tile(dots(state.d_o, state.v_transposed, ds), rows, vectors);
    }
    for (int64_t i = 0; i < rows; ++i) differentiate_row(state, head, row + i, seen[i], p + i * kBackwardKeys, ds + i * kBackwardKeys);
    if (tile.empty()) return;
    multiply_tile({.depth = tile.end - tile.begin,
                   .a = {ds + tile.begin, kBackwardKeys, 1},
                   .b = {state.k + tile.begin * width, width},
                   .c = {state.dq + row * width, width},
                   .start = Start::kSelf},
                  rows, width / lanes);
  }

  HWY_INLINE void differentiate_row(State& state, int64_t head, int64_t query, KeyRange seen, float* p, float* ds) const {
    const LogitRow row = {p, seen.begin, seen.end};
    int64_t first = kBackwardKeys, after = kBackwardKeys;
    if (!seen.empty()) {
      first = row.first_vector();
      after = row.after_last_vector();
      finish_logits(rule_, row, offsets_ ? offsets_.row(head, query + state.segment.kv_len - state.segment.q_len) + state.first_key : nullptr);
      BlockDropout dropout = {{}, static_cast<uint32_t>(state.first_key)};
      if (rule_.threshold) dropout.row = dropout_row(rule_.dropout_key, state.segment.q_begin + query, head);
      const GradientRule rule = {state.top[query], state.log2_sum[query], state.delta[query], static_cast<float>(spec_.scale), ds};
      differentiate_logits(rule_, row, dropout, rule);
      if (rule.steep()) {
        const SteepRow steep = steep_row(rule_, row, ds);
        state.excess[query] += steep.sum;
        if (steep.top_key >= 0) state.top_keys[static_cast<size_t>(query)] = state.first_key + steep.top_key;
      }
      if (state.d_offsets)
        add_to_offsets(row, ds, state.d_offsets + offsets_.at(head, query + state.segment.kv_len - state.segment.q_len) + state.first_key);
    }
    clear_invisible(p, 0, kBackwardKeys, first, after);
    clear_invisible(ds, 0, kBackwardKeys, first, after);
  }

  // ds of the top key -= the row's sum of ds, in all that came of it.
  HWY_NOINLINE void balance_steep_rows(const State& state, int64_t head, int64_t column) const {
    const FloatTag f;
    for (int64_t i = 0; i < state.segment.q_len; ++i) {
      const int64_t key = state.top_keys[static_cast<size_t>(i)];
      if (key < 0 || state.excess[i] == 0) continue;
      const Floats excess = splat(state.excess[i]);
      float *dq = state.dq + i * state.width, *dk = state.dk + key * state.width;
      const float* q = state.q + i * state.width;
      const T* k = k_.at(state.segment.kv_begin + key, column);
      each_vector(spec_.head_width, [&](int64_t d, size_t count) HWY_ATTR {
        hn::Store(hn::NegMulAdd(excess, lanes(k + d, count), hn::Load(f, dq + d)), f, dq + d);
        hn::Store(hn::NegMulAdd(excess, hn::Load(f, q + d), hn::Load(f, dk + d)), f, dk + d);
      });
      if (state.d_offsets)
        state.d_offsets[offsets_.at(head, i + state.segment.kv_len - state.segment.q_len) + key] -= state.excess[i] / static_cast<float>(spec_.scale);
    }
  }

  // ds carries the logits' scale, which the offsets do not have.
  HWY_INLINE void add_to_offsets(const LogitRow& row, const float* ds, float* d_offsets) const {
    const FloatTag f;
    const Floats unscale = splat(static_cast<float>(1 / spec_.scale));
    each_visible_vector(
        row, [&](int64_t i) HWY_ATTR { hn::StoreU(hn::MulAdd(hn::Load(f, ds + i), unscale, hn::LoadU(f, d_offsets + i)), f, d_offsets + i); });
  }

  // Six keys at a time, the rows that see any of them: what p gives to dv, and ds to dk.
  HWY_INLINE void add_to_keys(const State& state, int64_t first_row, int64_t rows, const KeyRange* seen) const {
    const int64_t width = state.width;
    int64_t begin = 0, end = 0;
    for (int64_t key = 0; key < state.keys; key += kTileRows) {
      const int64_t keys = std::min(kTileRows, state.keys - key);
      while (begin < rows && seen[begin].end <= key) ++begin;
      while (end < rows && seen[end].begin < key + keys) ++end;
      if (begin >= end) continue;
      const auto sums = [&](const float* left, const float* right, float* out) {
        return TileProduct{.depth = end - begin,
                           .a = {left + begin * kBackwardKeys + key, 1, kBackwardKeys},
                           .b = {right + (first_row + begin) * width, width},
                           .c = {out + (state.first_key + key) * width, width},
                           .start = Start::kSelf};
      };
      multiply_tile(sums(state.p, state.d_o, state.dv), keys, width / lanes_per_vector());
      multiply_tile(sums(state.ds, state.q, state.dk), keys, width / lanes_per_vector());
    }
  }

  const AttentionBackward& call_;
  const AttentionSpec& spec_;
  const DistanceOffsets& offsets_;
  std::vector<float>& d_offsets_;
  const LogitRule rule_;
  const TypedRows<const T> q_, k_, v_, o_, do_;
  const TypedRows<T> dq_, dk_, dv_;
};

template <class T>
void backward_typed(const AttentionBackward& call) {
  const DistanceOffsets offsets(call.spec, call.segments, call.bias, lanes_per_vector());
  const auto per_segment = static_cast<size_t>(call.spec.heads * offsets.width());
  std::vector<float> d_offsets(call.bias ? call.segments.size() * per_segment : 0);
  const BackwardPass<T> pass(call, offsets, d_offsets);
  const auto segments = static_cast<int64_t>(call.segments.size()), items = segments * call.spec.kv_heads;
  // Neighbouring items belong to different rows, so that threads do not share cache lines.
  parallel_for(items, items_per_piece(call.spec, call.segments, items), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) pass.run(i % segments, i / segments);
  });
  if (!call.bias) return;
  std::vector<double> sums(per_segment), dbias(static_cast<size_t>(call.dbias.elements()));
  for (size_t i = 0; i < d_offsets.size(); ++i) sums[i % per_segment] += d_offsets[i];
  offsets.add_to_bias(sums, dbias);
  std::copy(dbias.begin(), dbias.end(), call.dbias.data<float>());
}

void backward_pass(const AttentionBackward& call) {
  if (call.q.tensor.dtype() == DType::kF32) return backward_typed<float>(call);
  return backward_typed<BFloat16>(call);
}

}  // namespace
}  // namespace gimbal::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gimbal::kernels {
HWY_EXPORT(backward_pass);

void attention_backward_cpu(const AttentionBackward& call) { HWY_DYNAMIC_DISPATCH(backward_pass)(call); }

}  // namespace gimbal::kernels
#endif
