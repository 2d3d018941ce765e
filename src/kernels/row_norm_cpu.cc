// Row norms on the CPU: how rows, groups and heads are cut into pieces for the threads, and how the sums over rows come together.
#include <algorithm>
#include <cstring>
#include <vector>

#include "core/threads.h"
#include "kernels/piece_sums.h"
#include "kernels/row_norm_rows.h"

namespace gimbal::kernels {
namespace {

/// offset + gain for `width` channels: the tensor's own memory where that is it already, else worked out in `storage`.
const float* channel_gains(const RowNormSpec& spec, const Tensor& gain, int64_t width, std::vector<float>& storage) {
  if (gain.defined() && gain.elements() == width && spec.gain_offset == 0) return gain.data<float>();
  storage.assign(static_cast<size_t>(width), 1.0f);
  if (!gain.defined()) return storage.data();
  const float* g = gain.data<float>();
  const bool one_for_all = gain.elements() == 1;
  for (int64_t i = 0; i < width; ++i) storage[static_cast<size_t>(i)] = static_cast<float>(spec.gain_offset) + g[one_for_all ? 0 : i];
  return storage.data();
}

Elements from(const Tensor& t, int64_t begin) { return {static_cast<std::byte*>(t.raw()) + begin * size_of(t.dtype()), t.dtype()}; }

float* pairs_from(const Tensor& stats, int64_t row) { return stats.defined() ? stats.data<float>() + 2 * row : nullptr; }

/// Results that the caches cannot hold beside what they are made of are written past them.
bool streams(const Tensor& result, const Tensor& source) {
  constexpr int64_t kStreamBytes = 16 << 20;
  return result.bytes() >= kStreamBytes && result.raw() != source.raw();
}

void forward(const RowNormSpec& spec, const Tensor& x_nd, const Tensor& gain, const Tensor& bias, const Tensor& y_nd, const Tensor& stats) {
  const int64_t d = x_nd.cols(), groups = spec.groups, width = d / groups;
  std::vector<float> storage;
  const float* gains = channel_gains(spec, gain, d, storage);
  const float* biases = bias.defined() ? bias.data<float>() : nullptr;
  const bool stream = streams(y_nd, x_nd);
  // rows [begin, end) of width elements, whose first channel is `channel`
  const auto rows = [&](int64_t begin, int64_t end, int64_t channel) {
    run(RowNormForward{&spec, end - begin, width, from(x_nd, begin * width), from(y_nd, begin * width), gains + channel,
                       biases ? biases + channel : nullptr, pairs_from(stats, begin), stream});
  };
  parallel_for(x_nd.rows(), rows_for_a_piece(d), [&](int64_t begin, int64_t end) {
    if (groups == 1) return rows(begin, end, 0);
    for (int64_t i = begin * groups; i < end * groups; ++i) rows(i, i + 1, i % groups * width);
  });
}

void backward(const RowNormSpec& spec, const Tensor& dy_nd, const Tensor& x_nd, const Tensor& gain, const Tensor& stats, const Tensor& dx_nd,
              Write write, const AffineGradient& affine) {
  const int64_t n = x_nd.rows(), d = x_nd.cols(), groups = spec.groups, width = d / groups;
  std::vector<float> storage;
  const float* gains = channel_gains(spec, gain, d, storage);
  const int64_t grain = rows_for_a_summed_piece(n, d);
  const bool wanted = affine.dgain.defined() || affine.dbias.defined();
  const bool stream = write == Write::kReplace && streams(dx_nd, dy_nd);
  const PieceSums dgain(n, grain, d, wanted), dbias(n, grain, d, wanted);
  const auto rows = [&](int64_t begin, int64_t end, int64_t channel, int64_t piece) {
    run(RowNormBackward{&spec, end - begin, width, from(dy_nd, begin * width), from(x_nd, begin * width), from(dx_nd, begin * width), gains + channel,
                        pairs_from(stats, begin), write, wanted ? dgain.of(piece) + channel : nullptr, wanted ? dbias.of(piece) + channel : nullptr,
                        stream});
  };
  parallel_for(n, grain, [&](int64_t begin, int64_t end) {
    if (groups == 1) return rows(begin, end, 0, begin / grain);
    for (int64_t i = begin * groups; i < end * groups; ++i) rows(i, i + 1, i % groups * width, begin / grain);
  });
  dgain.write(affine.dgain, affine.write);
  dbias.write(affine.dbias, affine.write);
}

/// Copies columns [begin, c) of some rows; both tensors have c columns, f32 or bf16 each.
void copy_columns(const Tensor& from, const Tensor& to, int64_t row, int64_t begin) {
  const int64_t c = from.cols();
  const int64_t at = row * c + begin;
  if (from.dtype() == to.dtype()) {
    const int64_t size = size_of(from.dtype());
    if (from.raw() == to.raw()) return;
    std::memcpy(static_cast<std::byte*>(to.raw()) + at * size, static_cast<std::byte*>(from.raw()) + at * size,
                static_cast<size_t>((c - begin) * size));
  } else if (from.dtype() == DType::kF32) {
    for (int64_t i = at; i < (row + 1) * c; ++i) to.data<BFloat16>()[i] = BFloat16::from(from.data<float>()[i]);
  } else {
    for (int64_t i = at; i < (row + 1) * c; ++i) to.data<float>()[i] = from.data<BFloat16>()[i].to_float();
  }
}

void heads_forward(const RowNormSpec& spec, int64_t heads, int64_t kv_heads, const Tensor& x_nc, const Tensor& gain_q, const Tensor& gain_k,
                   const Tensor& y_nc, const Tensor& stats) {
  const int64_t c = x_nc.cols(), k = c / (heads + 2 * kv_heads), normed = heads + kv_heads;
  std::vector<float> storage_q, storage_k;
  const float* gains_q = channel_gains(spec, gain_q, k, storage_q);
  const float* gains_k = channel_gains(spec, gain_k, k, storage_k);
  const auto some_heads = [&](int64_t row, int64_t first, int64_t count, const float* gains) {
    const int64_t begin = row * c + first * k;
    run(RowNormForward{&spec, count, k, from(x_nc, begin), from(y_nc, begin), gains, nullptr, pairs_from(stats, row * normed + first)});
  };
  parallel_for(x_nc.rows(), rows_for_a_piece(c), [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      some_heads(row, 0, heads, gains_q);
      some_heads(row, heads, kv_heads, gains_k);
      copy_columns(x_nc, y_nc, row, normed * k);
    }
  });
}

void heads_backward(const RowNormSpec& spec, int64_t heads, int64_t kv_heads, const Tensor& dy_nc, const Tensor& x_nc, const Tensor& gain_q,
                    const Tensor& gain_k, const Tensor& stats, const Tensor& dx_nc, const Tensor& dgain_q, const Tensor& dgain_k, Write write) {
  const int64_t n = x_nc.rows(), c = x_nc.cols(), k = c / (heads + 2 * kv_heads), normed = heads + kv_heads;
  std::vector<float> storage_q, storage_k;
  const float* gains_q = channel_gains(spec, gain_q, k, storage_q);
  const float* gains_k = channel_gains(spec, gain_k, k, storage_k);
  const int64_t grain = rows_for_a_summed_piece(n, c);
  const bool wanted = dgain_q.defined() || dgain_k.defined();
  const PieceSums dq(n, grain, k, wanted), dk(n, grain, k, wanted), no_bias(n, grain, k, wanted);
  const auto some_heads = [&](int64_t row, int64_t first, int64_t count, const float* gains, const PieceSums& dgain) {
    const int64_t begin = row * c + first * k, piece = row / grain;
    run(RowNormBackward{&spec, count, k, from(dy_nc, begin), from(x_nc, begin), from(dx_nc, begin), gains, pairs_from(stats, row * normed + first),
                        Write::kReplace, dgain.of(piece), no_bias.of(piece)});
  };
  parallel_for(n, grain, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      some_heads(row, 0, heads, gains_q, dq);
      some_heads(row, heads, kv_heads, gains_k, dk);
      copy_columns(dy_nc, dx_nc, row, normed * k);
    }
  });
  dq.write(dgain_q, write);
  dk.write(dgain_k, write);
}

}  // namespace

RowNormKernels row_norm_cpu() { return {forward, backward, heads_forward, heads_backward}; }

}  // namespace gimbal::kernels
