// g += wd w;  u = momentum u + g;  w -= lr u  (nesterov: w -= lr (g + momentum u))   (Sutskever et al. 2013, as PyTorch orders it)
#include "kernels/table.h"
#include "train/optimizers.h"

namespace gimbal {
namespace {

class Sgd final : public Optimizer {
 public:
  Sgd(const OptimizerConfig& config, Parameters& parameters) : Optimizer(parameters), config_(config) {
    for (const Parameter& p : parameters.all())
      velocity_.push_back(p.trainable && config.momentum > 0 ? make_state(p, "velocity", p.shape) : Tensor());
  }

 private:
  kernels::UpdateSums update(size_t i, Parameter& p, double lr, double grad_scale, int64_t t) override {
    const kernels::SgdStep step{lr, config_.momentum, decay_of(config_, p), config_.nesterov, t};
    return kernels::on(p.value.device()).optimizer.sgd(step, grad_scale, p.grad, velocity_[i], p.value, p.shadow);
  }

  OptimizerConfig config_;
  std::vector<Tensor> velocity_;
};

}  // namespace

std::unique_ptr<Optimizer> make_sgd(const OptimizerConfig& config, Parameters& parameters) { return std::make_unique<Sgd>(config, parameters); }

}  // namespace gimbal
