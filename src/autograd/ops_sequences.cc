// One row for a whole sequence, and the products of such rows: what embeddings of texts are made and compared with.
#include "autograd/ops.h"
#include "core/threads.h"
#include "kernels/table.h"

namespace gimbal::ops {
namespace {

DType row_type(const Var& x) { return x.value.dtype() == DType::kF64 ? DType::kF64 : DType::kF32; }

}  // namespace

Var mean_rows(Tape& tape, const Var& x, std::shared_ptr<const std::vector<Segment>> segments) {
  const auto& copy = kernels::on(x.value.device()).elementwise.copy;
  const Tensor y = Tensor::zeros(Shape{static_cast<int64_t>(segments->size()), x.cols()}, row_type(x), x.value.device());
  for (size_t s = 0; s < segments->size(); ++s) {
    const Segment& of = (*segments)[s];
    const auto to = static_cast<int64_t>(s);
    for (int64_t r = of.q_begin; r < of.q_begin + of.q_len; ++r)
      copy(x.value.slice_rows(r, r + 1), 1.0 / static_cast<double>(of.q_len), y.slice_rows(to, to + 1), kernels::Write::kAdd);
  }
  return tape.emit(y, x.wants_gradient(),
                   [x_slot = Var{Tensor(), x.slot}, shape = x.value.shape(), type = x.value.dtype(), segments](Tape& tape, const Tensor& dy) {
                     const auto& copy = kernels::on(dy.device()).elementwise.copy;
                     const Tensor dx = Tensor::zeros(shape, type, dy.device());
                     for (size_t s = 0; s < segments->size(); ++s) {
                       const Segment& of = (*segments)[s];
                       const Tensor from = dy.slice_rows(static_cast<int64_t>(s), static_cast<int64_t>(s) + 1);
                       for (int64_t r = of.q_begin; r < of.q_begin + of.q_len; ++r)
                         copy(from, 1.0 / static_cast<double>(of.q_len), dx.slice_rows(r, r + 1), kernels::Write::kReplace);
                     }
                     tape.add_gradient(x_slot, dx);
                   });
}

// Few rows, so in double where they lie; the sums of both passes have one order, whatever the number of threads.
Var row_dots(Tape& tape, const Var& x, std::vector<RowPair> pairs, double factor) {
  const int64_t width = x.cols(), count = static_cast<int64_t>(pairs.size());
  constexpr int64_t kPairs = 256, kColumns = 32;  // of one piece
  std::vector<double> values = x.value.to_doubles(), dots(pairs.size());
  parallel_for(count, kPairs, [&](int64_t begin, int64_t end) {
    for (int64_t p = begin; p < end; ++p) {
      const RowPair& pair = pairs[static_cast<size_t>(p)];
      const double *a = values.data() + pair.a * width, *b = values.data() + pair.b * width;
      double sum = 0;
      for (int64_t j = 0; j < width; ++j) sum += a[j] * b[j];
      dots[static_cast<size_t>(p)] = factor * sum;
    }
  });
  const Tensor y = Tensor::from<double>(dots, Shape{count, 1}).to(row_type(x), x.value.device());
  return tape.emit(y, x.wants_gradient(), [x, values = std::move(values), pairs = std::move(pairs), factor, width](Tape& tape, const Tensor& dy) {
    const std::vector<double> cotangent = dy.to_doubles();
    std::vector<double> dx(values.size());
    parallel_for(width, kColumns, [&](int64_t begin, int64_t end) {
      for (size_t p = 0; p < pairs.size(); ++p) {
        const double g = factor * cotangent[p];
        const int64_t a = pairs[p].a * width, b = pairs[p].b * width;
        for (int64_t j = begin; j < end; ++j) {
          dx[static_cast<size_t>(a + j)] += g * values[static_cast<size_t>(b + j)];
          dx[static_cast<size_t>(b + j)] += g * values[static_cast<size_t>(a + j)];
        }
      }
    });
    tape.add_gradient(x, Tensor::from<double>(dx, x.value.shape()).to(x.value.dtype(), x.value.device()));
  });
}

}  // namespace gimbal::ops
