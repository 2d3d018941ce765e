// A fine-tuned model as predict and eval ask it.
#pragma once

#include <string>

#include "cli/command.h"
#include "infer/task_model.h"

namespace gimbal {

struct TaskModelFlags {
  std::string model, task, dtype = "f32";  // task: of a model that is fine-tuned for several
  int64_t max_tokens = 64, beams = 1, context = 0;

  void declare(CommandLine& line);
};

TaskModel load_task_model(const TaskModelFlags& flags);
/// Any model as one of embeddings that is asked this task (infer/embedding_model.h); a note on stderr where its pooling had to be guessed.
TaskModel load_embedding_task(const TaskModelFlags& flags, std::string_view task, const CommonFlags& common);

/// A prediction as a line of JSON: what the task's kind has.
Json write_prediction(const TaskModel& model, const Record& record, const Prediction& prediction);

}  // namespace gimbal
