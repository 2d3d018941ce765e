// How the rows of a sequence relate to each other, against a teacher's relations, without ever storing a T x T matrix.
//
//   s_ij = a_i . a_j / sqrt(w),  p = softmax over the visible j;  t_ij, r_ij the same of the teacher's rows;  loss = sum_i KL(r_i || p_i)
//
// Everything is what the attention kernels compute already: with o = attention(q, k, v) and its row-wise log-sum-exp l,
//
//   KL_i = (l_i - s a_i . attention(t, t, a)_i) - (l'_i - s' t_i . attention(t, t, t)_i)
//   da_i = s [ sum_j (p_ij - r_ij) a_j + sum_j (p_ji - r_ji) a_j ]
//
// where the first sum is attention(a, a, a) - attention(t, t, a) and the second one the gradient of these two's values under the cotangent a.
#include <algorithm>
#include <cmath>

#include "autograd/ops.h"
#include "kernels/table.h"

namespace gimbal::ops {
namespace {

using Segments = std::vector<Segment>;

template <class T>
void copy_heads(const T* from, int64_t from_stride, int64_t from_width, T* to, int64_t to_stride, int64_t to_width, int64_t rows, int64_t heads) {
  const int64_t width = std::min(from_width, to_width);
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t h = 0; h < heads; ++h) std::copy_n(from + r * from_stride + h * from_width, width, to + r * to_stride + h * to_width);
}

// One side's rows: heads of `width` columns, with zeros behind them up to `padded`, which change no product.
struct Side {
  Tensor rows;
  AttentionSpec spec;
};

Side side_of(const RelationSpec& spec, const RelatedRows& part, int64_t padded) {
  const DType type = part.var.value.dtype() == DType::kF64 ? DType::kF64 : DType::kF32;
  const Tensor x = part.var.value.to(type);
  const int64_t width = part.width / spec.heads, n = x.rows();
  Side side;
  side.rows = Tensor::zeros(Shape{n, spec.heads * padded}, type, x.device());
  const auto copy = [&](auto zero) {
    using T = decltype(zero);
    copy_heads(x.data<T>() + part.begin, x.cols(), width, side.rows.data<T>(), side.rows.cols(), padded, n, spec.heads);
  };
  type == DType::kF64 ? copy(double{}) : copy(float{});
  side.spec.heads = side.spec.kv_heads = spec.heads;
  side.spec.head_width = padded;
  side.spec.scale = 1 / std::sqrt(static_cast<double>(width));
  side.spec.mask = spec.mask;
  return side;
}

struct Attended {
  Tensor o, softmax;
};

Attended attend(const Side& who, const Segments& segments, const Tensor& values) {
  Attended a{Tensor(values.shape(), values.dtype(), values.device()),
             Tensor(Shape{values.rows(), 2 * who.spec.heads}, values.dtype(), values.device())};
  kernels::on(values.device()).attention.forward(who.spec, segments, {who.rows}, {who.rows}, {values}, {}, a.o, a.softmax, nullptr);
  return a;
}

// sum_j p_ji values_j, which is the gradient of the values under the cotangent `values`.
Tensor attended_by(const Side& who, const Segments& segments, const Attended& a, const Tensor& values) {
  const auto like = [&] { return Tensor(values.shape(), values.dtype(), values.device()); };
  const Tensor unused_q = like(), unused_k = like(), sums = like();
  kernels::on(values.device())
      .attention.backward(who.spec, segments, {who.rows}, {who.rows}, {values}, {}, a.o, a.softmax, values, {unused_q}, {unused_k}, {sums}, {});
  return sums;
}

// Over all rows and heads.
double sum_of_log_sums(const Side& who, const Attended& a) {
  double sum = 0;
  for (int64_t i = 0; i < a.softmax.elements(); i += 2) sum += a.softmax.at(i) * kernels::nats_of_top(who.spec, {}) + a.softmax.at(i + 1);
  return sum;
}

double dot(const Tensor& x, const Tensor& y) {
  double sum = 0;
  if (x.dtype() == DType::kF64) {
    for (int64_t i = 0; i < x.elements(); ++i) sum += x.data<double>()[i] * y.data<double>()[i];
  } else {
    for (int64_t i = 0; i < x.elements(); ++i) sum += static_cast<double>(x.data<float>()[i]) * static_cast<double>(y.data<float>()[i]);
  }
  return sum;
}

void add_scaled(const Tensor& x, double factor, const Tensor& to) { kernels::on(to.device()).elementwise.copy(x, factor, to, kernels::Write::kAdd); }

// The gradient of the rows as one of the variable that they are columns of.
Tensor spread(const Tensor& d_rows, const RelationSpec& spec, const RelatedRows& part, int64_t padded) {
  const Tensor& x = part.var.value;
  const Tensor d = Tensor::zeros(x.shape(), d_rows.dtype(), x.device());
  const auto copy = [&](auto zero) {
    using T = decltype(zero);
    copy_heads(d_rows.data<T>(), d_rows.cols(), padded, d.data<T>() + part.begin, d.cols(), part.width / spec.heads, d.rows(), spec.heads);
  };
  d.dtype() == DType::kF64 ? copy(double{}) : copy(float{});
  return d.to(x.dtype());
}

}  // namespace

Var relation_distance(Tape& tape, const RelationSpec& spec, std::shared_ptr<const Segments> segments, const RelatedRows& ours,
                      const RelatedRows& theirs, double scale, double& sum) {
  GIMBAL_ASSERT(ours.width % spec.heads == 0 && theirs.width % spec.heads == 0, spec.heads, " heads of ", ours.width, " and ", theirs.width);
  const int64_t padded = std::max(ours.width, theirs.width) / spec.heads;
  const Side student = side_of(spec, ours, padded), teacher = side_of(spec, theirs, padded);
  const Tensor &a = student.rows, &t = teacher.rows;
  const Attended own = attend(student, *segments, a), taught = attend(teacher, *segments, a), told = attend(teacher, *segments, t);
  const double cross_entropy = sum_of_log_sums(student, own) - student.spec.scale * dot(a, taught.o);
  const double entropy = sum_of_log_sums(teacher, told) - teacher.spec.scale * dot(t, told.o);
  sum += cross_entropy - entropy;
  const double value = scale * (cross_entropy - entropy);
  const Tensor loss = Tensor::from<double>({&value, 1}, Shape{1}).to(a.dtype(), a.device());
  return tape.emit(loss, ours.var.wants_gradient(), [=](Tape& tape, const Tensor& dy) {
    GIMBAL_ASSERT(dy.at(0) == 1.0, "a loss is a root or a term of a plain sum");
    const double factor = scale * student.spec.scale;
    const Tensor d = Tensor::zeros(a.shape(), a.dtype(), a.device());
    add_scaled(own.o, factor, d);
    add_scaled(taught.o, -factor, d);
    add_scaled(attended_by(student, *segments, own, a), factor, d);
    add_scaled(attended_by(teacher, *segments, taught, a), -factor, d);
    tape.add_gradient(ours.var, spread(d, spec, ours, padded));
  });
}

}  // namespace gimbal::ops
