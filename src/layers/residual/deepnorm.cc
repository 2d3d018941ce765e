// h' = alpha * skip + b, with the branch's value, output and feed-forward weights shrunk by beta at the start   (DeepNorm, arXiv:2203.00555)
//
//   encoder-only or decoder-only, N layers:  alpha = (2N)^(1/4)             beta = (8N)^(-1/4)
//   encoder of N with decoder of M layers:   alpha = 0.81 (N^4 M)^(1/16)    beta = 0.87 (N^4 M)^(-1/16)
//   decoder of M layers:                     alpha = (3M)^(1/4)             beta = (12M)^(-1/4)
//
// One file, because alpha is meaningless without beta. The norm behind the join is the placement's (post).
//
// What else goes by its name, each under a name of its own:
//   deepnorm-glm          alpha = sqrt L, beta = 1 / sqrt L, L branches in the stack   (GLM-130B, arXiv:2210.02414)
//   deepnorm-torchscale   the authors' library: an encoder with a decoder has beta = 1.15 (N^4 M)^(-1/16)
//   deepnorm-wrong-sign   1 / beta for beta, the baseline of published comparisons (arXiv:2412.13795 and 2502.05795, their code)
//   deepnorm-no-branch    h' = norm(alpha h) beta, as course notes print it: the branch is gone, and the norm takes alpha away
#include <cmath>

#include "layers/residual/residual.h"

namespace gimbal {
namespace {

class DeepNorm final : public Residual {
 public:
  explicit DeepNorm(const ResidualConfig& config, DeepNormConstants by_depth)
      : c_{config.alpha.value_or(by_depth.alpha), config.beta.value_or(by_depth.beta)} {}
  Var join(Tape& tape, const Var& skip, const Var& branch) const override {
    return ops::join(tape, {.skip_scale = c_.alpha}, skip, nullptr, branch, nullptr);
  }
  double init_gain() const override { return c_.beta; }

 private:
  DeepNormConstants c_;
};

class WithoutBranch final : public Residual {
 public:
  explicit WithoutBranch(DeepNormConstants c) : c_(c) {}
  Var join(Tape& tape, const Var& skip, const Var& branch) const override {
    return ops::join(tape, {.skip_scale = c_.alpha, .branch_scale = 0}, skip, nullptr, branch, nullptr);
  }
  double output_scale() const override { return c_.beta; }

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
  return std::make_unique<DeepNorm>(config, deepnorm_constants(place.depth));
}

std::unique_ptr<Residual> make_deepnorm_glm(const ResidualConfig& config, const BranchPlace& place, Parameters&) {
  const double root = std::sqrt(static_cast<double>(place.branches));
  return std::make_unique<DeepNorm>(config, DeepNormConstants{root, 1 / root});
}

std::unique_ptr<Residual> make_deepnorm_torchscale(const ResidualConfig& config, const BranchPlace& place, Parameters&) {
  DeepNormConstants c = deepnorm_constants(place.depth);
  if (place.depth.role == Role::kEncoder) c.beta *= 1.15 / 0.87;
  return std::make_unique<DeepNorm>(config, c);
}

std::unique_ptr<Residual> make_deepnorm_wrong_sign(const ResidualConfig& config, const BranchPlace& place, Parameters&) {
  const DeepNormConstants c = deepnorm_constants(place.depth);
  return std::make_unique<DeepNorm>(config, DeepNormConstants{c.alpha, 1 / c.beta});
}

std::unique_ptr<Residual> make_deepnorm_no_branch(const ResidualConfig&, const BranchPlace& place, Parameters&) {
  return std::make_unique<WithoutBranch>(deepnorm_constants(place.depth));
}

}  // namespace gimbal
