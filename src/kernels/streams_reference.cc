// Mixtures of streams and Sinkhorn's iteration by their definition, for tensors of any float type.
#include "kernels/streams.h"

#include "kernels/reference_values.h"
#include "kernels/streams_ref.h"

namespace gimbal::kernels {
namespace {

using Values = std::vector<double>;

/// The elements of one token.
template <class V>
auto token(V& values, int64_t t, int64_t each) {
  return std::span(values).subspan(static_cast<size_t>(t * each), values.empty() ? 0 : static_cast<size_t>(each));
}

void mix_streams(int64_t sources, const Tensor& c_nji, const Tensor& x_nsd, const Tensor& y_nsd, Write write) {
  const int64_t d = x_nsd.cols(), n = x_nsd.rows() / sources, targets = n > 0 ? y_nsd.rows() / n : 0;
  const Values c = values_of(c_nji), x = values_of(x_nsd);
  Values y(static_cast<size_t>(y_nsd.elements()));
  for (int64_t t = 0; t < n; ++t)
    ref::mix<double>(d, sources, targets, token(c, t, sources * targets), token(x, t, sources * d), token(y, t, targets * d));
  assign(y, y_nsd, write);
}

void mix_streams_backward(int64_t sources, const Tensor& dy_nsd, const Tensor& c_nji, const Tensor& x_nsd, const Tensor& dc_nji,
                          const Tensor& dx_nsd) {
  const int64_t d = x_nsd.cols(), n = x_nsd.rows() / sources, targets = n > 0 ? dy_nsd.rows() / n : 0;
  const Values dy = values_of(dy_nsd), c = values_of(c_nji), x = values_of(x_nsd);
  Values dc(c.size()), dx(x.size());
  for (int64_t t = 0; t < n; ++t)
    ref::mix_vjp<double>(d, sources, targets, token(dy, t, targets * d), token(c, t, sources * targets), token(x, t, sources * d),
                         token(dc, t, sources * targets), token(dx, t, sources * d));
  if (dc_nji) assign(dc, dc_nji);
  if (dx_nsd) assign(dx, dx_nsd);
}

void sinkhorn(int64_t iterations, int64_t s, const Tensor& x_nss, const Tensor& y_nss) {
  const Values x = values_of(x_nss);
  Values y(x.size());
  for (int64_t t = 0; t < x_nss.elements() / (s * s); ++t) ref::sinkhorn<double>(iterations, s, token(x, t, s * s), token(y, t, s * s));
  assign(y, y_nss);
}

void sinkhorn_backward(int64_t iterations, int64_t s, const Tensor& dy_nss, const Tensor& x_nss, const Tensor& dx_nss) {
  const Values dy = values_of(dy_nss), x = values_of(x_nss);
  Values dx(x.size());
  for (int64_t t = 0; t < x_nss.elements() / (s * s); ++t)
    ref::sinkhorn_vjp<double>(iterations, s, token(dy, t, s * s), token(x, t, s * s), token(dx, t, s * s));
  assign(dx, dx_nss);
}

}  // namespace

StreamKernels streams_reference() { return {mix_streams, mix_streams_backward, sinkhorn, sinkhorn_backward}; }

}  // namespace gimbal::kernels
