// The model that a run begins or goes on with: its weights, what of them is learned, and where its checkpoints stand.
#pragma once

#include "train/run.h"

namespace gimbal {

/// Lays LoRA's paths and freezes what the configuration says stays as it is. Before allocation. Error when nothing is left to learn.
void choose_trained(Model& model, const RunConfig& config);

/// parts.model, allocated and filled, and parts.adapter_base: fresh from its seed, from the directory that model.preset names, or from the checkpoint
/// that the run goes on from. Notes what is new. A run with LoRA on a model from no directory writes that model down once, as OUT/base.
void start_model(const Architecture& architecture, Run& run, RunParts& parts);

}  // namespace gimbal
