// y = (x - mean_c) / sqrt(var_c + eps) * gain + bias, per channel over all tokens of the micro-batch; running statistics outside training
// (arXiv:1502.03167). There is no padding, so every row is a real token.
#include "layers/norm/norm.h"

namespace gimbal {
namespace {

class BatchNorm final : public Norm {
 public:
  BatchNorm(double eps, Parameter* gain, Parameter* bias, ops::RunningStatistics running) : eps_(eps), gain_(gain), bias_(bias), running_(running) {}
  Var apply(Tape& tape, const Var& x, DType out) const override { return ops::batch_norm(tape, eps_, x, gain_, bias_, running_, out); }

 private:
  double eps_;
  Parameter *gain_, *bias_;
  ops::RunningStatistics running_;
};

}  // namespace

std::unique_ptr<Norm> make_batch_norm(const NormConfig& c, int64_t width, Parameters& parameters, const std::string& prefix) {
  Parameter& gain = parameters.make_constant(prefix + ".gain", Shape{width}, 1);
  Parameter* bias = c.bias ? &parameters.make_constant(prefix + ".bias", Shape{width}, 0) : nullptr;
  const ops::RunningStatistics running{&parameters.make_buffer(prefix + ".running_mean", Shape{width}, 0),
                                       &parameters.make_buffer(prefix + ".running_var", Shape{width}, 1), c.momentum};
  return std::make_unique<BatchNorm>(c.eps, &gain, bias, running);
}

}  // namespace gimbal
