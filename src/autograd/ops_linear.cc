// Products with weights, look-ups, and the language-model loss that never holds all logits.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "autograd/column_gain.h"
#include "core/threads.h"
#include "kernels/table.h"

namespace gimbal::ops {

using kernels::Write;

namespace {

const kernels::Table& kernels_of(const Tensor& x) { return kernels::on(x.device()); }

// The copy of a weight that products with rows of type `rows` read.
const Tensor& operand(const Parameter& weight, DType rows) {
  if (weight.value.dtype() == rows) return weight.value;
  GIMBAL_ASSERT(rows == DType::kBF16 && weight.shadow, weight.name, " has no ", name_of(rows), " copy");
  return weight.shadow;
}

Tensor converted(const Tensor& x, DType dtype) {
  if (x.dtype() == dtype) return x;
  Tensor y(x.shape(), dtype, x.device());
  kernels_of(x).elementwise.copy(x, 1.0, y, Write::kReplace);
  return y;
}

// Gradients of y = x W^T + bias given dy of x's type. x may be undefined where the weight is frozen.
void linear_parameter_gradients(const Tensor& dy, const Tensor& x, Parameter& weight, Parameter* bias) {
  const auto& k = kernels_of(dy);
  if (const auto d = Tape::destination(weight); d.tensor) k.matmul.linear_dw(dy, x, d.tensor, d.write);
  if (!bias) return;
  if (const auto d = Tape::destination(*bias); d.tensor) k.matmul.column_sum(dy, d.tensor, d.write);
}

void add_to(float& sum, float term) { sum += term; }
void add_to(double& sum, double term) { sum += term; }
void add_to(BFloat16& sum, BFloat16 term) { sum = BFloat16::from(sum.to_float() + term.to_float()); }

/// Which columns of a wide matrix a narrow one stands for.
template <class T, class F>
void each_pair(const Tensor& narrow, const Tensor& wide, int64_t begin, F&& pair) {
  constexpr int64_t kPieceElements = 16384;
  const int64_t m = narrow.cols(), c = wide.cols();
  T *a = narrow.data<T>(), *b = wide.data<T>() + begin;
  parallel_for(narrow.rows(), std::max<int64_t>(1, kPieceElements / m), [&](int64_t first, int64_t last) {
    for (int64_t row = first; row < last; ++row)
      for (int64_t i = 0; i < m; ++i) pair(a[row * m + i], b[row * c + i]);
  });
}
template <class F>
void each_pair(const Tensor& narrow, const Tensor& wide, int64_t begin, F&& pair) {
  switch (wide.dtype()) {
    case DType::kF64:
      return each_pair<double>(narrow, wide, begin, pair);
    case DType::kBF16:
      return each_pair<BFloat16>(narrow, wide, begin, pair);
    default:
      return each_pair<float>(narrow, wide, begin, pair);
  }
}

/// A path of low rank on its way through the tape: what its backward needs besides the rows themselves.
struct LowRankPass {
  const LowRank* path;
  double dropout;  // 0 outside of the training phase
  uint64_t dropout_key;
  Tensor reduced_nr;  // scale * dropout(x) down^T

  LowRankPass(const LowRank& p, const Tape& tape)
      : path(&p), dropout(tape.training() ? p.dropout : 0), dropout_key(dropout > 0 ? tape.dropout_key(p.down->name) : 0) {}

  Tensor dropped(const Tensor& x) const {
    if (dropout == 0) return x;
    Tensor y(x.shape(), x.dtype(), x.device());
    kernels_of(x).elementwise.dropout(x, dropout, dropout_key, y);
    return y;
  }
  bool covers(const Tensor& y) const { return path->up->shape[0] == y.cols(); }

  void add_forward(const Tensor& x, const Tensor& y) {
    const auto& k = kernels_of(x);
    reduced_nr = Tensor(Shape{x.rows(), path->down->shape[0]}, x.dtype(), x.device());
    k.matmul.linear(dropped(x), operand(*path->down, x.dtype()), {}, reduced_nr);
    k.elementwise.copy(reduced_nr, path->scale, reduced_nr, Write::kReplace);
    const Tensor part(Shape{x.rows(), path->up->shape[0]}, y.dtype(), y.device());
    k.matmul.linear(reduced_nr, operand(*path->up, x.dtype()), {}, part);
    if (covers(y)) {
      k.elementwise.copy(part, 1.0, y, Write::kAdd);
    } else {
      each_pair(part, y, path->row_begin, [](auto from, auto& to) { add_to(to, from); });
    }
  }

  /// dy has x's type; dx already holds the gradient through the weight, or is undefined.
  void backward(const Tensor& dy, const Tensor& x, const Tensor& dx) const {
    const auto& k = kernels_of(x);
    Tensor dpart = dy;
    if (!covers(dy)) {
      dpart = Tensor(Shape{dy.rows(), path->up->shape[0]}, dy.dtype(), dy.device());
      each_pair(dpart, dy, path->row_begin, [](auto& to, auto from) { to = from; });
    }
    if (const auto d = Tape::destination(*path->up); d.tensor) k.matmul.linear_dw(dpart, reduced_nr, d.tensor, d.write);
    const Tensor dreduced(reduced_nr.shape(), x.dtype(), x.device());
    k.matmul.linear_dx(dpart, operand(*path->up, x.dtype()), dreduced, Write::kReplace);
    k.elementwise.copy(dreduced, path->scale, dreduced, Write::kReplace);
    if (const auto d = Tape::destination(*path->down); d.tensor) k.matmul.linear_dw(dreduced, dropped(x), d.tensor, d.write);
    if (!dx) return;
    if (dropout == 0) return k.matmul.linear_dx(dreduced, operand(*path->down, x.dtype()), dx, Write::kAdd);
    const Tensor through(x.shape(), x.dtype(), x.device());
    k.matmul.linear_dx(dreduced, operand(*path->down, x.dtype()), through, Write::kReplace);
    k.elementwise.copy(dropped(through), 1.0, dx, Write::kAdd);  // dropout is its own backward
  }
};

// linear() without what a spectral norm adds.
Var product(Tape& tape, const Var& x, Parameter& weight, Parameter* bias, DType out) {
  GIMBAL_ASSERT(x.cols() == weight.shape[1], weight.name, " ", weight.shape.to_string(), " meets rows of ", x.cols());
  Tensor y(Shape{x.rows(), weight.shape[0]}, out, x.value.device());
  kernels_of(x.value).matmul.linear(x.value, operand(weight, x.value.dtype()), bias ? bias->value : Tensor(), y);
  bool wants = x.wants_gradient() || trains({&weight, bias});
  std::vector<LowRankPass> passes;
  for (const LowRank& path : weight.low_rank) {
    passes.emplace_back(path, tape).add_forward(x.value, y);
    wants = wants || trains({path.down, path.up});
  }
  // Only products with x need it again: a frozen weight's memory of it would be the largest part of a step. A path's product is small, so that x is
  // made a second time where it can be.
  const bool remade = !weight.trainable && !passes.empty() && x.again;
  const Tensor kept = weight.trainable || (!passes.empty() && !remade) ? x.value : Tensor();
  return tape.emit(y, wants,
                   [slot = x.slot, shape = x.value.shape(), type = x.value.dtype(), kept, again = remade ? x.again : nullptr,
                    passes = std::move(passes), &weight, bias](Tape& tape, Tensor dy) {
                     dy = converted(dy, type);
                     const Tensor rows = again ? (*again)() : kept;
                     Tape::Destination dx;
                     if (slot >= 0) {
                       dx = tape.destination(slot, shape, type, dy.device());
                       kernels_of(dy).matmul.linear_dx(dy, operand(weight, type), dx.tensor, dx.write);
                     }
                     for (const LowRankPass& pass : passes) pass.backward(dy, rows, dx.tensor);
                     linear_parameter_gradients(dy, rows, weight, bias);
                   });
}

}  // namespace

Var linear(Tape& tape, const Var& x, Parameter& weight, Parameter* bias) { return linear(tape, x, weight, bias, x.value.dtype()); }

Var linear(Tape& tape, const Var& x, Parameter& weight, Parameter* bias, DType out) {
  if (!weight.spectral.left) return product(tape, x, weight, bias, out);
  GIMBAL_ASSERT(weight.low_rank.empty(), weight.name, " has a path of low rank beside a spectral norm; add_lora refuses it");
  return scale_by_spectrum(tape, product(tape, x, weight, nullptr, out), weight, bias);
}

Var embedding(Tape& tape, std::span<const Lookup> lookups, DType out) {
  GIMBAL_ASSERT(!lookups.empty());
  const Tensor& table = lookups[0].table_vd->value;
  Tensor y(Shape{lookups[0].ids_n.elements(), table.size(1)}, table.dtype() == DType::kF64 ? DType::kF64 : out, table.device());
  Write write = Write::kReplace;
  for (const Lookup& l : lookups) {
    kernels_of(y).embedding.gather(l.table_vd->value, l.ids_n, l.scale, y, write);
    write = Write::kAdd;
  }
  const bool wants = std::any_of(lookups.begin(), lookups.end(), [](const Lookup& l) { return l.table_vd->trainable; });
  return tape.emit(y, wants, [saved = std::vector<Lookup>(lookups.begin(), lookups.end())](Tape&, const Tensor& dy) {
    for (const Lookup& l : saved) {
      const auto d = Tape::destination(*l.table_vd);
      if (!d.tensor) continue;
      if (d.write == Write::kReplace) std::memset(d.tensor.raw(), 0, static_cast<size_t>(d.tensor.bytes()));
      kernels_of(dy).embedding.scatter_add(dy, l.ids_n, l.scale, d.tensor);
    }
  });
}

namespace {

// Adds a piece's rows to the running sums of the head.
void add_sums(const Tensor& loss, const Tensor& lse, const Tensor& targets, const Tensor& weights, const Tensor& nll, LossSums& sums) {
  for (int64_t i = 0; i < loss.elements(); ++i) {
    if (targets.data<int32_t>()[i] < 0) continue;
    const double w = weights ? weights.at(i) : 1.0;
    sums.loss += w * loss.at(i);
    sums.weight += w;
    sums.nll += w * (nll ? nll.at(i) : loss.at(i));
    sums.lse_squares += lse.at(i) * lse.at(i);
    sums.lse_max = std::max(sums.lse_max, std::abs(lse.at(i)));
  }
}

// Rows per piece: at most 2^24 logits (64 MiB), all pieces about equal.
int64_t rows_per_piece(int64_t n, int64_t v) {
  const int64_t most = std::max<int64_t>(64, (int64_t{1} << 24) / std::max<int64_t>(1, v));
  const int64_t pieces = std::max<int64_t>(1, (n + most - 1) / most);
  return std::max<int64_t>(1, (n + pieces - 1) / pieces);
}

// The logits of rows; `raw` receives them as they are in front of the gain, where there is one.
Tensor logits_of(const LinearLogits& head, const Tensor& rows, DType type, Tensor* raw) {
  const auto& k = kernels_of(rows);
  const Tensor weight = operand(*head.weight_vd, rows.dtype()), bias = head.bias_v ? head.bias_v->value : Tensor();
  const Tensor logits(Shape{rows.rows(), weight.rows()}, type, rows.device());
  k.matmul.linear(rows, weight, bias, logits);
  if (!head.gain_v) return logits;
  if (raw) *raw = logits.clone();
  apply_column_gains(logits, column_gains(*head.gain_v, logits.cols(), type, rows.device()), {}, logits);
  return logits;
}

// What the gradient of a piece's logits leaves in the head's parameters; behind it dlogits is that of the raw logits.
void logit_gradients(const LinearLogits& head, const Tensor& dlogits, const Tensor& raw, const Tensor& rows) {
  if (head.gain_v) {
    const Tensor gains = column_gains(*head.gain_v, raw.cols(), raw.dtype(), raw.device());
    add_gradient(*head.gain_v, column_gains_backward(dlogits, raw, gains, dlogits, Write::kReplace).dgains_c);
  }
  linear_parameter_gradients(dlogits, rows, *head.weight_vd, head.bias_v);
}

// A teacher's part in the piece [begin, end), from the student's logits: fills soft_loss, which its share does not scale, and returns the gradient,
// which it does.
Tensor learn_from(const Teacher& teacher, const Tensor& logits, int64_t begin, int64_t end, const Tensor& targets, const Tensor& weights,
                  double scale, const Tensor& soft_loss) {
  const auto& k = kernels_of(logits);
  const Tensor taught = logits_of(teacher.logits, teacher.logits.x_nd.value.slice_rows(begin, end), logits.dtype(), nullptr);
  k.cross_entropy.soft_rows(teacher.temperature, logits, taught, targets, weights, teacher.share * scale, soft_loss, taught);
  return taught;
}

}  // namespace

Var linear_cross_entropy(Tape& tape, const LinearLogits& head, const CrossEntropySpec& spec, const Tensor& targets, const Tensor& weights,
                         double scale, LossSums& sums, const Teacher* teacher) {
  const Var& x = head.x_nd;
  const Parameter* weight = head.weight_vd;
  GIMBAL_ASSERT(weight->low_rank.empty(), weight->name, " has a path of low rank, which this loss does not walk");
  const auto& k = kernels_of(x.value);
  const DType rows_type = x.value.dtype();
  const DType sum_type = rows_type == DType::kF64 ? DType::kF64 : DType::kF32;
  const Device device = x.value.device();
  const int64_t n = x.rows(), v = weight->shape[0];
  const double before = sums.loss, share = teacher ? teacher->share : 0;
  const bool plain = spec.label_smoothing == 0 && spec.z_loss == 0;
  const bool wants_gradient = tape.recording();
  Tensor dx = wants_gradient && x.wants_gradient() ? Tensor(x.value.shape(), rows_type, device) : Tensor();
  const int64_t piece = rows_per_piece(n, v);
  for (int64_t begin = 0; begin < n; begin += piece) {
    const int64_t end = std::min(n, begin + piece), m = end - begin;
    const Tensor rows = x.value.slice_rows(begin, end), want = targets.slice_rows(begin, end);
    const Tensor some_weights = weights ? weights.slice_rows(begin, end) : Tensor();
    Tensor loss(Shape{m}, sum_type, device), lse(Shape{m}, sum_type, device), nll, soft_loss, dsoft, raw;
    const Tensor logits = logits_of(head, rows, sum_type, wants_gradient ? &raw : nullptr);
    if (!plain) {
      nll = Tensor(Shape{m}, sum_type, device);
      k.cross_entropy.log_probabilities(logits, want, nll);
      k.elementwise.copy(nll, -1.0, nll, Write::kReplace);
    }
    if (teacher) {
      soft_loss = Tensor(Shape{m}, sum_type, device);
      dsoft = learn_from(*teacher, logits, begin, end, want, some_weights, scale, soft_loss);
    }
    Tensor dlogits;
    if (wants_gradient) dlogits = rows_type == DType::kBF16 ? Tensor(Shape{m, v}, rows_type, device) : logits;
    k.cross_entropy.rows(spec, logits, want, some_weights, (1 - share) * scale, loss, lse, dlogits);
    if (teacher) {
      if (!nll) nll = loss.clone();
      k.elementwise.copy(loss, 1 - share, loss, Write::kReplace);
      k.elementwise.copy(soft_loss, share, loss, Write::kAdd);
      if (wants_gradient) k.elementwise.copy(dsoft, 1.0, dlogits, Write::kAdd);
    }
    add_sums(loss, lse, want, some_weights, nll, sums);
    if (!wants_gradient) continue;
    logit_gradients(head, dlogits, raw, rows);
    if (dx) k.matmul.linear_dx(dlogits, operand(*weight, rows_type), dx.slice_rows(begin, end), Write::kReplace);
  }
  const double value = scale * (sums.loss - before);
  return tape.emit(Tensor::from<double>({&value, 1}, Shape{1}).to(sum_type, device), true, [x = x, dx](Tape& tape, const Tensor& dy) {
    GIMBAL_ASSERT(dy.at(0) == 1.0, "a loss is a root or a term of a plain sum");
    tape.add_gradient(x, dx);
  });
}

}  // namespace gimbal::ops
