// Row norms of tensors on the reference device: every row through the definition, in double.
#include "kernels/reference_values.h"
#include "kernels/row_norm_ref.h"

namespace gimbal::kernels {
namespace {

using Values = std::vector<double>;

/// offset + gain for each of d channels, whichever form the gain has.
Values channel_gains(const RowNormSpec& spec, const Tensor& gain, int64_t d) {
  Values g(static_cast<size_t>(d), 1.0);
  if (!gain.defined()) return g;
  for (int64_t i = 0; i < d; ++i) g[static_cast<size_t>(i)] = spec.gain_offset + gain.at(gain.elements() == 1 ? 0 : i);
  return g;
}

Values channel_biases(const Tensor& bias, int64_t d) { return bias.defined() ? bias.to_doubles() : Values(static_cast<size_t>(d), 0.0); }

template <class T>
std::span<T> part(std::vector<T>& v, int64_t begin, int64_t count) {
  return std::span<T>(v).subspan(static_cast<size_t>(begin), static_cast<size_t>(count));
}
std::span<const double> part(const Values& v, int64_t begin, int64_t count) {
  return std::span<const double>(v).subspan(static_cast<size_t>(begin), static_cast<size_t>(count));
}

/// Undefined: skipped. [1] for a gain of d channels: their sum.
void write_gradient(const Values& per_channel, const Tensor& gradient, Write write) {
  if (!gradient.defined()) return;
  if (gradient.elements() == static_cast<int64_t>(per_channel.size())) return assign(per_channel, gradient, write);
  double sum = 0;
  for (const double v : per_channel) sum += v;
  assign(Values{sum}, gradient, write);
}

void forward(const RowNormSpec& spec, const Tensor& x_nd, const Tensor& gain, const Tensor& bias, const Tensor& y_nd, const Tensor& stats) {
  const int64_t d = x_nd.cols(), width = d / spec.groups;
  const Values x = values_of(x_nd), g = channel_gains(spec, gain, d), b = channel_biases(bias, d);
  Values y(x.size()), s;
  for (int64_t begin = 0; begin < x_nd.elements(); begin += width) {
    const int64_t channel = begin % d;
    const auto statistics =
        reference::row_norm_forward<double>(spec, part(x, begin, width), part(g, channel, width), part(b, channel, width), part(y, begin, width));
    s.insert(s.end(), {statistics.mean, statistics.inverse});
  }
  assign(y, y_nd);
  if (stats.defined()) assign(s, stats);
}

void backward(const RowNormSpec& spec, const Tensor& dy_nd, const Tensor& x_nd, const Tensor& gain, const Tensor& stats, const Tensor& dx_nd,
              Write write, const AffineGradient& affine) {
  const int64_t d = x_nd.cols(), width = d / spec.groups;
  const Values x = values_of(x_nd), dy = values_of(dy_nd), g = channel_gains(spec, gain, d);
  Values dx(x.size()), dgain(static_cast<size_t>(d)), dbias(static_cast<size_t>(d));
  for (int64_t begin = 0, i = 0; begin < x_nd.elements(); begin += width, ++i) {
    const int64_t channel = begin % d;
    const reference::RowStatistics<double> s = {stats.at(2 * i), stats.at(2 * i + 1)};
    reference::row_norm_vjp<double>(spec, part(dy, begin, width), part(x, begin, width), part(g, channel, width), s, part(dx, begin, width),
                                    part(dgain, channel, width), part(dbias, channel, width));
  }
  assign(dx, dx_nd, write);
  write_gradient(dgain, affine.dgain, affine.write);
  write_gradient(dbias, affine.dbias, affine.write);
}

void heads_forward(const RowNormSpec& spec, int64_t heads, int64_t kv_heads, const Tensor& x_nc, const Tensor& gain_q, const Tensor& gain_k,
                   const Tensor& y_nc, const Tensor& stats) {
  const int64_t all = heads + 2 * kv_heads, k = x_nc.cols() / all;
  const Values x = values_of(x_nc), gq = channel_gains(spec, gain_q, k), gk = channel_gains(spec, gain_k, k), none = channel_biases({}, k);
  Values y = x, s;
  for (int64_t i = 0; i < x_nc.rows() * all; ++i) {
    const int64_t head = i % all;
    if (head >= heads + kv_heads) continue;
    const auto statistics =
        reference::row_norm_forward<double>(spec, part(x, i * k, k), part(head < heads ? gq : gk, 0, k), part(none, 0, k), part(y, i * k, k));
    s.insert(s.end(), {statistics.mean, statistics.inverse});
  }
  assign(y, y_nc);
  if (stats.defined()) assign(s, stats);
}

void heads_backward(const RowNormSpec& spec, int64_t heads, int64_t kv_heads, const Tensor& dy_nc, const Tensor& x_nc, const Tensor& gain_q,
                    const Tensor& gain_k, const Tensor& stats, const Tensor& dx_nc, const Tensor& dgain_q, const Tensor& dgain_k, Write write) {
  const int64_t all = heads + 2 * kv_heads, k = x_nc.cols() / all;
  const Values x = values_of(x_nc), dy = values_of(dy_nc), gq = channel_gains(spec, gain_q, k), gk = channel_gains(spec, gain_k, k);
  Values dx = dy, dq(static_cast<size_t>(k)), dk(static_cast<size_t>(k)), unused(static_cast<size_t>(k));
  for (int64_t i = 0, normed = 0; i < x_nc.rows() * all; ++i) {
    const int64_t head = i % all;
    if (head >= heads + kv_heads) continue;
    const reference::RowStatistics<double> s = {stats.at(2 * normed), stats.at(2 * normed + 1)};
    ++normed;
    reference::row_norm_vjp<double>(spec, part(dy, i * k, k), part(x, i * k, k), part(head < heads ? gq : gk, 0, k), s, part(dx, i * k, k),
                                    part(head < heads ? dq : dk, 0, k), part(unused, 0, k));
  }
  assign(dx, dx_nc);
  write_gradient(dq, dgain_q, write);
  write_gradient(dk, dgain_k, write);
}

}  // namespace

RowNormKernels row_norm_reference() { return {forward, backward, heads_forward, heads_backward}; }

}  // namespace gimbal::kernels
