// PowerNorm (arXiv:2003.07845): the root mean square of each token's groups first, then of each channel, running over the steps.
//
//   x1 = x / sqrt(mean over a group of a token's channels of x^2 + eps)
//   y = x1 / sqrt(psi2 + eps) * gain + bias;   after it, in training:  psi2 <- (1 - rate) psi2 + rate * mean over tokens of x1^2
//
// The forward pass reads psi2 as the steps before left it, in training and outside. The backward pass is the paper's algorithm 2 (ops::power_norm).
#include "layers/norm/norm.h"

namespace gimbal {
namespace {

class PowerNorm final : public Norm {
 public:
  PowerNorm(const NormConfig& c, Parameter* gain, Parameter* bias, ops::RunningSquares running)
      : scaling_{.stat = ops::RowStat::kRms, .eps = c.eps, .groups = c.groups}, gain_(gain), bias_(bias), running_(running) {}
  Var apply(Tape& tape, const Var& x, DType out) const override {
    const Var x1 = ops::row_norm(tape, scaling_, x, nullptr, nullptr, DType::kF32);
    return ops::power_norm(tape, scaling_.eps, x1, gain_, bias_, running_, read_, out);
  }

 private:
  ops::RowNormSpec scaling_;
  Parameter *gain_, *bias_;
  ops::RunningSquares running_;
  mutable Tensor read_;
};

}  // namespace

std::unique_ptr<Norm> make_power_norm(const NormConfig& c, int64_t width, Parameters& parameters, const std::string& prefix) {
  Parameter& gain = parameters.make_constant(prefix + ".gain", Shape{width}, 1);
  Parameter* bias = c.bias ? &parameters.make_constant(prefix + ".bias", Shape{width}, 0) : nullptr;
  const ops::RunningSquares running{&parameters.make_buffer(prefix + ".running_square", Shape{width}, 1),
                                    &parameters.make_buffer(prefix + ".running_along", Shape{width}, 0), c.momentum};
  return std::make_unique<PowerNorm>(c, &gain, bias, running);
}

}  // namespace gimbal
