// The story world's labelled tasks: each by name, with the task of data/tasks that reads and scores it and a maker of examples.
//
// Every label is read off the facts of the world, so that it is certain and the best score is known. Most kinds come in two grades: about one person,
// for the smallest models, and about two or three who must be kept apart. A new task is a maker in one of the files beside this one and a line in
// its list.
#pragma once

#include <filesystem>
#include <span>
#include <string_view>

#include "core/json.h"
#include "core/rng.h"
#include "data/tasks/tasks.h"

namespace gimbal::world {

struct WorldTask {
  std::string_view name;
  std::string_view task;    ///< in the list of tasks: its kind, labels and forms as text
  std::string_view metric;  ///< of data/metrics
  std::string_view says;
  /// One labelled record in a shape that data/tasks reads, a pure function of the stream. Throws Stuck when the draw led nowhere.
  Json (*make)(Rng rng);
};

/// The groups, in the order of the list.
std::span<const WorldTask> text_tasks();        ///< one text, one class; text_tasks.cc
std::span<const WorldTask> pair_tasks();        ///< two texts; pair_tasks.cc
std::span<const WorldTask> word_tasks();        ///< a tag for each word; word_tasks.cc
std::span<const WorldTask> span_tasks();        ///< an answer within a context; span_tasks.cc
std::span<const WorldTask> choice_tasks();      ///< what happens next; choice_tasks.cc
std::span<const WorldTask> generation_tasks();  ///< text from text, and conversations; generation_tasks.cc
std::span<const WorldTask> algorithm_tasks();   ///< sums and reversals, which need no world; algorithm_tasks.cc
std::span<const WorldTask> embedding_tasks();   ///< texts that are to lie near each other; embedding_tasks.cc
std::span<const WorldTask> retrieval_tasks();   ///< which texts answer a question; retrieval_tasks.cc

std::span<const WorldTask> all_world_tasks();

/// Error that names the nearest task.
const WorldTask& world_task_named(std::string_view name);

struct TaskCorpus {
  uint64_t seed = 1;
  uint64_t examples = 10000;  ///< for training; a tenth as many, at least kLeastHeldOut, each for validation and test
  double label_noise = 0;     ///< share of all labels, of classify tasks only, that are replaced by another one at random
  static constexpr uint64_t kLeastHeldOut = 200;
};

/// What a task's task.json states about it.
struct TaskScores {
  double best = 0;      ///< of somebody who knows the facts, on the written test set; below the metric's best only with label noise
  double majority = 0;  ///< of the most frequent answer of the training set, whatever the question; NaN where there is no such thing
};

/// Writes dir/train.jsonl, valid.jsonl, test.jsonl and task.json; no two records of them, in one file or two, have the same texts. What is written
/// depends on the arguments alone. The directory appears whole. Error when the task cannot have so many different examples, or when label noise
/// is asked of a task without classes.
TaskScores write_world_task(const std::filesystem::path& dir, const WorldTask& task, const TaskCorpus& corpus);

}  // namespace gimbal::world
