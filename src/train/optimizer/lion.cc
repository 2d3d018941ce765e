// w -= lr wd w;  w -= lr sign(b1 m + (1-b1) g);  m = b2 m + (1-b2) g   (Lion, arXiv:2302.06675)
#include "kernels/table.h"
#include "train/optimizers.h"

namespace gimbal {
namespace {

class Lion final : public Optimizer {
 public:
  Lion(const OptimizerConfig& config, Parameters& parameters) : Optimizer(parameters), config_(config) {
    for (const Parameter& p : parameters.all()) moment_.push_back(p.trainable ? make_state(p, "moment", p.shape) : Tensor());
  }

 private:
  kernels::UpdateSums update(size_t i, Parameter& p, double lr, double grad_scale, int64_t) override {
    const kernels::LionStep step{lr, config_.beta1, config_.beta2, decay_of(config_, p)};
    return kernels::on(p.value.device()).optimizer.lion(step, grad_scale, p.grad, moment_[i], p.value, p.shadow);
  }

  OptimizerConfig config_;
  std::vector<Tensor> moment_;
};

}  // namespace

std::unique_ptr<Optimizer> make_lion(const OptimizerConfig& config, Parameters& parameters) { return std::make_unique<Lion>(config, parameters); }

}  // namespace gimbal
