// w -= lr wd w;  m = b1 m + (1-b1) g;  v = b2 v + (1-b2) g^2;  w -= lr (m / (1-b1^t)) / (sqrt(v / (1-b2^t)) + eps)   (AdamW, arXiv:1711.05101)
#include "kernels/table.h"
#include "train/optimizers.h"

namespace gimbal {
namespace {

class AdamW final : public Optimizer {
 public:
  AdamW(const OptimizerConfig& config, Parameters& parameters) : Optimizer(parameters), config_(config) {
    for (const Parameter& p : parameters.all()) {
      first_.push_back(p.trainable ? make_state(p, "first_moment", p.shape) : Tensor());
      second_.push_back(p.trainable ? make_state(p, "second_moment", p.shape) : Tensor());
    }
  }

 private:
  kernels::UpdateSums update(size_t i, Parameter& p, double lr, double grad_scale, int64_t t) override {
    const kernels::AdamWStep step{lr, config_.beta1, config_.beta2, config_.eps, decay_of(config_, p), t};
    return kernels::on(p.value.device()).optimizer.adamw(step, grad_scale, p.grad, first_[i], second_[i], p.value, p.shadow);
  }

  OptimizerConfig config_;
  std::vector<Tensor> first_, second_;
};

}  // namespace

std::unique_ptr<Optimizer> make_adamw(const OptimizerConfig& config, Parameters& parameters) { return std::make_unique<AdamW>(config, parameters); }

}  // namespace gimbal
