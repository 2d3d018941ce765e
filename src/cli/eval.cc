// gimbal eval: the scores of a fine-tuned model on labelled records.
#include <cstdio>

#include "cli/task_model.h"
#include "data/forms/scores.h"
#include "data/tasks/read_records.h"

namespace gimbal {
namespace {

struct Flags {
  TaskModelFlags model;
  std::string data, split = "valid";
};

std::vector<fs::path> files_of(const Flags& f) {
  const TaskFiles files = find_task_files(f.data);
  if (!fs::is_directory(f.data)) return files.train;
  const std::vector<fs::path>& chosen = f.split == "test" ? files.test : f.split == "train" ? files.train : files.valid;
  if (chosen.empty()) fail(f.data, " has no ", f.split, " file; choose another --split, or give the file itself");
  return chosen;
}

int run(const Flags& f, const CommonFlags& common) {
  TaskModel model = load_task_model(f.model);
  std::vector<Record> records;
  for (const fs::path& file : files_of(f))
    for (Record& record : read_records(file, model.task())) records.push_back(std::move(record));
  const std::vector<TaskScore> scores = score_predictions(model.task(), model.setup.labels, records, model.predict(records));
  Json out = {{"task", model.setup.task}, {"records", records.size()}};
  std::string text = cat(model.setup.task, ", ", records.size(), " records:");
  for (const TaskScore& score : scores) {
    out[std::string(score.metric->name)] = score.value;
    text += cat("  ", score.metric->name, " ", score.value);
  }
  std::printf("%s\n", common.json ? out.dump().c_str() : text.c_str());
  return 0;
}

}  // namespace

std::function<int()> add_eval(CommandLine& line, const CommonFlags& common) {
  const auto flags = std::make_shared<Flags>();
  flags->model.declare(line);
  line.value("-d,--data", flags->data, "file of labelled records, or a directory with train.X, valid.X and test.X").required();
  line.value("--split", flags->split, "of a directory: train, valid or test").one_of({"train", "valid", "test"}).show_default();
  return [flags, &common] { return run(*flags, common); };
}

}  // namespace gimbal
