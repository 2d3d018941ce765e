// The arithmetic of several residual streams side by side: mixtures of them with coefficients of every token, and matrices that lose nothing
// (Sinkhorn's iteration, which makes rows and columns sum to 1).
//
// A token's streams are neighbouring rows: x_(n s)d holds stream j of token t in row t * s + j. Coefficients c_nji say how much of source j goes to
// target i; any shape of so many elements in that order will do. All tensors are f32.
#pragma once

#include "kernels/write.h"
#include "tensor/tensor.h"

namespace gimbal::kernels {

struct StreamKernels {
  /// y[t, i] (= or +=) sum over the sources j of c[t, j, i] x[t, j].
  void (*mix)(int64_t sources, const Tensor& c_nji, const Tensor& x_nsd, const Tensor& y_nsd, Write write);
  /// dc[t, j, i] = dy[t, i] . x[t, j];  dx[t, j] = sum over the targets i of c[t, j, i] dy[t, i]. Either may be undefined.
  void (*mix_backward)(int64_t sources, const Tensor& dy_nsd, const Tensor& c_nji, const Tensor& x_nsd, const Tensor& dc_nji, const Tensor& dx_nsd);
  /// y = exp(x), then `iterations` times: what each source gives, summed over the targets, is made 1, then what each target gets. s x s a token.
  void (*sinkhorn)(int64_t iterations, int64_t streams, const Tensor& x_nss, const Tensor& y_nss);
  /// Through every iteration.
  void (*sinkhorn_backward)(int64_t iterations, int64_t streams, const Tensor& dy_nss, const Tensor& x_nss, const Tensor& dx_nss);
};

StreamKernels streams_cpu();
StreamKernels streams_reference();

}  // namespace gimbal::kernels
