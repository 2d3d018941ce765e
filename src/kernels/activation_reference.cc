// Feed-forward non-linearities by their definition, for tensors of any float type.
#include "kernels/activation.h"
#include "kernels/activation_ref.h"
#include "kernels/reference_values.h"

namespace gimbal::kernels {
namespace {

void forward(const ActivationSpec& spec, const Tensor& x, const Tensor& y_nf) {
  const std::vector<double> from = values_of(x);
  std::vector<double> y(static_cast<size_t>(y_nf.elements()));
  ref::activation<double>(spec, y_nf.cols(), from, y);
  assign(y, y_nf);
}

void backward(const ActivationSpec& spec, const Tensor& dy_nf, const Tensor& x, const Tensor& dx) {
  const std::vector<double> dy = values_of(dy_nf), from = values_of(x);
  std::vector<double> to(static_cast<size_t>(dx.elements()));
  ref::activation_vjp<double>(spec, dy_nf.cols(), dy, from, to);
  assign(to, dx);
}

}  // namespace

ActivationKernels activation_reference() { return {forward, backward}; }

}  // namespace gimbal::kernels
