// Whitening: y = (x - mean) W^T with W Sigma W^T = I, Sigma = (1/n) sum (x - mean)(x - mean)^T + eps I over the rows of the batch.
//
//   zca            W = Sigma^(-1/2) = U diag(lambda)^(-1/2) U^T      (Decorrelated Batch Normalization, arXiv:1804.08450)
//   cholesky       W = L^-1, Sigma = L L^T                            (arXiv:1806.00420)
//   newton-schulz  S = Sigma / tr Sigma, P_0 = I, P_k+1 = (3 P_k - P_k^3 S) / 2, W = P_T / sqrt(tr Sigma)      (IterNorm, arXiv:1904.03441)
//
// All three are differentiable; the gradient runs through Sigma and the mean. The iteration converges quadratically and then loses what rounding
// makes of P S - S P: at 30 steps it has left for infinity in double (measured on a 5 x 5 covariance), at 5 to 12 it is good.
#pragma once

#include <memory>
#include <string>

#include "lab/nets/dense.h"
#include "layers/norm/norm.h"

namespace gimbal::lab::nets {

enum class Whitening : uint8_t { kZca, kCholesky, kNewtonSchulz };

struct WhiteningSpec {
  Whitening kind = Whitening::kZca;
  double eps = 1e-5;
  int64_t iterations = 5;  // kNewtonSchulz
};

/// Batch statistics blended into the running ones as ops::RunningStatistics does, but with the biased covariance (as published).
struct RunningCovariance {
  Parameter *mean_d, *covariance_dd;  // the covariance without eps
  double rate = 0.1;
};

/// Training phase: statistics of the batch; evaluation: the running ones. Error for one row in training.
Var whiten(Tape& tape, const WhiteningSpec& spec, const Var& x_nd, const RunningCovariance& running);

/// The matrix W of a covariance that already holds its eps, and what its backward uses again.
struct WhiteningMatrix {
  Square w = {}, sigma = {};
  Eigen eigen = {};                   // kZca
  std::vector<Square> iterates = {};  // kNewtonSchulz
};
WhiteningMatrix whitening_matrix(const WhiteningSpec& spec, const Square& sigma);
/// Gradient of a function of W with respect to sigma (symmetric), given that with respect to W.
Square whitening_matrix_backward(const WhiteningSpec& spec, const WhiteningMatrix& matrix, const Square& dw);

/// Root mean square of the correlations between different columns: 0 when whitened.
double residual_correlation(const Tensor& x_nd);

/// Whitening as a norm, with gain and bias per channel; null when `kind` is none of "zca", "cholesky", "newton-schulz".
std::unique_ptr<Norm> make_whitening(const NormConfig& config, int64_t width, Parameters& parameters, const std::string& prefix);

}  // namespace gimbal::lab::nets
