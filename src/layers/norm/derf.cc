// y = erf(alpha * x + shift) * gain + bias, one learned slope and one learned shift   (arXiv:2512.10938)
#include "layers/norm/norm.h"

namespace gimbal {
namespace {

class Derf final : public Norm {
 public:
  Derf(Parameter& alpha, Parameter& shift, Parameter& gain, Parameter* bias) : alpha_(alpha), shift_(shift), gain_(gain), bias_(bias) {}
  Var apply(Tape& tape, const Var& x, DType out) const override { return ops::squash(tape, ops::Squash::kErf, x, alpha_, &shift_, &gain_, bias_, out); }

 private:
  Parameter &alpha_, &shift_, &gain_;
  Parameter* bias_;
};

}  // namespace

std::unique_ptr<Norm> make_derf(const NormConfig& c, int64_t width, Parameters& parameters, const std::string& prefix) {
  Parameter& alpha = parameters.make_constant(prefix + ".alpha", Shape{1}, c.alpha);
  Parameter& shift = parameters.make_constant(prefix + ".shift", Shape{1}, 0);
  Parameter& gain = parameters.make_constant(prefix + ".gain", Shape{width}, 1);
  Parameter* bias = c.bias ? &parameters.make_constant(prefix + ".bias", Shape{width}, 0) : nullptr;
  return std::make_unique<Derf>(alpha, shift, gain, bias);
}

}  // namespace gimbal
