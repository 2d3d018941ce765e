// One small training: a model, a source, a rate; the losses it had and what a watcher saw.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "core/json.h"
#include "data/batch.h"
#include "models/model.h"
#include "train/trainer.h"

namespace gimbal::lab {

struct Training {
  Json model;                                // settings as in a run file
  std::shared_ptr<const Examples> examples;  // of next-token prediction or another loss of the model's head
  int64_t steps = 120, sequences = 16;
  double lr = 1e-3;
  int64_t warmup_steps = 0;
  int64_t seed = 1;                                                              // of the weights and of dropout
  Json settings = {};                                                            // laid over the run's other sections: {"optimizer": {"kind": "sgd"}}
  std::function<void(Model&)> prepare = {};                                      // of the fresh model
  std::function<std::shared_ptr<Lesson>(Model&, const RunConfig&)> lesson = {};  // absent: the loss of the model's head
  double hopeless_above = 1e9;  // ends early when a loss is above this after half of the steps, or not finite
  std::function<void(const StepResult&, Model&)> watch = {};
};

struct Trained {
  std::vector<double> losses;  // nats a token, one a step
  double end_loss = 0;         // mean of the last 20 steps; not-a-number when the run broke
  std::unique_ptr<Model> model;
};

/// AdamW (0.9, 0.98) without decay, constant rate behind a linear warm-up, no clipping, no guard: what the settings do not change.
Trained train(const Training& training);

/// Whether the engine runs this design, or refuses it (layers/design.h).
bool makes_sense(const Json& model);
/// The model of the settings, allocated and filled from the seed.
std::unique_ptr<Model> fresh_model(const Json& model, int64_t seed);

}  // namespace gimbal::lab
