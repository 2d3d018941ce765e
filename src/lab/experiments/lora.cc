// E38: LoRA of rank 8 against fine-tuning all weights of the same pretrained decoder (docs/lora.md).
#include <unistd.h>

#include <array>

#include "lab/judging.h"
#include "lab/sources/task_texts.h"
#include "lab/stand/train.h"
#include "models/adapter.h"

namespace gimbal::lab {
namespace lora_study {

constexpr int64_t kAskedRecords = 512, kRank = 8;
constexpr double kKept = 0.98;
// Pretraining has the simple grades, with their labels; the tasks are about two or three people.
const std::array<const char*, 4> kPretrained = {"place", "entails", "feeling", "answerable"};
const std::array<const char*, 2> kTasks = {"place-of-two", "feeling-of-two"};

std::vector<Cell> cells(Size size) {
  if (size != Size::kLong) return {};
  return grid({{"weights", {"all", "LoRA"}}, {"width", {64}}, {"pretraining", {500}}, {"steps", {600}}, {"lr", {3e-3, 1e-2}}}, 3);
}

Training training(const Cell& cell, std::shared_ptr<const TaskTexts> texts, const TaskTextsSpec& spec) {
  Training t;
  t.model = {{"preset", "llama"},
             {"layers", 4},
             {"width", cell.count("width")},
             {"heads", 4},
             {"ffn_width", 2 * cell.count("width")},
             {"vocab", texts->vocab()},
             {"context", TaskTexts::kLongest}};
  t.examples = task_examples(texts, spec, static_cast<uint64_t>(cell.seed));
  t.seed = cell.seed;
  t.settings = {{"train", {{"clip", 1}}}, {"schedule", {{"kind", "linear"}, {"warmup_steps", 50}}}};
  return t;
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

Measured measure(const Cell& cell) {
  std::vector<std::string> names(kPretrained.begin(), kPretrained.end());
  names.insert(names.end(), kTasks.begin(), kTasks.end());
  const auto texts = std::make_shared<const TaskTexts>(names);
  Training t = training(cell, texts, {.tasks = {0, 1, 2, 3}, .said = Said::kLabels});
  t.steps = cell.count("pretraining");
  t.lr = 3e-3;
  const Trained base = train(t);

  const LoraConfig lora{.rank = kRank};
  const bool beside = cell.text("weights") == "LoRA";
  Measured m;
  double sum = 0, loss = 0, largest = 0;
  for (size_t i = kPretrained.size(); i < names.size(); ++i) {
    t = training(cell, texts, {.tasks = {i}, .said = Said::kLabels});
    t.steps = cell.count("steps");
    t.lr = cell.number("lr");
    t.prepare = [&](Model& model) {
      if (beside) {
        add_lora(model, lora);
        model.parameters().allocate(Device::kCpu, DType::kF32);
        model.parameters().initialize(static_cast<uint64_t>(cell.seed));
      }
      take_weights(model, *base.model);
    };
    const Trained tuned = train(t);
    const double score = texts->accuracy(*tuned.model, i, kAskedRecords);
    m.numbers[names[i]] = score;
    m.numbers[names[i] + " before"] = texts->accuracy(*base.model, i, kAskedRecords);
    sum += score, loss += tuned.end_loss;
    if (beside) {
      const std::unique_ptr<Model> one = merged(*base.model, *tuned.model, lora);
      largest = std::max(largest, std::abs(texts->accuracy(*one, i, kAskedRecords) - score));
    }
    m.numbers["learned"] = static_cast<double>(tuned.model->parameters().count());
  }
  m.numbers["mean"] = sum / static_cast<double>(kTasks.size());
  m.numbers["wrong"] = 1 - m.numbers["mean"];
  m.numbers["loss"] = loss / static_cast<double>(kTasks.size());
  m.numbers["merged_differs"] = largest;
  m.numbers["state_bytes"] = m.numbers["learned"] * 3 * sizeof(float);  // a gradient and AdamW's two moments
  return m;
}

Finding judge(const Results& all) {
  Finding finding;
  const Results best = at_best(all, {"weights"}, "wrong");
  finding.tables.push_back(table_of("Share of right answers at each arm's best rate; bytes of gradients and moments", best, {"weights", "lr"},
                                    {kTasks[0], kTasks[1], "mean", "learned", "state_bytes", "merged_differs"}));
  finding.tables.push_back(table_of("All rates", all, {"weights", "lr"}, {kTasks[0], kTasks[1], "mean", "loss"}));
  const auto of = [&](const char* weights, const char* number) { return best.where({{"weights", weights}}).spread(number); };
  bool holds = of("LoRA", "merged_differs").most == 0;
  std::vector<std::string> parts;
  for (const char* task : kTasks) {
    const double share = of("LoRA", task).median / of("all", task).median;
    holds = holds && share >= kKept && of("all", task).most < 1;
    parts.push_back(
        cat(task, " ", percent_text(of("LoRA", task)), " against ", percent_text(of("all", task)), " (", number_text(100 * share), " %)"));
  }
  finding.verdict = verdict_of(holds);
  finding.sentence = cat("LoRA of rank ", kRank, " against all weights: ", joined(parts, "; "), "; gradients and moments take ",
                         number_text(100 * of("LoRA", "state_bytes").median / of("all", "state_bytes").median),
                         " % of the bytes; the scores of merged weights differ by at most ", number_text(100 * of("LoRA", "merged_differs").most),
                         " % of the answers.");
  return finding;
}

}  // namespace lora_study

Experiment lora() {
  using namespace lora_study;
  return {
      .name = "lora",
      .code = "E38",
      .claim = "LoRA of rank 8 reaches 98 % of what fine-tuning all weights reaches.",
      .source = "Hu et al. 2021, arXiv:2106.09685, table 2",
      .published = "",
      .criterion =
          "at each arm's best rate of the same grid, on each of two tasks that fine-tuning all weights does not solve wholly: LoRA's median score "
          "is at least 0.98 of that of all weights; and merged weights have the same score",
      .cost = "20 s a cell; long: 4 min",
      .cells = cells,
      .measure = measure,
      .judge = judge};
}

}  // namespace gimbal::lab
