// Labelled tasks of the story world as texts for small decoders: the words of a record, then its label as one more word.
//
//   Tom was in the park. Mia was in the market. Tom walked to the library. Where was Mia?  ->  market
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "data/batch.h"
#include "models/model.h"

namespace gimbal::lab {

/// Records of these tasks of classes (data/world/tasks), one id a word and one a label, the same in every process.
class TaskTexts {
 public:
  explicit TaskTexts(std::vector<std::string> tasks);

  struct Text {
    std::vector<int32_t> ids;
    int32_t label = 0;  // an id, of none of the words
  };
  /// Record `number` of a task, a pure function of the arguments.
  Text text(size_t task, uint64_t seed, int64_t number) const;

  const std::vector<std::string>& tasks() const { return tasks_; }
  int64_t vocab() const { return vocab_; }
  static constexpr int64_t kLongest = 112;

  /// The task's label that a model finds likeliest, of `count` records, none of training's. Another seed asks others.
  std::vector<int32_t> answers(Model& model, size_t task, int64_t count, int64_t seed) const;
  /// Share of those answers that are right.
  double accuracy(Model& model, size_t task, int64_t count, int64_t seed) const;

 private:
  std::vector<std::string> tasks_;
  std::map<std::string, int32_t, std::less<>> words_;
  std::vector<std::map<std::string, int32_t, std::less<>>> labels_;  // of each task
  int64_t vocab_ = 0;
};

/// Texts of some of the tasks in turn, of which the label alone is to be said.
struct TaskTextsSpec {
  std::vector<size_t> tasks;
  int64_t records = int64_t{1} << 40;  // of each task, met again behind them
};
std::shared_ptr<const Examples> task_examples(std::shared_ptr<const TaskTexts> texts, const TaskTextsSpec& spec, uint64_t data_seed);

}  // namespace gimbal::lab
