// Where a training run lives and whether it goes on: what the commands that train share besides their settings.
#pragma once

#include <string>

#include "cli/run_flags.h"
#include "train/finetune.h"

namespace gimbal {

struct RunPlace {
  std::string out, resume;
  bool resumes = false;
  int64_t show = 0;

  /// Declares --out, --resume and --show. They write into this object, which must outlive parsing.
  void declare(CommandLine& line);
  /// With the samples that a run writes on the way. Error without --out.
  RunRequest request(const CommonFlags& common) const;
  /// What is asked for, over the run's own file when it goes on.
  Json merged(const RunFlags& flags, const CommonFlags& common) const;
};

/// What the model of a run says of records, computed in the run's type.
Predict predict_in(const RunConfig& config);

/// Prints the examples where only these were asked for (--show); else the run's steps, loss, validation, scores and checkpoint, as JSON with --json.
void print_outcome(const RunPlace& place, const RunOutcome& outcome, const CommonFlags& common);

}  // namespace gimbal
