// Attention and the turning of its heads.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "autograd/ops.h"
#include "kernels/table.h"

namespace gimbal::ops {

Var rotary(Tape& tape, const RotarySpec& spec, const Var& x, int64_t column_begin, int64_t heads, const Tensor& positions,
           const RotaryTables& tables) {
  const auto& k = kernels::on(x.value.device()).rotary;
  k.turn(spec, kernels::Turn::kForward, x.value, column_begin, heads, positions, tables.cos_pr, tables.sin_pr);
  return tape.emit(x.value, x.wants_gradient(), [spec, x, column_begin, heads, positions, tables](Tape& tape, Tensor dy) {
    if (!dy.unique()) dy = dy.clone();
    kernels::on(dy.device()).rotary.turn(spec, kernels::Turn::kBack, dy, column_begin, heads, positions, tables.cos_pr, tables.sin_pr);
    tape.add_gradient(x, std::move(dy));
  });
}

Var attention(Tape& tape, const AttentionSpec& spec, std::shared_ptr<const std::vector<Segment>> segments, const Part& q, const Part& k,
              const Part& v, const Var& bias, AttentionHealth* health) {
  const Tensor& x = q.var.value;
  const auto& kernel = kernels::on(x.device()).attention;
  Tensor o(Shape{x.rows(), spec.heads * spec.head_width}, x.dtype(), x.device());
  const DType exact = x.dtype() == DType::kF64 ? DType::kF64 : DType::kF32;
  Tensor softmax = tape.recording() ? Tensor(Shape{x.rows(), 2 * spec.heads}, exact, x.device()) : Tensor();
  const auto columns = [](const Part& part, const Tensor& t) { return kernels::Columns{t, part.begin}; };
  kernel.forward(spec, *segments, columns(q, q.var.value), columns(k, k.var.value), columns(v, v.var.value), bias.value, o, softmax, health);
  const bool wants = q.var.wants_gradient() || k.var.wants_gradient() || v.var.wants_gradient() || bias.wants_gradient();
  return tape.emit(o, wants, [spec, segments, q, k, v, bias, o, softmax, columns](Tape& tape, const Tensor& d_o) {
    // Parts of one variable write their columns into one gradient.
    const auto like = [](const Part& part) { return Tensor(part.var.value.shape(), part.var.value.dtype(), part.var.value.device()); };
    const Tensor dq = like(q);
    const Tensor dk = k.var.slot == q.var.slot ? dq : like(k);
    const Tensor dv = v.var.slot == q.var.slot ? dq : v.var.slot == k.var.slot ? dk : like(v);
    const Tensor dbias = bias.value ? Tensor(bias.value.shape(), bias.value.dtype(), bias.value.device()) : Tensor();
    kernels::on(d_o.device())
        .attention.backward(spec, *segments, columns(q, q.var.value), columns(k, k.var.value), columns(v, v.var.value), bias.value, o, softmax, d_o,
                            columns(q, dq), columns(k, dk), columns(v, dv), dbias);
    tape.add_gradient(q.var, dq);
    if (k.var.slot != q.var.slot) tape.add_gradient(k.var, dk);
    if (v.var.slot != q.var.slot && v.var.slot != k.var.slot) tape.add_gradient(v.var, dv);
    if (bias.value) tape.add_gradient(bias, dbias);
  });
}

namespace {

// Column reach + distance of the expanded table takes this bucket (arXiv:1910.10683, appendix; one half for each direction when both are seen).
int64_t bucket_of(const DistanceBuckets& b, int64_t distance) {
  int64_t count = b.buckets, first = 0, away = -distance;
  if (b.directions == Directions::kBoth) {
    count /= 2;
    if (distance > 0) first = count;
    away = std::abs(distance);
  } else {
    away = std::max<int64_t>(0, away);
  }
  const int64_t exact = count / 2;
  if (away < exact) return first + away;
  const double share =
      std::log(static_cast<double>(away) / static_cast<double>(exact)) / std::log(static_cast<double>(b.max_distance) / static_cast<double>(exact));
  return first + std::min(count - 1, exact + static_cast<int64_t>(static_cast<float>(share) * static_cast<float>(count - exact)));
}

template <class T>
void expand_buckets(const Tensor& table, const DistanceBuckets& b, const Tensor& bias) {
  const int64_t heads = table.cols(), reach = bias.cols() / 2;
  for (int64_t i = 0; i < bias.cols(); ++i)
    for (int64_t h = 0; h < heads; ++h) bias.data<T>()[h * bias.cols() + i] = table.data<T>()[bucket_of(b, i - reach) * heads + h];
}

template <class T>
void gather_buckets(const Tensor& dbias, const DistanceBuckets& b, const Tape::Destination& dtable) {
  const int64_t heads = dbias.rows(), reach = dbias.cols() / 2;
  T* d = dtable.tensor.data<T>();
  if (dtable.write == kernels::Write::kReplace) std::fill_n(d, dtable.tensor.elements(), T(0));
  for (int64_t i = 0; i < dbias.cols(); ++i)
    for (int64_t h = 0; h < heads; ++h) d[bucket_of(b, i - reach) * heads + h] += dbias.data<T>()[h * dbias.cols() + i];
}

}  // namespace

Var distance_bias(Tape& tape, Parameter& table, const DistanceBuckets& buckets) {
  const bool exact = table.value.dtype() == DType::kF64;
  const Tensor bias(Shape{table.shape[1], 2 * buckets.max_distance + 1}, exact ? DType::kF64 : DType::kF32, table.value.device());
  const Tensor values = table.value.to(bias.dtype(), bias.device());
  exact ? expand_buckets<double>(values, buckets, bias) : expand_buckets<float>(values, buckets, bias);
  return tape.emit(bias, table.trainable, [&table, buckets, exact](Tape&, const Tensor& dbias) {
    const Tape::Destination d = Tape::destination(table);
    exact ? gather_buckets<double>(dbias, buckets, d) : gather_buckets<float>(dbias, buckets, d);
  });
}

void store_columns(const Tensor& x, int64_t begin, std::span<const int64_t> at, const Tensor& dst) {
  GIMBAL_ASSERT(x.dtype() == dst.dtype() && static_cast<int64_t>(at.size()) == x.rows());
  const int64_t element = size_of(x.dtype()), width = dst.cols();
  const auto* from = static_cast<const std::byte*>(x.raw()) + begin * element;
  auto* to = static_cast<std::byte*>(dst.raw());
  for (int64_t i = 0; i < x.rows(); ++i)
    std::memcpy(to + at[static_cast<size_t>(i)] * width * element, from + i * x.cols() * element, static_cast<size_t>(width * element));
}

}  // namespace gimbal::ops
