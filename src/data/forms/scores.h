// Predictions beside what is right: the metrics of a task.
#pragma once

#include "data/forms/form.h"
#include "data/metrics/metrics.h"

namespace gimbal {

struct TaskScore {
  const metrics::Metric* metric = nullptr;
  double value = 0;
};

/// The task's metrics, its first one first, less those that mean nothing here: entity-f1 where no label marks an entity (metrics/entities.h), and
/// scores of questions, or of negatives, that there are none of. The records are labelled, and as many as the predictions.
std::vector<TaskScore> score_predictions(const Task& task, std::span<const std::string> labels, std::span<const Record> records,
                                         std::span<const Prediction> predictions);
/// The same for predictions that all say what is commonest in `train` (the majority label, the mean, no tags, no answer).
std::vector<TaskScore> majority_scores(const Task& task, std::span<const std::string> labels, std::span<const Record> train,
                                       std::span<const Record> records);

}  // namespace gimbal
