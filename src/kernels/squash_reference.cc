// The squashing norms of tensors on the reference device: through the definition, in double.
#include <vector>

#include "kernels/reference_values.h"
#include "kernels/squash_ref.h"

namespace gimbal::kernels {
namespace {

using Values = std::vector<double>;

Values channels(const Tensor& parameter, int64_t d, double absent) {
  return parameter.defined() ? parameter.to_doubles() : Values(static_cast<size_t>(d), absent);
}

double scalar(const Tensor& parameter) { return parameter.defined() ? parameter.at(0) : 0.0; }

void forward(Squash kind, const Tensor& x_nd, const Tensor& alpha, const Tensor& shift, const Tensor& gain, const Tensor& bias, const Tensor& y_nd) {
  const int64_t d = x_nd.cols();
  const Values x = values_of(x_nd), g = channels(gain, d, 1), b = channels(bias, d, 0);
  Values y(x.size());
  const auto width = static_cast<size_t>(d);
  for (size_t at = 0; at < x.size(); at += width)
    reference::squash_forward<double>(kind, std::span(x).subspan(at, width), scalar(alpha), scalar(shift), g, b, std::span(y).subspan(at, width));
  assign(y, y_nd);
}

void backward(Squash kind, const Tensor& dy_nd, const Tensor& x_nd, const Tensor& alpha, const Tensor& shift, const Tensor& gain, const Tensor& dx_nd,
              Write write, const SquashGradient& parameters) {
  const int64_t d = x_nd.cols();
  const Values dy = values_of(dy_nd), x = values_of(x_nd), g = channels(gain, d, 1);
  const auto width = static_cast<size_t>(d);
  Values dx(x.size()), dalpha(1), dshift(1), dgain(width), dbias(width);
  for (size_t at = 0; at < x.size(); at += width)
    reference::squash_vjp<double>(kind, std::span(dy).subspan(at, width), std::span(x).subspan(at, width), scalar(alpha), scalar(shift), g,
                                  std::span(dx).subspan(at, width), dalpha[0], dshift[0], dgain, dbias);
  assign(dx, dx_nd, write);
  if (parameters.dalpha.defined()) assign(dalpha, parameters.dalpha, parameters.write);
  if (parameters.dshift.defined()) assign(dshift, parameters.dshift, parameters.write);
  if (parameters.dgain.defined()) assign(dgain, parameters.dgain, parameters.write);
  if (parameters.dbias.defined()) assign(dbias, parameters.dbias, parameters.write);
}

}  // namespace

SquashKernels squash_reference() { return {forward, backward}; }

}  // namespace gimbal::kernels
