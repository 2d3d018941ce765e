// A whole pretraining run: tokenizer, data, model, steps, validation, samples, checkpoints, log and report; started fresh or resumed.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "core/progress.h"
#include "models/model.h"
#include "text/tokenizer.h"
#include "train/run_config.h"

namespace gimbal {

struct PretrainRequest {
  RunConfig config;
  fs::path out;
  /// Absent: a fresh run. Empty: the run's newest checkpoint. Else a step directory.
  std::optional<fs::path> resume;
  Progress::Style progress = Progress::Style::kQuiet;
  /// Continues a prompt, for the samples; inference lives above training, so the caller brings it.
  std::function<std::string(Model& model, const Tokenizer& tokenizer, const SampleConfig& samples, uint64_t seed)> write_sample;
};

struct PretrainOutcome {
  int64_t steps = 0;
  double loss = 0, best_validation_loss = 0, last_validation_loss = 0;
  bool stopped = false;  // by a signal, before the end
  fs::path last;         // the checkpoint
};

/// Error with one sentence for everything a user can cause; the run directory then holds complete checkpoints only.
PretrainOutcome pretrain(const PretrainRequest& request);

}  // namespace gimbal
