// The lab's plain operations: products of elements, parts of rows, losses on logits.
#include "lab/nets/operations.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "kernels/table.h"
#include "lab/nets/elements.h"

namespace gimbal::lab::nets {

using kernels::Write;

namespace {

const kernels::Table& kernels_for(const Tensor& x) { return kernels::on(x.device()); }

Tensor multiplied(const Tensor& a, const Tensor& b) {
  GIMBAL_ASSERT(a.elements() == b.elements());
  Tensor y = same_kind(a, a.shape());
  with_element_type(a, [&]<class T>(T) {
    const T *p = a.data<T>(), *q = b.data<T>();
    T* out = y.data<T>();
    for (int64_t i = 0, n = a.elements(); i < n; ++i) out[i] = p[i] * q[i];
  });
  return y;
}

}  // namespace

Var product(Tape& tape, const Var& a, const Var& b) {
  return tape.emit(multiplied(a.value, b.value), a.wants_gradient() || b.wants_gradient(), [a, b](Tape& tape, const Tensor& dy) {
    if (a.wants_gradient()) tape.add_gradient(a, multiplied(dy, b.value));
    if (b.wants_gradient()) tape.add_gradient(b, multiplied(dy, a.value));
  });
}

Var sum(Tape& tape, const Var& a, const Var& b) { return ops::join(tape, {}, a, nullptr, b, nullptr); }

Var channel_affine(Tape& tape, const Var& x, Parameter* gain, Parameter* bias) {
  Tensor y = same_kind(x.value, x.value.shape());
  const int64_t n = x.rows(), d = x.cols();
  with_element_type(x.value, [&]<class T>(T) {
    const T *in = x.value.data<T>(), *g = gain ? gain->value.data<T>() : nullptr, *b = bias ? bias->value.data<T>() : nullptr;
    T* out = y.data<T>();
    for (int64_t i = 0; i < n * d; ++i) out[i] = in[i] * (g ? g[i % d] : T(1)) + (b ? b[i % d] : T(0));
  });
  return tape.emit(y, x.wants_gradient() || trains({gain, bias}), [x, gain, bias, d](Tape& tape, const Tensor& dy) {
    if (gain)
      if (const auto to = Tape::destination(*gain); to.tensor) kernels_for(dy).matmul.column_sum(multiplied(dy, x.value), to.tensor, to.write);
    if (bias)
      if (const auto to = Tape::destination(*bias); to.tensor) kernels_for(dy).matmul.column_sum(dy, to.tensor, to.write);
    if (!x.wants_gradient()) return;
    if (!gain) return tape.add_gradient(x, dy);
    Tensor dx = same_kind(dy, dy.shape());
    with_element_type(dy, [&]<class T>(T) {
      for (int64_t i = 0; i < dy.elements(); ++i) dx.data<T>()[i] = dy.data<T>()[i] * gain->value.data<T>()[i % d];
    });
    tape.add_gradient(x, dx);
  });
}

Var reshape(Tape& tape, const Var& x, Shape shape) {
  return tape.emit(x.value.reshape(shape), x.wants_gradient(), [slot = Var{Tensor(), x.slot}, from = x.value.shape()](Tape& tape, const Tensor& dy) {
    tape.add_gradient(slot, dy.reshape(from));
  });
}

Var row_block(Tape& tape, const Var& x, int64_t begin, int64_t end) {
  return tape.emit(x.value.slice_rows(begin, end), x.wants_gradient(),
                   [slot = x.slot, shape = x.value.shape(), begin, end](Tape& tape, const Tensor& dy) {
                     const auto to = tape.destination(slot, shape, dy.dtype(), dy.device());
                     if (to.write == Write::kReplace) std::memset(to.tensor.raw(), 0, static_cast<size_t>(to.tensor.bytes()));
                     kernels_for(dy).elementwise.copy(dy, 1, to.tensor.slice_rows(begin, end), Write::kAdd);
                   });
}

Var stack_rows(Tape& tape, std::span<const Var> parts) {
  int64_t rows = 0;
  bool wants = false;
  for (const Var& part : parts) rows += part.rows(), wants = wants || part.wants_gradient();
  Tensor y = same_kind(parts[0].value, Shape{rows, parts[0].cols()});
  std::vector<Var> slots;
  int64_t at = 0;
  for (const Var& part : parts) {
    std::memcpy(y.slice_rows(at, at + part.rows()).raw(), part.value.raw(), static_cast<size_t>(part.value.bytes()));
    at += part.rows();
    slots.push_back(part);
  }
  return tape.emit(y, wants, [slots = std::move(slots)](Tape& tape, const Tensor& dy) {
    int64_t at = 0;
    for (const Var& part : slots) {
      tape.add_gradient(part, dy.slice_rows(at, at + part.rows()).clone());
      at += part.rows();
    }
  });
}

namespace {

// Copies columns [0, width) between a narrow matrix and its place in a wide one.
template <class T>
void copy_columns(const T* from, int64_t from_columns, T* to, int64_t to_columns, int64_t rows, int64_t width) {
  for (int64_t r = 0; r < rows; ++r) std::copy_n(from + r * from_columns, width, to + r * to_columns);
}

}  // namespace

Var join_columns(Tape& tape, const Var& a, const Var& b) {
  const int64_t n = a.rows(), c = a.cols(), d = b.cols();
  GIMBAL_ASSERT(b.rows() == n);
  Tensor y = same_kind(a.value, Shape{n, c + d});
  with_element_type(y, [&]<class T>(T) {
    copy_columns(a.value.data<T>(), c, y.data<T>(), c + d, n, c);
    copy_columns(b.value.data<T>(), d, y.data<T>() + c, c + d, n, d);
  });
  return tape.emit(y, a.wants_gradient() || b.wants_gradient(),
                   [a = Var{Tensor(), a.slot}, b = Var{Tensor(), b.slot}, n, c, d](Tape& tape, const Tensor& dy) {
                     Tensor da = same_kind(dy, Shape{n, c}), db = same_kind(dy, Shape{n, d});
                     with_element_type(dy, [&]<class T>(T) {
                       copy_columns(dy.data<T>(), c + d, da.data<T>(), c, n, c);
                       copy_columns(dy.data<T>() + c, c + d, db.data<T>(), d, n, d);
                     });
                     tape.add_gradient(a, da);
                     tape.add_gradient(b, db);
                   });
}

Var columns(Tape& tape, const Var& x, int64_t begin, int64_t count) {
  const int64_t n = x.rows(), c = x.cols();
  GIMBAL_ASSERT(begin >= 0 && begin + count <= c);
  Tensor y = same_kind(x.value, Shape{n, count});
  with_element_type(y, [&]<class T>(T) { copy_columns(x.value.data<T>() + begin, c, y.data<T>(), count, n, count); });
  return tape.emit(y, x.wants_gradient(), [slot = Var{Tensor(), x.slot}, n, c, begin, count](Tape& tape, const Tensor& dy) {
    Tensor dx = zeros_of_kind(dy, Shape{n, c});
    with_element_type(dy, [&]<class T>(T) { copy_columns(dy.data<T>(), count, dx.data<T>() + begin, c, n, count); });
    tape.add_gradient(slot, dx);
  });
}

namespace {

Tensor blocks_swapped(const Tensor& x, int64_t outer, int64_t inner, int64_t count) {
  const int64_t block = x.elements() / (outer * inner * count);
  Tensor y = same_kind(x, x.shape());
  with_element_type(x, [&]<class T>(T) {
    const T* from = x.data<T>();
    for (int64_t c = 0; c < count; ++c)
      for (int64_t i = 0; i < outer; ++i)
        for (int64_t k = 0; k < inner; ++k)
          std::copy_n(from + ((c * outer + i) * inner + k) * block, block, y.data<T>() + ((c * inner + k) * outer + i) * block);
  });
  return y;
}

}  // namespace

Var swap_blocks(Tape& tape, const Var& x, int64_t outer, int64_t inner, int64_t count) {
  return tape.emit(blocks_swapped(x.value, outer, inner, count), x.wants_gradient(),
                   [slot = Var{Tensor(), x.slot}, outer, inner, count](Tape& tape, const Tensor& dy) {
                     tape.add_gradient(slot, blocks_swapped(dy, inner, outer, count));
                   });
}

namespace {

Var loss_with_gradient(Tape& tape, const Var& x, double value, Tensor dx) {
  return tape.emit(like(x.value, {&value, 1}, Shape{1}), x.wants_gradient(), [x = Var{Tensor(), x.slot}, dx](Tape& tape, const Tensor& dy) {
    GIMBAL_ASSERT(dy.at(0) == 1.0, "a loss is a root or a term of a plain sum");
    tape.add_gradient(x, dx);
  });
}

}  // namespace

Var cross_entropy(Tape& tape, const Var& logits, std::span<const int32_t> targets, double scale, ops::LossSums& sums) {
  const int64_t n = logits.rows();
  GIMBAL_ASSERT(static_cast<int64_t>(targets.size()) == n, targets.size(), " targets for ", n, " rows");
  Tensor loss = same_kind(logits.value, Shape{n}), lse = same_kind(logits.value, Shape{n});
  Tensor dx = logits.wants_gradient() ? same_kind(logits.value, logits.value.shape()) : Tensor();
  kernels_for(logits.value).cross_entropy.rows({}, logits.value, Tensor::from_ints(targets, logits.value.device()), {}, scale, loss, lse, dx);
  double total = 0;
  for (int64_t i = 0; i < n; ++i) {
    if (targets[static_cast<size_t>(i)] < 0) continue;
    total += loss.at(i);
    sums.weight += 1;
  }
  sums.loss += total;
  sums.nll += total;
  return loss_with_gradient(tape, logits, scale * total, dx);
}

Var logistic_loss(Tape& tape, const Var& x, std::span<const double> targets, double scale, double& sum) {
  const std::vector<double> values = x.value.to_doubles();
  GIMBAL_ASSERT(values.size() == targets.size());
  std::vector<double> dx(values.size());
  double total = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    const double v = values[i];
    total += std::max(v, 0.0) + std::log1p(std::exp(-std::abs(v))) - targets[i] * v;
    dx[i] = scale * (1 / (1 + std::exp(-v)) - targets[i]);
  }
  sum += total;
  return loss_with_gradient(tape, x, scale * total, like(x.value, dx, x.value.shape()));
}

Var policy_loss(Tape& tape, const Var& logits, const PolicyTargets& targets, double scale, double& entropy_sum) {
  const std::vector<double> values = logits.value.to_doubles();
  const auto n = static_cast<size_t>(logits.rows()), v = static_cast<size_t>(logits.cols());
  GIMBAL_ASSERT(targets.actions.size() == n && targets.advantages.size() == n);
  std::vector<double> dx(values.size()), logp(v);
  double total = 0;
  for (size_t i = 0; i < n; ++i) {
    const double* row = values.data() + i * v;
    const double most = *std::max_element(row, row + v);
    double mass = 0, entropy = 0;
    for (size_t j = 0; j < v; ++j) mass += std::exp(row[j] - most);
    for (size_t j = 0; j < v; ++j) logp[j] = row[j] - most - std::log(mass);
    for (size_t j = 0; j < v; ++j) entropy -= std::exp(logp[j]) * logp[j];
    const auto action = static_cast<size_t>(targets.actions[i]);
    const double advantage = targets.advantages[i];
    total -= advantage * logp[action] + targets.entropy_bonus * entropy;
    entropy_sum += entropy;
    for (size_t j = 0; j < v; ++j) {
      const double p = std::exp(logp[j]);
      dx[i * v + j] = scale * (advantage * (p - (j == action ? 1 : 0)) + targets.entropy_bonus * p * (logp[j] + entropy));
    }
  }
  return loss_with_gradient(tape, logits, scale * total, like(logits.value, dx, logits.value.shape()));
}

}  // namespace gimbal::lab::nets
