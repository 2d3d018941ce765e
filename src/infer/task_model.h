// A fine-tuned model as it is asked: weights, tokenizer, and the form that its task.json names.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "data/forms/setup.h"
#include "infer/predictor.h"
#include "infer/text_model.h"

namespace gimbal {

struct TaskModel {
  TextModel text;
  TaskSetup setup;
  std::shared_ptr<const TaskForm> form;
  WritingOptions writing;
  DType compute = DType::kF32;

  const Task& task() const { return task_named(setup.task); }
  std::vector<Prediction> predict(std::span<const Record> records) {
    return Predictor(*text.model, *text.tokenizer, *form, compute, writing).predict(records);
  }
};

struct AskedAs {
  std::string task = {};  // of a model that is fine-tuned for several; empty: its only one
  int64_t context = 0;    // tokens of a sequence; 0: as fine-tuned
  WritingOptions writing = {};
  DType compute = DType::kF32;  // kF32 or kBF16
};

/// Error when the directory is not fine-tuned for the task, or holds no tokenizer.
TaskModel load_task_model(const fs::path& directory, const AskedAs& asked = {});

}  // namespace gimbal
