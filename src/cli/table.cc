// gimbal table: every task of the story world by every family that carries it, fine-tuned after pretraining on the world's stories and from nothing,
// beside the best possible score and the majority's. Each cell is a file in OUT/cells, so that a table that was stopped goes on where it was.
#include <chrono>
#include <cmath>
#include <cstdio>

#include "cli/command.h"
#include "cli/task_model.h"
#include "core/files.h"
#include "data/forms/scores.h"
#include "data/tasks/read_records.h"
#include "data/world/story.h"
#include "data/world/tasks/world_tasks.h"
#include "train/finetune.h"
#include "train/pretrain.h"

namespace gimbal {
namespace {

struct Flags {
  std::string out;
  bool quick = false;
  std::vector<std::string> families, tasks;
};

// Masked models learn from few of their tokens: more are hidden than in the paper (arXiv:2202.08005), so that a small run gets somewhere.
struct TableFamily {
  const char *name, *preset, *objective, *model;  // model, objective's settings: on top of the table's, as JSON
  bool quick;
  const char* objective_settings = "{}";
};
constexpr TableFamily kFamilies[] = {
    {"bert", "bert-tiny", "mlm", R"({"dropout": 0})", true, R"({"mask_rate": 0.3})"},
    {"t5", "t5", "span-corruption", R"({"layers": 2, "encoder_layers": 2, "dropout": 0, "activation": "geglu-tanh"})", true},
    {"glm", "glm", "blank-infilling", R"({"dropout": 0})", true},
    {"gpt2", "gpt2", "causal", R"({"dropout": 0})", true},
    {"llama", "llama", "causal", R"({"tied": true})", true},
    {"gpt1", "gpt1", "causal", R"({"dropout": 0})", false},
    {"gpt3", "gpt3", "causal", R"({"dropout": 0})", false},
    {"bloom", "bloom", "causal", "{}", false},
    {"transformer", "transformer", "span-corruption", R"({"layers": 2, "encoder_layers": 2, "dropout": 0, "placement": "pre"})", false},
};
constexpr const char* kQuickTasks[] = {"feeling", "entails", "tagging", "find-answer", "what-next", "likeness"};

// How much work a cell is.
struct Effort {
  int64_t story_bytes, pretrain_steps, examples, finetune_steps, layers, width;
};
constexpr Effort kQuick = {6'000'000, 1200, 8000, 700, 4, 128};
constexpr Effort kFull = {20'000'000, 4000, 20000, 2500, 4, 192};

struct Cell {
  std::string family, task, start;  // "stories" or "nothing"
  Json result;                      // {} where it is not computed, {"refused": sentence} where the family does not carry it
};

class Table {
 public:
  Table(const Flags& flags, const CommonFlags& common)
      : out_(flags.out),
        effort_(flags.quick ? kQuick : kFull),
        seed_(common.seed_given ? common.seed : 1),
        progress_(Progress::style_for(common.quiet)) {
    for (const TableFamily& family : kFamilies)
      if (flags.families.empty() ? family.quick || !flags.quick : chosen(flags.families, family.name)) families_.push_back(&family);
    for (const world::WorldTask& task : world::all_world_tasks()) {
      const TaskKind kind = task_named(task.task).kind;
      if (kind == TaskKind::kChat || compares_texts(kind)) continue;
      const bool quick = std::find(std::begin(kQuickTasks), std::end(kQuickTasks), task.name) != std::end(kQuickTasks);
      if (flags.tasks.empty() ? quick || !flags.quick : chosen(flags.tasks, std::string(task.name))) tasks_.emplace_back(task.name);
    }
    check_names(
        flags.families,
        [&] {
          std::vector<std::string> n;
          for (const TableFamily& f : kFamilies) n.emplace_back(f.name);
          return n;
        }(),
        "family");
    for (const std::string& task : flags.tasks) world::world_task_named(task);
  }

  int run() {
    const auto begin = std::chrono::steady_clock::now();
    make_data();
    for (const TableFamily* family : families_) {
      pretrain_family(*family);
      for (const std::string& task : tasks_)
        for (const char* start : {"stories", "nothing"}) compute(*family, task, start);
    }
    write_table();
    progress_.note(cat("in ", duration_text(std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count()), "; ",
                       (out_ / "table.md").string()));
    return 0;
  }

 private:
  static bool chosen(const std::vector<std::string>& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  }
  static void check_names(const std::vector<std::string>& given, const std::vector<std::string>& known, const char* what) {
    for (const std::string& name : given)
      if (!chosen(known, name)) fail("there is no ", what, " '", name, "' in the table", did_you_mean(name, known), "; there are ", joined(known));
  }

  fs::path task_data(const std::string& task) const { return out_ / "data" / task; }
  fs::path cell_file(const TableFamily& f, const std::string& task, const std::string& start) const {
    return out_ / "cells" / cat(f.name, ".", task, ".", start, ".json");
  }
  fs::path pretrained(const TableFamily& f) const { return out_ / "pretrained" / f.name; }

  void make_data() {
    for (const char* part : {"data", "cells", "runs", "pretrained"}) fs::create_directories(out_ / part);
    if (!fs::exists(out_ / "stories" / "train.jsonl"))
      world::write_corpus(out_ / "stories", seed_, static_cast<uint64_t>(effort_.story_bytes), {0.02});
    for (const std::string& task : tasks_)
      if (!fs::exists(task_data(task) / "task.json"))
        world::write_world_task(task_data(task), world::world_task_named(task), {.seed = seed_, .examples = static_cast<uint64_t>(effort_.examples)});
  }

  Json model_of(const TableFamily& f) const {
    Json model = {{"preset", f.preset}, {"layers", effort_.layers}, {"width", effort_.width}, {"heads", 4}, {"context", 192}};
    merge_over(model, parse_json(f.model, "the table's families"));
    return model;
  }

  static Json objective_of(const TableFamily& f) {
    Json objective = {{"kind", f.objective}};
    merge_over(objective, parse_json(f.objective_settings, "the table's objectives"));
    return objective;
  }

  // What is learned from stories; the tokenizer sees the tasks' own words too, such as the invented language's.
  void pretrain_family(const TableFamily& f) {
    const fs::path out = pretrained(f);
    if (fs::exists(out / "done")) return;
    RunRequest request;
    request.out = out;
    if (fs::exists(out / "last")) request.resume = fs::path();
    Json whole = {{"model", model_of(f)},
                  {"objective", objective_of(f)},
                  {"data", {{"paths", {(out_ / "stories").string()}}}},
                  {"tokenizer", {{"size", 2500}}},
                  {"batch", {{"sequences", 24}, {"context", 128}}},
                  {"train", {{"steps", effort_.pretrain_steps}, {"seed", seed_}}},
                  {"optimizer", {{"lr", 2e-3}}},
                  {"schedule", {{"kind", "cosine"}, {"warmup_share", 0.05}, {"min_lr", 1e-4}}},
                  {"evaluate", {{"every", effort_.pretrain_steps}, {"batches", 8}}},
                  {"save", {{"every", 400}, {"keep", 1}}}};
    progress_.update(cat(f.name, ": pretraining (", f.objective, ")"));
    const RunOutcome outcome = pretrain(read_run_config(whole), request);
    if (outcome.stopped) fail("stopped; the same command goes on");
    write_file(out / "done", cat(outcome.seconds, "\n"));
  }

  void compute(const TableFamily& f, const std::string& task, const std::string& start) {
    const fs::path file = cell_file(f, task, start);
    if (fs::exists(file)) return;
    const fs::path run = out_ / "runs" / cat(f.name, ".", task, ".", start);
    fs::remove_all(run);
    const fs::path base = fs::canonical(pretrained(f) / "last");
    const world::WorldTask& made = world::world_task_named(task);
    Json asked = {{"model", start == "stories" ? Json({{"preset", base.string()}}) : model_of(f)},
                  {"task", {{"name", made.task}}},
                  {"data", {{"paths", {task_data(task).string()}}}},
                  {"tokenizer", {{"path", base.string()}}},
                  {"batch", {{"sequences", 32}, {"context", 128}}},
                  {"train", {{"steps", effort_.finetune_steps}, {"seed", seed_}}},
                  {"optimizer", {{"lr", 1e-3}}},
                  {"evaluate", {{"every", effort_.finetune_steps}, {"batches", 8}}}};
    const std::string model = asked["model"]["preset"];
    Json whole = finetune_defaults(model);
    merge_over(whole, asked);
    progress_.update(cat(f.name, ": ", task, " from ", start));
    Json result = {{"family", f.name}, {"task", task}, {"start", start}};
    try {
      RunRequest request;
      request.out = run;
      const auto begin = std::chrono::steady_clock::now();
      const RunOutcome outcome =
          finetune(read_run_config(whole), request, [](Model& m, const Tokenizer& t, const TaskForm& form, std::span<const Record> records) {
            return Predictor(m, t, form, DType::kF32).predict(records);
          });
      if (outcome.stopped) fail("stopped; the same command goes on");
      const double score = test_score(run / "last", task);
      result["score"] = score;
      result["seconds"] = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
      progress_.note(cat(f.name, "  ", task, " from ", start, ": ", made.metric, " ", score));
    } catch (const Error& e) {
      if (std::string(e.what()).find("stopped") != std::string::npos) throw;
      result["refused"] = e.what();
      progress_.note(cat(f.name, "  ", task, ": ", e.what()));
    }
    write_file(file, result.dump(2) + "\n");
    fs::remove_all(run);
  }

  // By the metric that the task's data names.
  double test_score(const fs::path& directory, const std::string& task) const {
    TaskModelFlags flags;
    flags.model = directory.string();
    TaskModel model = load_task_model(flags);
    const std::vector<Record> records = read_records(task_data(task) / "test.jsonl", model.task());
    for (const TaskScore& score : score_predictions(model.task(), model.setup.labels, records, model.predict(records)))
      if (score.metric->name == world::world_task_named(task).metric) return score.value;
    GIMBAL_ASSERT(false, task);
  }

  // A row a task: what is possible, and a column a family, "after stories / from nothing".
  void write_table() const {
    std::string text = "| task | metric | best | majority |", line = "|---|---|---|---|";
    for (const TableFamily* f : families_) text += cat(" ", f->name, " |"), line += "---|";
    text += "\n" + line + "\n";
    for (const std::string& task : tasks_) {
      const Json facts = parse_json(read_text_file(task_data(task) / "task.json"), "task.json");
      text += cat("| ", task, " | ", facts["metric"].get<std::string>(), " | ", rounded(facts["best"]), " | ", rounded(facts["majority"]), " |");
      for (const TableFamily* f : families_) text += cat(" ", score_text(*f, task, "stories"), " / ", score_text(*f, task, "nothing"), " |");
      text += "\n";
    }
    text += "\nEach cell: after pretraining on stories / from nothing, on the test records.\n";
    write_file(out_ / "table.md", text);
    std::printf("%s", text.c_str());
  }
  std::string score_text(const TableFamily& f, const std::string& task, const std::string& start) const {
    const Json cell = parse_json(read_text_file(cell_file(f, task, start)), "a cell");
    return cell.contains("score") ? rounded(cell["score"]) : "–";
  }
  static std::string rounded(const Json& value) {
    if (!value.is_number()) return "–";
    char text[32];
    const double v = value.get<double>();
    std::snprintf(text, sizeof text, std::abs(v) > 1 ? "%.1f" : "%.3f", v);
    return text;
  }

  fs::path out_;
  Effort effort_;
  uint64_t seed_;
  Progress progress_;
  std::vector<const TableFamily*> families_;
  std::vector<std::string> tasks_;
};

}  // namespace

std::function<int()> add_table(CommandLine& line, const CommonFlags& common) {
  const auto flags = std::make_shared<Flags>();
  line.value("-o,--out", flags->out, "directory of the table; an unfinished one goes on").required();
  line.flag("--quick", flags->quick, "BERT, T5, GLM, GPT-2 and Llama by six tasks");
  line.values("--families", flags->families, "some families only");
  line.values("--tasks", flags->tasks, "some tasks only; gimbal corpus --task list names them");
  return [flags, &common] { return Table(*flags, common).run(); };
}

}  // namespace gimbal
