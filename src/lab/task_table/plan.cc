// The families and tasks of the table.
#include "lab/task_table/plan.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "core/error.h"
#include "core/fields.h"

namespace gimbal::lab {
namespace {

// Everything is trained by Muon, which needs fewer steps here than AdamW; the text-to-text families' pretraining alone is T5's, by Adafactor: behind
// one by Muon T5 did not learn `feeling`, which needs the order of words.
constexpr const char* kAdafactor =
    R"({"optimizer": {"kind": "adafactor", "lr": 1e-2, "weight_decay": 0}, "schedule": {"kind": "wsd", "warmup_steps": 100, "decay_share": 0.3}})";
constexpr double kTuning = 1.5e-3, kTuningT5 = 4e-3, kFreshTuning = 3e-3;
// Masked models learn from few of their tokens: texts are short, and more is hidden than in the paper (arXiv:2202.08005). BERT has ModernBERT's
// placement and positions (arXiv:2412.13663): with Post-LN and learned positions it needs several times as many steps for the same loss.
constexpr std::array kFamilies = {
    TableFamily{"bert", "mlm+nsp", R"({"preset": "bert-tiny", "dropout": 0, "placement": "pre", "positions": {"kind": "rotary"}})",
                R"({"objective": {"mask_rate": 0.3}, "batch": {"sequences": 48, "context": 64}})", kTuning, true},
    TableFamily{"t5", "span-corruption", R"({"preset": "t5", "layers": 2, "encoder_layers": 2, "dropout": 0, "activation": "geglu-tanh"})",
                kAdafactor, kTuningT5, true},
    TableFamily{"glm", "blank-infilling", R"({"preset": "glm", "dropout": 0})",
                R"({"objective": {"mask_rate": 0.3, "token_share": 0.3, "sentence_share": 0.2, "document_share": 0.5}})", kTuning, true},
    TableFamily{"gpt2", "causal", R"({"preset": "gpt2", "dropout": 0})", "{}", kTuning, true},
    TableFamily{"llama", "causal", R"({"preset": "llama", "tied": true})", "{}", kTuning, true},
    TableFamily{"gpt1", "causal", R"({"preset": "gpt1", "dropout": 0})", "{}", kTuning, false},
    TableFamily{"gpt3", "causal", R"({"preset": "gpt3", "dropout": 0})", "{}", kTuning, false},
    TableFamily{"bloom", "causal", R"({"preset": "bloom"})", "{}", kTuning, false},
    TableFamily{"transformer", "span-corruption", R"({"preset": "transformer", "layers": 2, "encoder_layers": 2, "dropout": 0, "placement": "pre"})",
                kAdafactor, kTuning, false},
};
constexpr std::array<std::string_view, 6> kQuickTasks = {"feeling", "entails", "tagging", "find-answer", "what-next", "likeness"};
// Shares of the steps of fine-tuning for tasks that need fewer than the others of their form.
constexpr std::array kShares = {std::pair{"feeling", 1.0 / 3}};

constexpr Effort kQuick = {.story_bytes = 8'000'000,
                           .vocab = 2500,
                           .pretrain_steps = 1200,
                           .examples = 80000,
                           .finetune_steps = 1200,
                           .joint_steps = 1500,
                           .tested = 1000,
                           .layers = 4,
                           .width = 128};
constexpr Effort kWhole = {.story_bytes = 20'000'000,
                           .vocab = 2500,
                           .pretrain_steps = 2000,
                           .examples = 80000,
                           .finetune_steps = 1500,
                           .joint_steps = 4000,
                           .tested = 1000,
                           .layers = 4,
                           .width = 128};

template <class T>
bool holds(const T& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

std::string_view name_of(CellStart start) {
  switch (start) {
    case CellStart::kStories:
      return "stories";
    case CellStart::kNothing:
      return "nothing";
    case CellStart::kTogether:
      return "stories-together";
  }
  GIMBAL_ASSERT(false, static_cast<int>(start));
}

TablePlan table_plan(TableSize size, const std::vector<std::string>& families, const std::vector<std::string>& tasks, uint64_t seed) {
  const bool quick = size == TableSize::kQuick;
  TablePlan plan{{}, {}, quick ? kQuick : kWhole, seed};
  std::vector<std::string> known;
  for (const TableFamily& f : kFamilies) {
    known.emplace_back(f.name);
    if (families.empty() ? f.quick || !quick : holds(families, f.name)) plan.families.push_back(&f);
  }
  for (const std::string& name : families)
    if (!holds(known, name)) fail("there is no family '", name, "' in the table", did_you_mean(name, known), "; there are ", joined(known));
  for (const std::string& name : tasks) world::world_task_named(name);
  for (const world::WorldTask& task : world::all_world_tasks()) {
    const TaskKind kind = task_named(task.task).kind;
    if (kind == TaskKind::kChat || compares_texts(kind)) continue;
    if (tasks.empty() ? !quick || holds(kQuickTasks, task.name) : holds(tasks, task.name)) plan.tasks.push_back(&task);
  }
  return plan;
}

int64_t finetune_steps(const Effort& effort, const world::WorldTask& task, std::string_view form) {
  const auto of = [&](double share) { return std::max<int64_t>(1, std::llround(share * static_cast<double>(effort.finetune_steps))); };
  for (const auto& [name, share] : kShares)
    if (task.name == name) return of(share);
  switch (task_named(task.task).kind) {
    case TaskKind::kTokens:
    case TaskKind::kSpan:
      return of(form == "text" ? 0.4 : 0.2);
    case TaskKind::kChoice:
      return of(0.15);
    default:
      return of(1);
  }
}

Json model_settings(const TableFamily& family, const Effort& effort) {
  Json model = {{"layers", effort.layers}, {"width", effort.width}, {"heads", 4}, {"context", 192}};
  merge_over(model, parse_json(std::string(family.model), "the table's families"));
  return model;
}

Json pretrain_settings(const TableFamily& family, const TablePlan& plan) {
  const int64_t steps = plan.effort.pretrain_steps;
  Json whole = {{"model", model_settings(family, plan.effort)},
                {"objective", {{"kind", family.objective}}},
                {"tokenizer", {{"size", plan.effort.vocab}}},
                {"batch", {{"sequences", 24}, {"context", 128}}},
                {"train", {{"steps", steps}, {"seed", plan.seed}, {"dtype", "bf16"}}},
                {"optimizer", {{"kind", "muon"}, {"lr", 3e-3}}},
                {"schedule", {{"kind", "cosine"}, {"warmup_share", 0.05}, {"min_lr", 1e-4}}},
                {"evaluate", {{"every", steps}, {"batches", 8}}},
                {"save", {{"every", 500}, {"keep", 1}}}};
  merge_over(whole, parse_json(std::string(family.pretrain), "the table's pretraining"));
  return whole;
}

Json finetune_optimizer(const TableFamily& family, CellStart start) {
  return {{"kind", "muon"}, {"lr", start == CellStart::kNothing ? kFreshTuning : family.lr}};
}

Json recipe(const TablePlan& plan) {
  Json whole = {{"effort", write_fields(plan.effort)}, {"seed", plan.seed}};
  for (const world::WorldTask* task : plan.tasks)
    whole["tasks"].push_back(
        {{"name", task->name}, {"head_steps", finetune_steps(plan.effort, *task, "")}, {"text_steps", finetune_steps(plan.effort, *task, "text")}});
  for (const TableFamily& family : kFamilies) {
    Json& how = whole["training"][std::string(family.name)];
    how["pretraining"] = pretrain_settings(family, plan);
    for (const CellStart start : kStarts) how[std::string(name_of(start))] = finetune_optimizer(family, start);
  }
  return whole;
}

}  // namespace gimbal::lab
