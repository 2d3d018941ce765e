// Fine-tuning on a labelled task: records as the model is asked them, a new head where the task has one, and then train/run.h.
#pragma once

#include "data/forms/form.h"
#include "train/run.h"

namespace gimbal {

/// What the model says of records; inference lives beside training, so the caller brings it.
using Predict = std::function<std::vector<Prediction>(Model& model, const Tokenizer& tokenizer, const TaskForm& form, std::span<const Record> records)>;

/// What a run file for fine-tuning starts from: other defaults than pretraining's. The learning rate goes with the model: 5e-5 at width 768, in inverse
/// proportion to the width (3e-4 at 128, as for the small BERTs of arXiv:1908.08962), three times that for an encoder-decoder.
Json finetune_defaults(const std::string& model);

/// Error with one sentence for everything a user can cause, before anything is trained where that is possible.
RunOutcome finetune(const RunConfig& config, const RunRequest& request, const Predict& predict);

}  // namespace gimbal
