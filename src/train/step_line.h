// A step as it stands in log.jsonl: its numbers, and the health of its layers.
#pragma once

#include "core/json.h"
#include "train/trainer.h"

namespace gimbal {

/// null where a value is not finite.
Json finite(double value);

/// Step, loss, lr, gradient norm and what else the step alone knows; what a run adds (speed, validation) is the run's.
Json step_line(const StepResult& r);
/// Per-layer series in the order of computation, those of the embeddings, and those of the head (docs/health.md).
Json health_line(const StepResult& r);
/// The event of a step with trouble: spike, nonfinite or skip.
Json trouble_line(const StepResult& r);

}  // namespace gimbal
