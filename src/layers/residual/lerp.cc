// h' = h + alpha * (b - h), learned steps alpha >= 0 per channel that start at 0.05   (nGPT, arXiv:2410.01131, where norms follow and b is normed)
//
// alpha is stored as alpha / (0.05 sqrt(width)), as the paper stores it, and a negative one is turned around after the optimizer's step.
#include <cmath>

#include "layers/residual/residual.h"

namespace gimbal {
namespace {

class Lerp final : public Residual {
 public:
  Lerp(Parameter& alpha, double factor) : alpha_(alpha), factor_(factor) {}
  Var join(Tape& tape, const Var& skip, const Var& branch) const override {
    const Var way = ops::join(tape, {.skip_scale = -1}, skip, nullptr, branch, nullptr);
    return ops::join(tape, {.branch_scale = factor_}, skip, nullptr, way, &alpha_);
  }

 private:
  Parameter& alpha_;
  double factor_;
};

}  // namespace

std::unique_ptr<Residual> make_lerp(const ResidualConfig& config, const BranchPlace& place, Parameters& parameters) {
  const double root = std::sqrt(static_cast<double>(place.width));
  Parameter& alpha = parameters.make_constant(place.prefix + ".alpha", Shape{place.width}, 1 / root);
  alpha.constraint = Constraint::kNonNegative;
  return std::make_unique<Lerp>(alpha, config.init.value_or(0.05) * root);
}

}  // namespace gimbal
