// y = tanh(alpha * x) * gain + bias, one learned slope alpha and no statistics   (arXiv:2503.10622)
#include "layers/norm/norm.h"

namespace gimbal {
namespace {

class DyT final : public Norm {
 public:
  DyT(Parameter& alpha, Parameter& gain, Parameter* bias) : alpha_(alpha), gain_(gain), bias_(bias) {}
  Var apply(Tape& tape, const Var& x, DType out) const override { return ops::squash(tape, ops::Squash::kTanh, x, alpha_, nullptr, &gain_, bias_, out); }

 private:
  Parameter &alpha_, &gain_;
  Parameter* bias_;
};

}  // namespace

std::unique_ptr<Norm> make_dyt(const NormConfig& c, int64_t width, Parameters& parameters, const std::string& prefix) {
  Parameter& alpha = parameters.make_constant(prefix + ".alpha", Shape{1}, c.alpha);
  Parameter& gain = parameters.make_constant(prefix + ".gain", Shape{width}, 1);
  Parameter* bias = c.bias ? &parameters.make_constant(prefix + ".bias", Shape{width}, 0) : nullptr;
  return std::make_unique<DyT>(alpha, gain, bias);
}

}  // namespace gimbal
