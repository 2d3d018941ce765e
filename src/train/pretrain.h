// A whole pretraining run: tokenizer, data as the objective wants it, model, and then train/run.h; started fresh or resumed.
#pragma once

#include "train/run.h"

namespace gimbal {

/// Error with one sentence for everything a user can cause; the run directory then holds complete checkpoints only.
RunOutcome pretrain(const RunConfig& config, const RunRequest& request);

}  // namespace gimbal
