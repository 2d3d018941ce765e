// Steps outside of a training run, so that nothing but the optimizer is between gradient and weights.
#include "lab/stand/updates.h"

#include "lab/stand/probe.h"
#include "lab/stand/scheme.h"
#include "lab/stand/train.h"
#include "layers/design.h"
#include "train/optimizers.h"

namespace gimbal::lab {

Json narrow_transformer(const std::string& scheme, int64_t layers) {
  Json settings = small_transformer(scheme, layers, 64, 2, 256);
  settings["ffn_width"] = 128;
  return settings;
}

Moved moved_by(const Steps& steps) {
  const auto model = fresh_model(steps.model, steps.seed);
  if (steps.prepare) steps.prepare(*model);
  for (Parameter& p : model->parameters().all())
    p.trainable = (p.is_matrix() || steps.learn_gains) && (health_index_of(model->architecture(), p.name) || steps.learn_ends);
  OptimizerConfig config;
  config.kind = steps.optimizer;
  config.beta2 = 0.98;
  config.weight_decay = config.momentum = 0;
  const auto optimizer = make_optimizer(config, *model);
  const auto vocab = steps.model.at("vocab").get<int64_t>();
  const bool two_stacks = model->architecture().encoder_layers > 0;
  const auto batch = [&](int64_t number) {
    TokenBatch tokens = random_tokens(4, 32, vocab, static_cast<uint64_t>(1000 * steps.seed + number));
    if (two_stacks)
      tokens.encoder = std::make_shared<TokenBatch>(random_tokens(4, 32, vocab, static_cast<uint64_t>(1000 * steps.seed + 500 + number)));
    return tokens;
  };
  const TokenBatch watched = batch(0);
  const Tensor before = hidden_rows(*model, watched);
  Moved moved;
  for (int64_t step = 1; step <= steps.count; ++step) {
    const std::vector<double> w2 = probe(*model, batch(step)).by_layer("ffn.down.weight", two_stacks ? "encoder." : "");
    if (step == 1) moved.first_gradient = w2.front(), moved.gradient = w2.back();
    optimizer->step(steps.rate, 1, [](const Parameter&, const kernels::UpdateSums&) {});
    moved.by_step.push_back(rms_difference(hidden_rows(*model, watched), before));
  }
  return moved;
}

}  // namespace gimbal::lab
