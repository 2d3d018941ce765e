// The residual join by its definition, for tensors of any float type.
#include "kernels/join.h"
#include "kernels/join_ref.h"
#include "kernels/reference_values.h"

namespace gimbal::kernels {
namespace {

using Doubles = std::vector<double>;

void forward(const JoinSpec& spec, const Tensor& skip_nd, const Tensor& skip_gain, const Tensor& branch_nd, const Tensor& branch_gain,
             const Tensor& y_nd) {
  const Doubles skip = values_of(skip_nd), branch = values_of(branch_nd), sg = values_of(skip_gain), bg = values_of(branch_gain);
  Doubles y(static_cast<size_t>(y_nd.elements()));
  ref::join<double>(y_nd.cols(), {spec.skip_scale, sg}, skip, {spec.branch_scale, bg}, branch, y);
  assign(y, y_nd);
}

/// Gradients of one input, into whichever outputs are defined.
void side_backward(double scale, const Doubles& dy, int64_t d, const Tensor& x_nd, const Tensor& gain, const Tensor& dx_nd, Write dx_write,
                   const Tensor& dgain, Write gain_write) {
  const Doubles g = values_of(gain), x = dgain ? values_of(x_nd) : Doubles();
  Doubles dx(static_cast<size_t>(dx_nd ? dx_nd.elements() : 0)), dg(static_cast<size_t>(dgain ? dgain.elements() : 0));
  ref::join_vjp<double>(d, {scale, g}, dy, x, dx, dg);
  if (dx_nd) assign(dx, dx_nd, dx_write);
  if (dgain) assign(dg, dgain, gain_write);
}

void backward(const JoinSpec& spec, const Tensor& dy_nd, const Tensor& skip_nd, const Tensor& skip_gain, const Tensor& branch_nd,
              const Tensor& branch_gain, const Tensor& dskip_nd, Write skip_write, const Tensor& dbranch_nd, const Tensor& dskip_gain,
              const Tensor& dbranch_gain, Write gain_write) {
  const Doubles dy = values_of(dy_nd);
  side_backward(spec.skip_scale, dy, dy_nd.cols(), skip_nd, skip_gain, dskip_nd, skip_write, dskip_gain, gain_write);
  side_backward(spec.branch_scale, dy, dy_nd.cols(), branch_nd, branch_gain, dbranch_nd, Write::kReplace, dbranch_gain, gain_write);
}

}  // namespace

JoinKernels join_reference() { return {forward, backward}; }

}  // namespace gimbal::kernels
