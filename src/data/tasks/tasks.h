// The list of tasks: each by name, with what its records hold, how it is scored, and how it reads as text.
//
// A new task is one entry in tasks.cc. Patterns: {0} and {1} stand for the record's texts, {choices} for "choice1: … choice2: …", {from} and {to} for
// the names of a translation's languages.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "data/tasks/record.h"

namespace gimbal {

struct Task {
  std::string_view name;
  TaskKind kind;
  std::string_view says;
  std::vector<std::string_view> metrics;  ///< of data/metrics; the first one chooses the best model
  std::vector<std::string_view> labels;   ///< in the benchmark's order; empty: from the data, see label_names

  /// The text-to-text form of T5 (arXiv:1910.10683, section 2.4 and appendix D); the target is the label's name. Empty: "name sentence: …".
  std::string_view source = "";

  /// The cloze form: a pattern with one [MASK], and the word that says each label there.
  std::string_view cloze = "";
  std::vector<std::string_view> cloze_words = {};

  /// One example of an in-context prompt, up to the answer, and the words that say the labels there (the labels' names when empty).
  std::string_view shot = "";
  std::vector<std::string_view> shot_words = {};

  bool symmetric = false;  ///< the order of a record's two texts says nothing
};

std::span<const Task> all_tasks();

/// Error that names the nearest task.
const Task& task_named(std::string_view name);

/// The label as the task calls it: by name, by name in other letter case, or by its place in `labels` ("0", "1"), since files differ in that.
/// Tasks without a list of their own keep it as it is. Error that lists the labels.
std::string task_label(const Task& task, const std::string& raw);

/// The classes of a classify or tokens task, in the order of a model's outputs: the task's own order where it has one; else those that occur in
/// `records`, sorted by value when all are numbers and by their bytes otherwise. Records without a label are passed over.
std::vector<std::string> label_names(const Task& task, std::span<const Record> records);

/// Error that names the nearest label.
int32_t label_index(std::span<const std::string> names, const std::string& label);

}  // namespace gimbal
