// Data by task, forms by model, scores by name.
#include "train/asked_task.h"

#include <algorithm>
#include <cmath>

#include "core/rng.h"
#include "data/forms/scores.h"
#include "data/metrics/entities.h"
#include "data/mixed_examples.h"
#include "data/permutation.h"
#include "data/tasks/read_records.h"
#include "models/adapter.h"
#include "models/sentence_transformers.h"
#include "models/task_form.h"

namespace gimbal {
namespace {

struct AllRecords {
  std::vector<Record> records;
  uint64_t skipped = 0;
};

AllRecords read_all(const std::vector<fs::path>& files, const Task& task, uint64_t& hash) {
  AllRecords all;
  for (const fs::path& file : files) {
    hash = mix64(hash ^ hash_name(read_file(file)));
    all.skipped += read_records(file, task, Unlabelled::kRefuse, [&](Record&& record) { all.records.push_back(std::move(record)); }).skipped;
  }
  return all;
}

// Tags that are no entities, such as the bare numbers of a converted file.
bool lacks_entities(const Task& task, const std::vector<std::string>& labels) {
  return task.metrics[0] == "entity-f1" && !metrics::mark_entities(labels);
}

// Some records by chance, one at least where there are two; but the last ones where records share contexts.
std::vector<Record> hold_out(std::vector<Record>& records, const Task& task, const RunConfig& config) {
  const size_t size = records.size();
  const auto share = static_cast<size_t>(static_cast<double>(size) * config.data.validation_share);
  const size_t held = config.data.validation_share > 0 && size > 1 ? std::clamp<size_t>(share, 1, size - 1) : 0;
  std::vector<bool> is_held(size);
  const uint64_t seed = mix64(static_cast<uint64_t>(config.train.seed) ^ hash_name("held out"));
  for (size_t i = size - held; i < size; ++i) is_held[task.kind == TaskKind::kSpan ? i : permuted(i, size, seed)] = true;
  std::vector<Record> kept, out;
  for (size_t i = 0; i < size; ++i) (is_held[i] ? out : kept).push_back(std::move(records[i]));
  records = std::move(kept);
  return out;
}

// The paths of one task: all of them where it is the only one, else those that name it: mnli=DIR.
std::vector<std::string> paths_of(const RunConfig& config, const std::vector<std::string>& tasks, const std::string& name) {
  if (tasks.size() == 1) return config.data.paths;
  std::vector<std::string> own;
  for (const std::string& path : config.data.paths)
    if (path.starts_with(name + "=")) own.push_back(path.substr(name.size() + 1));
  if (own.empty()) fail("no data of the task ", name, ": of several tasks each has paths that name it, as in --data ", name, "=DIRECTORY");
  return own;
}

void check_paths(const RunConfig& config, const std::vector<std::string>& tasks) {
  if (config.data.paths.empty()) fail("no data: give --data FILE or DIRECTORY with records of the task ", joined(tasks));
  if (tasks.size() == 1) return;
  for (const std::string& path : config.data.paths) {
    const std::string name = path.substr(0, path.find('='));
    if (path.find('=') == std::string::npos || std::find(tasks.begin(), tasks.end(), name) == tasks.end())
      fail("the data '", path, "' belongs to none of the tasks ", joined(tasks), did_you_mean(name, tasks), "; write it as TASK=PATH, such as ",
           tasks[0], "=", path);
  }
}

AskedTask read_task(const Task& task, const std::vector<std::string>& paths, const RunConfig& config, Progress& progress, uint64_t& hash) {
  AskedTask asked;
  asked.task = &task;
  std::vector<fs::path> train, valid;
  for (const std::string& path : paths) {
    const TaskFiles files = find_task_files(path);
    train.insert(train.end(), files.train.begin(), files.train.end());
    valid.insert(valid.end(), files.valid.begin(), files.valid.end());
  }
  AllRecords to_train = read_all(train, task, hash), to_validate = read_all(valid, task, hash);
  asked.train = std::move(to_train.records), asked.valid = std::move(to_validate.records);
  if (asked.train.empty()) fail("there are no records of the task ", task.name, " to train on");
  if (task.kind == TaskKind::kClassify || task.kind == TaskKind::kTokens) asked.setup.labels = label_names(task, asked.train);
  if (asked.valid.empty()) asked.valid = hold_out(asked.train, task, config);
  const uint64_t skipped = to_train.skipped + to_validate.skipped;
  progress.note(cat(task.name, ": ", asked.train.size(), " records to train on, ", asked.valid.size(), " to validate on",
                    skipped > 0 ? cat("; ", skipped, " without a majority label, or with too few columns, are passed over") : ""));
  if (lacks_entities(task, asked.setup.labels))
    progress.note(
        cat(task.name, ": the tags (such as ", asked.setup.labels.back(), ") mark no entities as B-PER does, so words are scored, not entities"));
  return asked;
}

double top_grade_of(std::span<const Record> records) {
  double top = 0;
  for (const Record& r : records)
    for (const double grade : r.grades) top = std::max(top, grade);
  if (top == 0) fail("no document is relevant (all labels are 0), so there is nothing to learn to rank first");
  return top;
}

// What the model is pooled by: what is asked for, what its directory says, or what is usual for it.
std::string pooling_for(const RunConfig& config, Architecture a) {
  const fs::path preset = config.model.value("preset", "");
  if (!config.model.contains("pooling") && names_directory(preset))
    if (const auto known = SentenceTransformer::load(preset)) a.pooling = known->pooling;
  return pooling_of(a);
}

void choose_form(AskedTask& asked, const RunConfig& config, const Architecture& base, const std::string& wanted) {
  const Task& task = *asked.task;
  TaskSetup& setup = asked.setup;
  setup.task = task.name;
  setup.form = form_name(base, task, wanted);
  setup.context = config.batch.context > 0 ? config.batch.context : std::min<int64_t>(base.context, 512);
  setup.target_context = config.batch.target_context;
  setup.stride = config.task.stride;
  setup.longest_answer = config.task.longest_answer;
  if (setup.context > base.context) fail("batch.context ", setup.context, " is longer than the model's context of ", base.context);
  if (setup.form == "embed") setup.pooling = pooling_for(config, base);
  if (task.kind == TaskKind::kRerank) setup.top_grade = top_grade_of(asked.train);
  setup.both_orders = config.task.both_orders && task.symmetric && !is_written(setup.form) && layout_of(base) == TextLayout::Kind::kDecoder;
}

std::shared_ptr<const Examples> examples_of(std::span<const Record> records, const AskedTask& asked, TaskExamples::Order order, uint64_t seed) {
  return std::make_shared<TaskExamples>(std::vector<Record>(records.begin(), records.end()), asked.form, order, seed);
}

std::span<const Record> judged_records(const AskedTask& asked, const RunConfig& config) {
  const std::span<const Record> all = asked.valid;
  const auto some = static_cast<size_t>(config.evaluate.batches * config.batch.sequences);
  return some > 0 ? all.first(std::min(some, all.size())) : all;
}

}  // namespace

std::vector<AskedTask> load_asked_tasks(const RunConfig& config, const Architecture& base, Progress& progress, uint64_t& hash) {
  const std::vector<std::string> names = config.task.names();
  const bool several = names.size() > 1;
  for (size_t i = 0; i < names.size(); ++i) {
    if (std::find(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(i), names[i]) != names.begin() + static_cast<std::ptrdiff_t>(i))
      fail("the task ", names[i], " is named twice; give all its data as --data ", names[i], "=PATH, one for each path");
    task_named(names[i]);
  }
  check_paths(config, names);
  std::vector<AskedTask> tasks;
  for (const std::string& name : names) {
    AskedTask asked = read_task(task_named(name), paths_of(config, names, name), config, progress, hash);
    const Context doing(several ? cat("several tasks at once are asked as texts, and of ", name) : "");
    choose_form(asked, config, base, several && config.task.form == "auto" ? "text" : config.task.form);
    if (several && asked.setup.form != "text") fail(name, " is asked by ", asked.setup.form, "; leave task.form out or set it to text");
    tasks.push_back(std::move(asked));
  }
  return tasks;
}

std::shared_ptr<const Examples> training_examples(const std::vector<AskedTask>& tasks, const RunConfig& config) {
  const auto seed = static_cast<uint64_t>(config.train.seed);
  std::vector<std::shared_ptr<const Examples>> all;
  std::vector<int64_t> sizes;
  for (const AskedTask& asked : tasks) {
    const Context doing(tasks.size() > 1 ? cat("the task ", asked.task->name) : "");
    all.push_back(examples_of(asked.train, asked, TaskExamples::Order::kShuffled, seed + all.size()));
    sizes.push_back(all.back()->size());
  }
  if (all.size() == 1) return all[0];
  return std::make_shared<MixedExamples>(std::move(all), mixture_rates(sizes, config.task.mixture), Rng(seed, "tasks"));
}

std::shared_ptr<const Examples> validation_examples(const std::vector<AskedTask>& tasks, const RunConfig& config) {
  const Context doing("checking the validation records");
  std::vector<std::shared_ptr<const Examples>> all;
  for (const AskedTask& asked : tasks)
    if (!asked.valid.empty()) all.push_back(examples_of(asked.valid, asked, TaskExamples::Order::kAsGiven, static_cast<uint64_t>(config.train.seed)));
  if (all.empty()) return nullptr;
  return all.size() == 1 ? all[0] : std::make_shared<ExamplesInTurn>(std::move(all));
}

std::vector<RunScore> validation_scores(const std::vector<AskedTask>& tasks, const RunConfig& config, Model& model, const Tokenizer& tokenizer,
                                        const Predict& predict) {
  std::vector<RunScore> scores;
  double shares = 0, judged_tasks = 0;
  for (const AskedTask& asked : tasks) {
    const std::span<const Record> judged = judged_records(asked, config);
    if (judged.empty()) continue;
    const std::vector<Prediction> predictions = predict(model, tokenizer, *asked.form, judged);
    const std::string before = tasks.size() > 1 ? cat(asked.task->name, " ") : "";
    const std::vector<TaskScore> of_task = score_predictions(*asked.task, asked.setup.labels, judged, predictions);
    for (const TaskScore& score : of_task) {
      const bool higher = score.metric->better == metrics::Better::kHigher;
      scores.push_back({cat(before, score.metric->name), score.value, higher ? score.value : -score.value});
    }
    const double share = of_task[0].value / of_task[0].metric->best;
    shares += std::isfinite(share) ? share : 0;  // such as the correlation of answers that are all alike
    ++judged_tasks;
  }
  if (tasks.size() > 1) scores.insert(scores.begin(), {"mean", shares / judged_tasks, shares / judged_tasks});
  return scores;
}

}  // namespace gimbal
