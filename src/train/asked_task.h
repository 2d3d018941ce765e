// The tasks of a fine-tuning run: their records, how the model is asked them, and what it scores on them. A run has one task, or several that are all
// asked as texts, mixed (arXiv:1910.10683 section 3.5.3).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/progress.h"
#include "data/forms/form.h"
#include "data/forms/setup.h"
#include "layers/architecture.h"
#include "train/finetune.h"
#include "train/run_config.h"

namespace gimbal {

struct AskedTask {
  const Task* task = nullptr;
  std::vector<Record> train, valid;
  TaskSetup setup;
  std::shared_ptr<const TaskForm> form = nullptr;  // once the tokenizer is known
};

/// Reads the data of every task that the run names, and chooses how this model is asked each. `hash`: of all files. Error for data that belongs to no
/// task, a task without data, and several tasks of which one cannot be asked as text.
std::vector<AskedTask> load_asked_tasks(const RunConfig& config, const Architecture& base, Progress& progress, uint64_t& hash);

/// What is learned: the records of one task in a new order each pass, or of several by the rates of task.mixture.
std::shared_ptr<const Examples> training_examples(const std::vector<AskedTask>& tasks, const RunConfig& config);
/// Every validation record once; null where there are none.
std::shared_ptr<const Examples> validation_examples(const std::vector<AskedTask>& tasks, const RunConfig& config);
/// Each metric of each task on the first evaluate.batches of its validation records. Of several tasks the mean share of the best possible stands
/// first, and each name has its task before it: "mean", "mnli accuracy".
std::vector<RunScore> validation_scores(const std::vector<AskedTask>& tasks, const RunConfig& config, Model& model, const Tokenizer& tokenizer,
                                        const Predict& predict);

}  // namespace gimbal
