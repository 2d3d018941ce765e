// BatchNorm of tensors on the reference device: through the definition, in double.
#include "kernels/batch_norm.h"

#include <vector>

#include "kernels/batch_norm_ref.h"
#include "kernels/reference_values.h"

namespace gimbal::kernels {
namespace {

using Values = std::vector<double>;

/// The parameter of d channels, or the number that stands for its absence.
Values channels(const Tensor& parameter, int64_t d, double absent) {
  return parameter.defined() ? parameter.to_doubles() : Values(static_cast<size_t>(d), absent);
}

void statistics(const Tensor& x_nd, const Tensor& mean_d, const Tensor& var_d) {
  const Values x = values_of(x_nd);
  Values mean(static_cast<size_t>(x_nd.cols())), var(mean.size());
  reference::batch_statistics<double>(x, mean, var);
  assign(mean, mean_d);
  assign(var, var_d);
}

void apply(double eps, const Tensor& x_nd, const Tensor& mean_d, const Tensor& var_d, const Tensor& gain, const Tensor& bias, const Tensor& y_nd) {
  const int64_t d = x_nd.cols();
  const Values x = values_of(x_nd), mean = values_of(mean_d), var = values_of(var_d), g = channels(gain, d, 1), b = channels(bias, d, 0);
  Values y(x.size());
  reference::batch_apply<double>(eps, x, mean, var, g, b, y);
  assign(y, y_nd);
}

void write_affine(double eps, const Values& dy, const Values& x, const Values& mean, const Values& var, const AffineGradient& affine) {
  Values dgain(mean.size()), dbias(mean.size());
  reference::batch_affine_vjp<double>(eps, dy, x, mean, var, dgain, dbias);
  if (affine.dgain.defined()) assign(dgain, affine.dgain, affine.write);
  if (affine.dbias.defined()) assign(dbias, affine.dbias, affine.write);
}

void backward(double eps, const Tensor& dy_nd, const Tensor& x_nd, const Tensor& mean_d, const Tensor& var_d, const Tensor& gain, const Tensor& dx_nd,
              Write write, const AffineGradient& affine) {
  const Values dy = values_of(dy_nd), x = values_of(x_nd), mean = values_of(mean_d), var = values_of(var_d), g = channels(gain, x_nd.cols(), 1);
  Values dx(x.size());
  reference::batch_vjp<double>(eps, dy, x, mean, var, g, dx);
  assign(dx, dx_nd, write);
  write_affine(eps, dy, x, mean, var, affine);
}

void backward_eval(double eps, const Tensor& dy_nd, const Tensor& x_nd, const Tensor& mean_d, const Tensor& var_d, const Tensor& gain,
                   const Tensor& dx_nd, Write write, const AffineGradient& affine) {
  const Values dy = values_of(dy_nd), x = values_of(x_nd), mean = values_of(mean_d), var = values_of(var_d), g = channels(gain, x_nd.cols(), 1);
  Values dx(x.size());
  reference::batch_eval_vjp<double>(eps, dy, var, g, dx);
  assign(dx, dx_nd, write);
  write_affine(eps, dy, x, mean, var, affine);
}

}  // namespace

BatchNormKernels batch_norm_reference() { return {statistics, apply, backward, backward_eval}; }

}  // namespace gimbal::kernels
