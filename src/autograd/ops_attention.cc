// Attention and the turning of its heads.
#include <cstring>

#include "autograd/ops.h"
#include "kernels/table.h"

namespace gimbal::ops {

Var rotary(Tape& tape, const RotarySpec& spec, const Var& x, int64_t column_begin, int64_t heads, const Tensor& positions, const RotaryTables& tables) {
  const auto& k = kernels::on(x.value.device()).rotary;
  k.turn(spec, kernels::Turn::kForward, x.value, column_begin, heads, positions, tables.cos_pr, tables.sin_pr);
  return tape.emit(x.value, x.wants_gradient(), [spec, x, column_begin, heads, positions, tables](Tape& tape, Tensor dy) {
    if (!dy.unique()) dy = dy.clone();
    kernels::on(dy.device()).rotary.turn(spec, kernels::Turn::kBack, dy, column_begin, heads, positions, tables.cos_pr, tables.sin_pr);
    tape.add_gradient(x, std::move(dy));
  });
}

Var attention(Tape& tape, const AttentionSpec& spec, std::shared_ptr<const std::vector<Segment>> segments, const Part& q, const Part& k, const Part& v,
              AttentionHealth* health) {
  const Tensor& x = q.var.value;
  const auto& kernel = kernels::on(x.device()).attention;
  Tensor o(Shape{x.rows(), spec.heads * spec.head_width}, x.dtype(), x.device());
  Tensor lse = tape.recording() ? Tensor(Shape{x.rows(), spec.heads}, x.dtype() == DType::kF64 ? DType::kF64 : DType::kF32, x.device()) : Tensor();
  const auto columns = [](const Part& part, const Tensor& t) { return kernels::Columns{t, part.begin}; };
  kernel.forward(spec, *segments, columns(q, q.var.value), columns(k, k.var.value), columns(v, v.var.value), o, lse, health);
  const bool wants = q.var.wants_gradient() || k.var.wants_gradient() || v.var.wants_gradient();
  return tape.emit(o, wants, [spec, segments, q, k, v, o, lse, columns](Tape& tape, const Tensor& d_o) {
    // Parts of one variable write their columns into one gradient.
    const auto like = [](const Part& part) { return Tensor(part.var.value.shape(), part.var.value.dtype(), part.var.value.device()); };
    const Tensor dq = like(q);
    const Tensor dk = k.var.slot == q.var.slot ? dq : like(k);
    const Tensor dv = v.var.slot == q.var.slot ? dq : v.var.slot == k.var.slot ? dk : like(v);
    kernels::on(d_o.device()).attention.backward(spec, *segments, columns(q, q.var.value), columns(k, k.var.value), columns(v, v.var.value), o, lse, d_o,
                                                 columns(q, dq), columns(k, dk), columns(v, dv));
    tape.add_gradient(q.var, dq);
    if (k.var.slot != q.var.slot) tape.add_gradient(k.var, dk);
    if (v.var.slot != q.var.slot && v.var.slot != k.var.slot) tape.add_gradient(v.var, dv);
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
