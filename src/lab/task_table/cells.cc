// Data, pretraining, and cells as jobs.
#include "lab/task_table/cells.h"

#include <algorithm>
#include <chrono>

#include "core/error.h"
#include "core/fields.h"
#include "data/forms/scores.h"
#include "data/tasks/read_records.h"
#include "data/tasks/wording.h"
#include "data/world/story.h"
#include "infer/task_model.h"
#include "lab/processes.h"
#include "models/task_form.h"
#include "train/finetune.h"
#include "train/pretrain.h"

namespace gimbal::lab {
namespace {

constexpr int64_t kContext = 192, kLongestAnswer = 128;

fs::path data_of(const fs::path& out, const world::WorldTask& task) { return out / "data" / std::string(task.name); }
fs::path pretrained(const fs::path& out, const TableFamily& family) { return out / "pretrained" / std::string(family.name); }
fs::path file_of(const fs::path& out, const TableCell& cell) {
  return out / "cells" / cat(cell.family->name, ".", cell.task->name, ".", name_of(cell.start), ".json");
}

double seconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

// A directory holds the table that it was begun with.
void keep_plan(const fs::path& out, const TablePlan& plan) {
  const Json now = recipe(plan);
  const fs::path file = out / "plan.json";
  if (!fs::exists(file)) {
    fs::create_directories(out);
    return write_file(file, now.dump(2) + "\n");
  }
  const Json before = parse_json(read_text_file(file), file.string());
  std::vector<std::string> differ;
  for (const auto& [key, value] : now.items())
    if (before.value(key, Json()) != value) differ.push_back(key);
  if (!differ.empty())
    fail(out.string(), " holds a table of another ", joined(differ), " (", file.string(),
         "); give the same flags to the same gimbal, or another --out");
}

// What the tasks read and write, so that the tokenizer has their words too.
void write_words(const fs::path& out, const TablePlan& plan) {
  constexpr size_t kRecords = 500;
  std::string lines;
  for (const world::WorldTask* made : plan.tasks) {
    const Task& task = task_named(made->task);
    const std::vector<Record> records = read_records(data_of(out, *made) / "train.jsonl", task);
    for (const Record& record : std::span(records).first(std::min(kRecords, records.size())))
      for (const std::string& text : {source_text(task, record), target_text(task, record)}) lines += Json({{"text", text}}).dump() + "\n";
  }
  write_file(out / "words.jsonl", lines);
}

// A job of a process, with what it is about.
struct Job {
  std::string about;
  Processes::Work work;  // returns what came out, as a note; empty: nothing to say
};

bool run_all(const std::vector<Job>& jobs, int at_once, Progress& progress, const std::function<bool()>& stopped) {
  size_t begun = 0, ended = 0;
  const auto next = [&]() -> Processes::Work {
    if (begun == jobs.size() || stopped()) return {};
    return jobs[begun++].work;
  };
  std::vector<std::string> troubles;
  Processes(at_once).run(next, [&](const Processes::Outcome& outcome) {
    const Job& job = jobs[outcome.number];
    ++ended;
    if (!outcome.trouble.empty()) troubles.push_back(cat(job.about, ": ", outcome.trouble));
    if (!outcome.said.empty()) progress.note(cat(job.about, ": ", outcome.said));
    progress.update(cat(ended, " of ", jobs.size(), "; ", job.about));
  });
  progress.finish();
  if (!troubles.empty() && !stopped()) fail(troubles[0]);
  return !stopped();
}

Job data_job(const fs::path& out, const TablePlan& plan) {
  return {"data", [&out, &plan]() -> std::string {
            for (const char* part : {"data", "cells", "runs", "pretrained"}) fs::create_directories(out / part);
            if (!fs::exists(out / "stories" / "train.jsonl"))
              world::write_corpus(out / "stories", plan.seed, static_cast<uint64_t>(plan.effort.story_bytes), {0.02});
            for (const world::WorldTask* task : plan.tasks)
              if (!fs::exists(data_of(out, *task) / "task.json"))
                world::write_world_task(data_of(out, *task), *task, {.seed = plan.seed, .examples = static_cast<uint64_t>(plan.effort.examples)});
            if (!fs::exists(out / "words.jsonl")) write_words(out, plan);
            return "";
          }};
}

Job pretrain_job(const fs::path& out, const TablePlan& plan, const TableFamily& family) {
  return {cat(family.name, ": pretraining (", family.objective, ")"), [&out, &plan, &family]() -> std::string {
            RunRequest request;
            request.out = pretrained(out, family);
            if (fs::exists(request.out / "last")) request.resume = fs::path();
            Json whole = pretrain_settings(family, plan);
            const std::string stories = (out / "stories").string();
            whole["data"] = {{"paths", {stories}}};
            whole["tokenizer"]["data"] = {stories, (out / "words.jsonl").string()};
            const RunOutcome outcome = pretrain(read_run_config(whole), request);
            if (outcome.stopped) return "stopped";
            write_file(request.out / "done", cat(outcome.seconds, "\n"));
            return cat("validation loss ", outcome.last_validation_loss, ", ", duration_text(outcome.seconds));
          }};
}

// The head, or "text"; Error where the family cannot be asked the task.
std::string form_of(const TablePlan& plan, const TableFamily& family, const world::WorldTask& task, CellStart start) {
  RunConfig config;
  config.model = model_settings(family, plan.effort);
  return form_name(choose_architecture(config, 0), task_named(task.task), start == CellStart::kTogether ? "text" : "auto");
}

// Tasks of the table learned in one run: one, or all together.
Json finetune_settings(const fs::path& out, const TablePlan& plan, const TableFamily& family, CellStart start,
                       const std::vector<const world::WorldTask*>& tasks) {
  const fs::path base = fs::canonical(pretrained(out, family) / "last");
  const bool together = start == CellStart::kTogether;
  std::vector<std::string> names, paths;
  for (const world::WorldTask* task : tasks) {
    if (std::find(names.begin(), names.end(), task->task) == names.end()) names.emplace_back(task->task);
    paths.push_back((together ? cat(task->task, "=") : "") + data_of(out, *task).string());
  }
  Json asked = {{"model", start == CellStart::kNothing ? model_settings(family, plan.effort) : Json({{"preset", base.string()}})},
                {"task", {{"name", joined(names, ",")}, {"form", together ? "text" : "auto"}, {"mixture", {{"rule", "equal"}}}}},
                {"data", {{"paths", paths}}},
                {"tokenizer", {{"path", base.string()}}},
                {"batch", {{"sequences", 32}, {"context", kContext}}},
                {"train",
                 {{"steps", together ? plan.effort.joint_steps : finetune_steps(plan.effort, *tasks[0], form_of(plan, family, *tasks[0], start))},
                  {"seed", plan.seed},
                  {"dtype", "bf16"}}},
                {"optimizer", finetune_optimizer(family, start)},
                {"evaluate", {{"every", int64_t{1} << 40}, {"batches", 1}}}};
  Json whole = finetune_defaults(asked["model"]["preset"]);
  merge_over(whole, asked);
  return whole;
}

// On the first test records, by the metric that the task's data names.
double test_score(const fs::path& out, const fs::path& model_directory, const world::WorldTask& task, int64_t tested) {
  TaskModel model =
      load_task_model(model_directory, {.task = std::string(task.task), .writing = {.max_tokens = kLongestAnswer}, .compute = DType::kF32});
  std::vector<Record> records = read_records(data_of(out, task) / "test.jsonl", model.task());
  records.resize(std::min(records.size(), static_cast<size_t>(tested)));
  for (const TaskScore& score : score_predictions(model.task(), model.setup.labels, records, model.predict(records)))
    if (score.metric->name == task.metric) return score.value;
  GIMBAL_ASSERT(false, task.name, " is not scored by ", task.metric);
}

std::vector<Prediction> predict_f32(Model& model, const Tokenizer& tokenizer, const TaskForm& form, std::span<const Record> records) {
  return Predictor(model, tokenizer, form, DType::kF32).predict(records);
}

// Fine-tunes once and fills the cells of all `tasks`.
Job cell_job(const fs::path& out, const TablePlan& plan, const TableFamily& family, CellStart start, std::vector<const world::WorldTask*> tasks) {
  const std::string about = cat(family.name, ": ", tasks.size() == 1 ? tasks[0]->name : "all tasks", " from ", name_of(start));
  return {about, [&out, &plan, &family, start, tasks]() -> std::string {
            const fs::path run = out / "runs" / cat(family.name, ".", tasks[0]->name, ".", name_of(start));
            fs::remove_all(run);
            RunRequest request;
            request.out = run;
            const auto begin = std::chrono::steady_clock::now();
            if (finetune(read_run_config(finetune_settings(out, plan, family, start, tasks)), request, predict_f32).stopped) return "stopped";
            const double seconds = seconds_since(begin);
            std::string note;
            for (const world::WorldTask* task : tasks) {
              const double score = test_score(out, run / "last", *task, plan.effort.tested);
              write_file(file_of(out, {&family, task, start}), Json({{"score", score}, {"seconds", seconds}}).dump(2) + "\n");
              note += cat(note.empty() ? "" : ", ", task->name, " ", task->metric, " ", score);
            }
            fs::remove_all(run);
            return note;
          }};
}

// Why the family cannot be asked the task, or nothing.
std::optional<std::string> refusal(const TablePlan& plan, const TableFamily& family, const world::WorldTask& task, CellStart start) {
  try {
    form_of(plan, family, task, start);
    return std::nullopt;
  } catch (const Error& e) {
    return e.what();
  }
}

// Tasks whose cells are to be computed; what the family does not carry is written down. A run of all tasks together is done again as a whole.
std::vector<const world::WorldTask*> missing_tasks(const fs::path& out, const TablePlan& plan, const TableFamily& family, CellStart start) {
  std::vector<const world::WorldTask*> carried, missing;
  for (const world::WorldTask* task : plan.tasks) {
    const TableCell cell{&family, task, start};
    if (const auto why = refusal(plan, family, *task, start)) {
      write_file(file_of(out, cell), Json({{"refused", *why}}).dump(2) + "\n");
      continue;
    }
    carried.push_back(task);
    if (!finished_cell(out, cell)) missing.push_back(task);
  }
  return start == CellStart::kTogether && !missing.empty() ? carried : missing;
}

}  // namespace

std::optional<Json> finished_cell(const fs::path& out, const TableCell& cell) {
  const fs::path file = file_of(out, cell);
  if (!fs::exists(file)) return std::nullopt;
  return parse_json(read_text_file(file), file.string());
}

double pretraining_seconds(const fs::path& out, const TableFamily& family) {
  const fs::path done = pretrained(out, family) / "done";
  return fs::exists(done) ? std::stod(read_text_file(done)) : 0;
}

Json task_facts(const fs::path& out, const world::WorldTask& task) {
  const fs::path file = data_of(out, task) / "task.json";
  return parse_json(read_text_file(file), file.string());
}

void compute_table(const fs::path& out, const TablePlan& plan, int at_once, Progress& progress, const std::function<bool()>& stopped) {
  keep_plan(out, plan);
  if (!run_all({data_job(out, plan)}, 1, progress, stopped)) return;
  std::vector<Job> jobs;
  for (const TableFamily* family : plan.families)
    if (pretraining_seconds(out, *family) == 0) jobs.push_back(pretrain_job(out, plan, *family));
  if (!run_all(jobs, at_once, progress, stopped)) return;
  jobs.clear();
  // The longest first, so that no core is idle at the end.
  for (const TableFamily* family : plan.families) {
    const std::vector<const world::WorldTask*> tasks = missing_tasks(out, plan, *family, CellStart::kTogether);
    if (!tasks.empty()) jobs.push_back(cell_job(out, plan, *family, CellStart::kTogether, tasks));
  }
  for (const TableFamily* family : plan.families)
    for (const CellStart start : {CellStart::kStories, CellStart::kNothing})
      for (const world::WorldTask* task : missing_tasks(out, plan, *family, start)) jobs.push_back(cell_job(out, plan, *family, start, {task}));
  run_all(jobs, at_once, progress, stopped);
}

}  // namespace gimbal::lab
