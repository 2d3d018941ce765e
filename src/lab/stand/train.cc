// The lab's training loop, which is the engine's trainer under fixed settings.
#include "lab/stand/train.h"

#include <cmath>
#include <limits>
#include <numeric>

#include "core/fields.h"
#include "layers/design.h"

namespace gimbal::lab {
namespace {

constexpr size_t kLast = 20;

RunConfig config_of(const Training& t) {
  Json whole = {{"model", t.model},
                {"batch", {{"sequences", t.sequences}}},
                {"train", {{"steps", t.steps}, {"seed", t.seed}, {"clip", 0}, {"guard", "off"}}},
                {"optimizer", {{"lr", t.lr}, {"beta2", 0.98}, {"weight_decay", 0}}},
                {"schedule", {{"kind", "constant"}, {"warmup_steps", t.warmup_steps}}}};
  if (!t.settings.is_null()) merge_over(whole, t.settings);
  return read_run_config(whole);
}

Architecture architecture_of(const Json& settings) {
  return choose_architecture(read_run_config({{"model", settings}}), settings.at("vocab").get<int64_t>());
}

double end_of(const std::vector<double>& losses) {
  const size_t n = std::min(kLast, losses.size());
  return std::accumulate(losses.end() - static_cast<std::ptrdiff_t>(n), losses.end(), 0.0) / static_cast<double>(n);
}

}  // namespace

bool makes_sense(const Json& settings) {
  try {
    check(architecture_of(settings));
    return true;
  } catch (const Error&) {
    return false;
  }
}

std::unique_ptr<Model> fresh_model(const Json& settings, int64_t seed) {
  auto model = std::make_unique<Model>(architecture_of(settings));
  model->parameters().allocate(Device::kCpu, DType::kF32);
  model->parameters().initialize(static_cast<uint64_t>(seed));
  return model;
}

Trained train(const Training& t) {
  const RunConfig config = config_of(t);
  Trained result;
  result.model = fresh_model(t.model, t.seed);
  if (t.prepare) t.prepare(*result.model);
  Trainer trainer(*result.model, config, t.examples, t.steps, t.lesson ? t.lesson(*result.model, config) : nullptr);
  for (int64_t step = 0; step < t.steps; ++step) {
    const StepResult r = trainer.step();
    if (t.watch) t.watch(r, *result.model);
    result.losses.push_back(r.loss);
    if (!std::isfinite(r.loss) || (step > t.steps / 2 && r.loss > t.hopeless_above)) {
      result.end_loss = std::isfinite(r.loss) ? r.loss : std::numeric_limits<double>::quiet_NaN();
      return result;
    }
  }
  result.end_loss = end_of(result.losses);
  return result;
}

}  // namespace gimbal::lab
