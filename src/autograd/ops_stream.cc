// What happens along the stream: activations, joins, dropout, conversions, choosing rows.
#include <cmath>
#include <cstring>

#include "autograd/ops.h"
#include "kernels/table.h"

namespace gimbal::ops {

using kernels::Write;

namespace {

const kernels::Table& kernels_of(const Tensor& x) { return kernels::on(x.device()); }
Tensor value_of(const Parameter* p) { return p ? p->value : Tensor(); }
DType sum_type(const Tensor& x) { return x.dtype() == DType::kF64 ? DType::kF64 : DType::kF32; }

}  // namespace

Var activation(Tape& tape, const ActivationSpec& spec, const Var& x) {
  Tensor y(Shape{x.rows(), spec.gated ? x.cols() / 2 : x.cols()}, x.value.dtype(), x.value.device());
  kernels_of(x.value).activation.forward(spec, x.value, y);
  const Var result = tape.emit(y, x.wants_gradient(), [spec, x](Tape& tape, const Tensor& dy) {
    Tensor dx(x.value.shape(), x.value.dtype(), x.value.device());
    kernels_of(dy).activation.backward(spec, dy, x.value, dx);
    tape.add_gradient(x, dx);
  });
  return tape.remakable(result, [spec, x = x.value, shape = y.shape()] {
    const Tensor y(shape, x.dtype(), x.device());
    kernels_of(x).activation.forward(spec, x, y);
    return y;
  });
}

Var join(Tape& tape, const JoinSpec& spec, const Var& skip, Parameter* skip_gain, const Var& branch, Parameter* branch_gain) {
  GIMBAL_ASSERT(skip.value.shape() == branch.value.shape());
  Tensor y(skip.value.shape(), skip.value.dtype(), skip.value.device());
  kernels_of(y).join.forward(spec, skip.value, value_of(skip_gain), branch.value, value_of(branch_gain), y);
  const bool plain = spec.skip_scale == 1 && spec.branch_scale == 1 && !skip_gain && !branch_gain && skip.value.dtype() == branch.value.dtype();
  // Gains need the values they multiplied; a plain sum needs nothing.
  const Tensor saved_skip = skip_gain ? skip.value : Tensor(), saved_branch = branch_gain ? branch.value : Tensor();
  const Var skip_slot{Tensor(), skip.slot}, branch_slot{Tensor(), branch.slot};
  return tape.emit(y, skip.wants_gradient() || branch.wants_gradient() || trains({skip_gain, branch_gain}),
                   [spec, plain, saved_skip, saved_branch, skip_slot, branch_slot, skip_gain, branch_gain, shape = skip.value.shape(),
                    skip_type = skip.value.dtype(), branch_type = branch.value.dtype()](Tape& tape, const Tensor& dy) {
                     const bool skip_passes = spec.skip_scale == 1 && !skip_gain;
                     if (plain) {
                       tape.add_gradient(skip_slot, dy);
                       tape.add_gradient(branch_slot, dy);
                       return;
                     }
                     Tensor dskip = skip_slot.wants_gradient() && !skip_passes ? Tensor(shape, skip_type, dy.device()) : Tensor();
                     Tensor dbranch = branch_slot.wants_gradient() ? Tensor(shape, branch_type, dy.device()) : Tensor();
                     // One Write serves both gains: fresh tensors first, then the sum.
                     Tensor dskip_gain, dbranch_gain;
                     if (skip_gain && skip_gain->trainable) dskip_gain = Tensor(skip_gain->shape, sum_type(dy), dy.device());
                     if (branch_gain && branch_gain->trainable) dbranch_gain = Tensor(branch_gain->shape, sum_type(dy), dy.device());
                     kernels_of(dy).join.backward(spec, dy, saved_skip, value_of(skip_gain), saved_branch, value_of(branch_gain), dskip,
                                                  Write::kReplace, dbranch, dskip_gain, dbranch_gain, Write::kReplace);
                     for (const auto& [p, d] : {std::pair{skip_gain, dskip_gain}, std::pair{branch_gain, dbranch_gain}}) {
                       if (!d) continue;
                       const auto destination = Tape::destination(*p);
                       kernels_of(dy).elementwise.copy(d, 1.0, destination.tensor, destination.write);
                     }
                     tape.add_gradient(skip_slot, skip_passes ? dy : dskip);
                     tape.add_gradient(branch_slot, dbranch);
                   });
}

Var add(Tape& tape, const Var& x, const Var& y) { return join(tape, {}, x, nullptr, y, nullptr); }

Var scale(Tape& tape, const Var& x, double factor) {
  if (factor == 1.0) return x;
  Tensor y(x.value.shape(), x.value.dtype(), x.value.device());
  kernels_of(y).elementwise.copy(x.value, factor, y, Write::kReplace);
  return tape.emit(y, x.wants_gradient(), [x_slot = Var{Tensor(), x.slot}, factor](Tape& tape, const Tensor& dy) {
    Tensor dx(dy.shape(), dy.dtype(), dy.device());
    kernels_of(dy).elementwise.copy(dy, factor, dx, Write::kReplace);
    tape.add_gradient(x_slot, dx);
  });
}

Var convert(Tape& tape, const Var& x, DType out) {
  if (x.value.dtype() == out || x.value.dtype() == DType::kF64) return x;
  Tensor y(x.value.shape(), out, x.value.device());
  kernels_of(y).elementwise.copy(x.value, 1.0, y, Write::kReplace);
  return tape.emit(y, x.wants_gradient(), [x_slot = Var{Tensor(), x.slot}, from = x.value.dtype()](Tape& tape, const Tensor& dy) {
    Tensor dx(dy.shape(), from, dy.device());
    kernels_of(dy).elementwise.copy(dy, 1.0, dx, Write::kReplace);
    tape.add_gradient(x_slot, dx);
  });
}

Var scale_gradient(Tape& tape, const Var& x, double factor) {
  return tape.emit(x.value, x.wants_gradient(), [x_slot = Var{Tensor(), x.slot}, factor](Tape& tape, const Tensor& dy) {
    Tensor dx(dy.shape(), dy.dtype(), dy.device());
    kernels_of(dy).elementwise.copy(dy, factor, dx, Write::kReplace);
    tape.add_gradient(x_slot, dx);
  });
}

Var dropout(Tape& tape, const Var& x, double p, std::string_view site) {
  if (p == 0 || !tape.training()) return x;
  const uint64_t key = tape.dropout_key(site);
  Tensor y(x.value.shape(), x.value.dtype(), x.value.device());
  kernels_of(y).elementwise.dropout(x.value, p, key, y);
  return tape.emit(y, x.wants_gradient(), [x_slot = Var{Tensor(), x.slot}, p, key](Tape& tape, const Tensor& dy) {
    Tensor dx(dy.shape(), dy.dtype(), dy.device());
    kernels_of(dy).elementwise.dropout(dy, p, key, dx);
    tape.add_gradient(x_slot, dx);
  });
}

Var take_rows(Tape& tape, const Var& x, std::vector<int64_t> rows) {
  const int64_t row_bytes = x.cols() * size_of(x.value.dtype());
  Tensor y(Shape{static_cast<int64_t>(rows.size()), x.cols()}, x.value.dtype(), x.value.device());
  for (size_t i = 0; i < rows.size(); ++i)
    std::memcpy(static_cast<std::byte*>(y.raw()) + static_cast<int64_t>(i) * row_bytes,
                static_cast<const std::byte*>(x.value.raw()) + rows[i] * row_bytes, static_cast<size_t>(row_bytes));
  return tape.emit(y, x.wants_gradient(),
                   [x_slot = Var{Tensor(), x.slot}, shape = x.value.shape(), rows = std::move(rows)](Tape& tape, const Tensor& dy) {
                     Tensor dx = Tensor::zeros(shape, dy.dtype(), dy.device());
                     for (size_t i = 0; i < rows.size(); ++i) {  // a row taken twice gets both gradients
                       const auto from = static_cast<int64_t>(i);
                       kernels_of(dy).elementwise.copy(dy.slice_rows(from, from + 1), 1.0, dx.slice_rows(rows[i], rows[i] + 1), Write::kAdd);
                     }
                     tape.add_gradient(x_slot, dx);
                   });
}

TensorMoments moments(const Tensor& x) {
  const kernels::Moments m = kernels_of(x).elementwise.moments(x);
  return {m.count > 0 ? std::sqrt(m.sum_squares / static_cast<double>(m.count)) : 0.0, m.max_abs, m.non_finite};
}

double least_row_deviation(const Tensor& x) { return kernels_of(x).elementwise.least_row_deviation(x); }

}  // namespace gimbal::ops
