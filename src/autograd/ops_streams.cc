// Several residual streams side by side: mixtures of them, and doubly stochastic coefficients.
#include "autograd/ops.h"
#include "kernels/table.h"

namespace gimbal::ops {

using kernels::Write;

namespace {

const kernels::StreamKernels& stream_kernels(const Tensor& x) { return kernels::on(x.device()).streams; }

}  // namespace

Var mix_streams(Tape& tape, std::span<const Mixture> terms) {
  const Mixture& first = terms[0];
  const int64_t n = first.streams.rows() / first.sources, targets = first.coefficients.value.elements() / (n * first.sources);
  Tensor y(Shape{n * targets, first.streams.cols()}, first.streams.value.dtype(), first.streams.value.device());
  bool wanted = false;
  for (const Mixture& term : terms) {
    stream_kernels(y).mix(term.sources, term.coefficients.value, term.streams.value, y, &term == &first ? Write::kReplace : Write::kAdd);
    wanted |= term.coefficients.wants_gradient() || term.streams.wants_gradient();
  }
  return tape.emit(y, wanted, [terms = std::vector<Mixture>(terms.begin(), terms.end())](Tape& tape, const Tensor& dy) {
    for (const Mixture& term : terms) {
      const auto gradient_of = [](const Var& v) {
        return v.wants_gradient() ? Tensor(v.value.shape(), v.value.dtype(), v.value.device()) : Tensor();
      };
      const Tensor dc = gradient_of(term.coefficients), dx = gradient_of(term.streams);
      stream_kernels(dy).mix_backward(term.sources, dy, term.coefficients.value, term.streams.value, dc, dx);
      if (dc) tape.add_gradient(term.coefficients, dc);
      if (dx) tape.add_gradient(term.streams, dx);
    }
  });
}

Var sinkhorn(Tape& tape, int64_t iterations, int64_t streams, const Var& x) {
  Tensor y(x.value.shape(), x.value.dtype(), x.value.device());
  stream_kernels(y).sinkhorn(iterations, streams, x.value, y);
  return tape.emit(y, x.wants_gradient(), [iterations, streams, x](Tape& tape, const Tensor& dy) {
    Tensor dx(dy.shape(), dy.dtype(), dy.device());
    stream_kernels(dy).sinkhorn_backward(iterations, streams, dy, x.value, dx);
    tape.add_gradient(x, dx);
  });
}

Var reshape(Tape& tape, const Var& x, Shape shape) {
  return tape.emit(
      x.value.reshape(shape), x.wants_gradient(),
      [x_slot = Var{Tensor(), x.slot}, from = x.value.shape()](Tape& tape, const Tensor& dy) { tape.add_gradient(x_slot, dy.reshape(from)); });
}

}  // namespace gimbal::ops
