// E38: LoRA of rank 8 against fine-tuning all weights of the same pretrained decoder (docs/lora.md).
#include <unistd.h>

#include <array>

#include "lab/judging.h"
#include "lab/stand/on_task_texts.h"
#include "models/adapter.h"

namespace gimbal::lab {
namespace lora_study {

constexpr int64_t kAskedRecords = 1024, kLayers = 4, kRank = 8;
constexpr const char *kAll = "all", *kBeside = "LoRA";
constexpr double kKept = 0.98, kSameAnswers = 0.999;
constexpr double kGain = 0.1, kMost = 0.95;  // of all weights on a task that says anything, over chance and over the pretrained model
// Pretraining has simple grades, with their labels; the tasks are about two people, and places are no labels of pretraining's.
const std::array<const char*, 3> kPretrained = {"entails", "feeling", "answerable"};
struct Asked {
  const char* task;
  double chance;
};
const std::array<Asked, 2> kTasks = {{{"place-of-two", 1.0 / 6}, {"feeling-of-two", 1.0 / 5}}};
const std::array<double, 4> kRates = {1e-3, 3e-3, 1e-2, 3e-2};

std::vector<Cell> cells(Size size) {
  if (size != Size::kLong) return {};
  return grid({{"width", {64}}, {"pretraining", {1200}}, {"steps", {600}}}, 3);
}

void take_weights(Model& model, const Model& from) {
  for (const Parameter& p : from.parameters().all()) model.parameters().find(p.name)->value = p.value.clone();
}

// What gimbal merge makes of the two on disk.
std::unique_ptr<Model> merged(Model& base, Model& adapted, const LoraConfig& lora) {
  const fs::path folder = fs::temp_directory_path() / cat("gimbal-lab-lora-", ::getpid());
  for (const char* part : {"base", "adapter"}) fs::create_directories(folder / part);
  save_model(base, folder / "base");
  save_adapter(adapted, lora, "../base", folder / "adapter");
  std::unique_ptr<Model> model = load_adapted(folder / "base", folder / "adapter");
  fs::remove_all(folder);
  return model;
}

double share_that_differs(const std::vector<int32_t>& a, const std::vector<int32_t>& b) {
  int64_t others = 0;
  for (size_t i = 0; i < a.size(); ++i) others += a[i] != b[i];
  return static_cast<double>(others) / static_cast<double>(a.size());
}

struct Arm {
  const char* weights;
  double lr;
};

void tune(const Cell& cell, const Arm& arm, std::shared_ptr<const TaskTexts> texts, Model& base, Measured& m) {
  const LoraConfig lora{.rank = kRank};
  const bool beside = std::string_view(arm.weights) == kBeside;
  const auto note = [&](const std::string& number, double value) { m.numbers[within({{"weights", arm.weights}, {"lr", arm.lr}}, number)] = value; };
  double sum = 0, largest = 0, learned = 0;
  for (size_t i = kPretrained.size(); i < texts->tasks().size(); ++i) {
    Training t = on_task_texts(cell, kLayers, texts, {.tasks = {i}});
    t.steps = cell.count("steps");
    t.lr = arm.lr;
    t.prepare = [&](Model& model) {
      if (beside) {
        add_lora(model, lora);
        model.parameters().allocate(Device::kCpu, DType::kF32);
        model.parameters().initialize(static_cast<uint64_t>(cell.seed));
      }
      take_weights(model, base);
    };
    const Trained tuned = train(t);
    const double score = texts->accuracy(*tuned.model, i, kAskedRecords, cell.seed);
    note(texts->tasks()[i], score);
    sum += score;
    learned = static_cast<double>(tuned.model->parameters().count());
    if (beside) {
      const std::unique_ptr<Model> one = merged(base, *tuned.model, lora);
      largest = std::max(
          largest, share_that_differs(texts->answers(*one, i, kAskedRecords, cell.seed), texts->answers(*tuned.model, i, kAskedRecords, cell.seed)));
    }
  }
  note("mean", sum / static_cast<double>(kTasks.size()));
  note("wrong", 1 - sum / static_cast<double>(kTasks.size()));
  note("merged_differs", largest);
  note("learned", learned);
  note("state_bytes", learned * 3 * sizeof(float));  // a gradient and AdamW's two moments
}

Measured measure(const Cell& cell) {
  std::vector<std::string> names(kPretrained.begin(), kPretrained.end());
  for (const Asked& asked : kTasks) names.emplace_back(asked.task);
  const auto texts = std::make_shared<const TaskTexts>(names);
  Training t = on_task_texts(cell, kLayers, texts, {.tasks = {0, 1, 2}});
  t.steps = cell.count("pretraining");
  t.lr = 3e-3;
  const Trained base = train(t);
  Measured m;
  for (size_t i = 0; i < names.size(); ++i) m.numbers[cat(names[i], " before")] = texts->accuracy(*base.model, i, kAskedRecords, cell.seed);
  for (const char* weights : {kAll, kBeside})
    for (const double lr : kRates) tune(cell, {weights, lr}, texts, *base.model, m);
  return m;
}

Finding judge(const Results& all) {
  Finding finding;
  const Results arms = all.arms_within(), best = at_best(arms, {"weights"}, "wrong");
  std::vector<std::string> shown;
  for (const Asked& asked : kTasks) shown.emplace_back(asked.task);
  const auto with = [&](std::initializer_list<const char*> more) {
    std::vector<std::string> numbers = shown;
    numbers.insert(numbers.end(), more.begin(), more.end());
    return numbers;
  };
  finding.tables.push_back(table_of("Share of right answers at each arm's best rate; bytes of gradients and moments", best, {"weights", "lr"},
                                    with({"mean", "learned", "state_bytes", "merged_differs"})));
  finding.tables.push_back(table_of("All rates", arms, {"weights", "lr"}, with({"mean"})));
  const auto of = [&](const char* weights, const char* number) { return best.where({{"weights", weights}}).spread(number); };
  bool holds = of(kBeside, "merged_differs").most <= 1 - kSameAnswers;
  for (const Json& lr : best.values_of("lr")) holds = holds && lr != kRates.front() && lr != kRates.back();
  std::vector<std::string> parts;
  for (const auto& [task, chance] : kTasks) {
    const Spread full = of(kAll, task), beside = of(kBeside, task);
    const double share = beside.median / full.median;
    holds = holds && share >= kKept && full.least >= std::max(chance, all.spread(cat(task, " before")).most) + kGain && full.most <= kMost;
    parts.push_back(cat(task, " ", percent_text(beside), " against ", percent_text(full), " (", number_text(100 * share), " %; before tuning ",
                        percent_text(all.spread(cat(task, " before"))), ")"));
  }
  finding.verdict = verdict_of(holds);
  finding.sentence =
      cat("LoRA of rank ", kRank, " against all weights: ", joined(parts, "; "), "; best rates ",
          value_text(best.where({{"weights", kBeside}}).values_of("lr")[0]), " and ", value_text(best.where({{"weights", kAll}}).values_of("lr")[0]),
          "; gradients and moments take ", number_text(100 * of(kBeside, "state_bytes").median / of(kAll, "state_bytes").median),
          " % of the bytes; merged weights give another answer to at most ", number_text(100 * of(kBeside, "merged_differs").most),
          " % of the questions.");
  return finding;
}

}  // namespace lora_study

Experiment lora() {
  using namespace lora_study;
  return {.name = "lora",
          .code = "E38",
          .claim = "LoRA of rank 8 reaches 98 % of what fine-tuning all weights reaches.",
          .source = "Hu et al. 2021, arXiv:2106.09685, table 2",
          .published = "",
          .criterion =
              "at each arm's best rate of the same grid, which is not at its edge, on each of two tasks where all weights come to at least 0.1 above "
              "chance and above the pretrained model, and at most to 0.95 right answers: LoRA's median score is at least 0.98 of that of all "
              "weights; and merged weights give the same answer to 999 questions in 1000",
          .cost = "150 s a cell; long: 8 min",
          .cells = cells,
          .measure = measure,
          .judge = judge};
}

}  // namespace gimbal::lab
