// h' = alpha * skip + b, with the branch's value, output and feed-forward weights shrunk by beta at the start   (DeepNorm, arXiv:2203.00555)
//
//   encoder-only or decoder-only, N layers:  alpha = (2N)^(1/4)             beta = (8N)^(-1/4)
//   encoder of N with decoder of M layers:   alpha = 0.81 (N^4 M)^(1/16)    beta = 0.87 (N^4 M)^(-1/16)
//   decoder of M layers:                     alpha = (3M)^(1/4)             beta = (12M)^(-1/4)
//
// One file, because alpha is meaningless without beta. The norm behind the join is the placement's (post).
#include <cmath>

#include "layers/residual/residual.h"

namespace gimbal {
namespace {

class DeepNorm final : public Residual {
 public:
  explicit DeepNorm(DeepNormConstants c) : c_(c) {}
  Var join(Tape& tape, const Var& skip, const Var& branch) const override {
    return ops::join(tape, {.skip_scale = c_.alpha}, skip, nullptr, branch, nullptr);
  }
  double init_gain() const override { return c_.beta; }

 private:
  DeepNormConstants c_;
};

}  // namespace

DeepNormConstants deepnorm_constants(const Depth& depth) {
  const auto n = static_cast<double>(depth.layers), m = static_cast<double>(depth.other);
  switch (depth.role) {
    case Role::kEncoder:
      return {0.81 * std::pow(std::pow(n, 4) * m, 1.0 / 16), 0.87 * std::pow(std::pow(n, 4) * m, -1.0 / 16)};
    case Role::kDecoder:
      return {std::pow(3 * n, 0.25), std::pow(12 * n, -0.25)};
    default:
      return {std::pow(2 * n, 0.25), std::pow(8 * n, -0.25)};
  }
}

std::unique_ptr<Residual> make_deepnorm(const ResidualConfig& config, const BranchPlace& place, Parameters&) {
  const DeepNormConstants by_depth = deepnorm_constants(place.depth);
  return std::make_unique<DeepNorm>(DeepNormConstants{config.alpha.value_or(by_depth.alpha), config.beta.value_or(by_depth.beta)});
}

}  // namespace gimbal
