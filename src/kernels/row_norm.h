// Norms whose statistics belong to one row (token) or to groups of its channels: layer, rms, prms, crms, scale, layer-std, group; and per head.
//
//   kLayer     xhat = (x - mean) / sqrt(var + eps), biased variance          (arXiv:1607.06450)
//   kRms       xhat = x / sqrt(mean(x^2) + eps)                               (arXiv:1910.07467; its pRMSNorm: the mean over the first channels)
//   kCompressedRms  xhat = x / sqrt((sum(x^2) + sum(x)^2) / (d + 1) + eps)    (CRMSNorm, arXiv:2305.14858: x are the first d of d + 1 channels that
//                                                                             sum to 0, and xhat the first d of their kRms)
//   kScale     xhat = x / max(||x||, eps)                                     (arXiv:1910.05895; the one gain starts at sqrt(d))
//   kLayerStd  xhat = (x - mean) / (std + eps), unbiased std (d - 1)          (the "std + eps" form of old checkpoints)
//   y = xhat * (gain_offset + gain) + bias
//
// With groups g > 1 the statistics are over d/g neighbouring channels each (arXiv:1803.08494); gain and bias stay per channel.
// Variance is two-pass. Statistics, products and gradients of gain and bias are f32 (f64 on the reference device).
// Reductions over rows run in an order fixed by the shapes. A row with a non-finite value stays non-finite and touches no other row.
#pragma once

#include <algorithm>
#include <cstdint>

#include "kernels/write.h"
#include "tensor/tensor.h"

namespace gimbal::kernels {

enum class RowStat : uint8_t { kLayer, kRms, kScale, kLayerStd, kCompressedRms };

struct RowNormSpec {
  RowStat stat = RowStat::kLayer;
  double eps = 1e-5;
  int64_t groups = 1;
  double gain_offset = 0;  // 1 for the "1 + gain" form, whose gain starts at 0
  double share = 1;        // kRms: of a group's channels, the first ones, that the statistic reads
};

/// Of a group of `width` channels, how many the statistic reads: at least one.
inline int64_t channels_read(const RowNormSpec& spec, int64_t width) {
  return spec.share >= 1 ? width : std::max<int64_t>(1, static_cast<int64_t>(spec.share * static_cast<double>(width)));
}

/// Gradients that a caller wants; undefined tensors are skipped.
struct AffineGradient {
  Tensor dgain, dbias;
  Write write = Write::kReplace;
};

struct RowNormKernels {
  /// x_nd, y_nd: f32 or bf16 each. gain: undefined (no gain), [d], or [1] (one scalar for all channels). bias: undefined or [d].
  /// stats [n, groups, 2] f32 receives (mean, 1/denominator) for backward, kCompressedRms (sum, 1/denominator); undefined in inference. y may alias
  /// x when the types agree.
  void (*forward)(const RowNormSpec& spec, const Tensor& x_nd, const Tensor& gain, const Tensor& bias, const Tensor& y_nd, const Tensor& stats);
  /// dx_nd (= or +=); dx may alias dy when the types agree and write is kReplace. dx may be f32 while dy is bf16.
  void (*backward)(const RowNormSpec& spec, const Tensor& dy_nd, const Tensor& x_nd, const Tensor& gain, const Tensor& stats, const Tensor& dx_nd,
                   Write write, const AffineGradient& affine);

  /// Query/key norm on a fused projection: x_nc, c = (heads + 2 kv_heads) * k, rows laid out q|k|v. Each q head is normed over its k channels with
  /// gain_q [k], each k head with gain_k [k] (either undefined = no gain); v is copied. groups must be 1. stats [n, heads + kv_heads, 2].
  void (*heads_forward)(const RowNormSpec& spec, int64_t heads, int64_t kv_heads, const Tensor& x_nc, const Tensor& gain_q, const Tensor& gain_k,
                        const Tensor& y_nc, const Tensor& stats);
  /// dx_nc = ...; dgain_q, dgain_k (= or += by `write`), undefined = skipped. dx may alias dy.
  void (*heads_backward)(const RowNormSpec& spec, int64_t heads, int64_t kv_heads, const Tensor& dy_nc, const Tensor& x_nc, const Tensor& gain_q,
                         const Tensor& gain_k, const Tensor& stats, const Tensor& dx_nc, const Tensor& dgain_q, const Tensor& dgain_k, Write write);
};

RowNormKernels row_norm_cpu();
RowNormKernels row_norm_reference();

}  // namespace gimbal::kernels
