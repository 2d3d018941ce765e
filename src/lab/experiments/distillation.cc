// E39: a student of half its teacher's layers, taught by it or by the labels alone (docs/distillation.md).
#include <array>

#include "lab/judging.h"
#include "lab/sources/task_texts.h"
#include "lab/stand/train.h"
#include "train/distill.h"

namespace gimbal::lab {
namespace distillation_study {

constexpr int64_t kAskedRecords = 512;
constexpr double kKept = 0.97;
const std::array<const char*, 3> kTasks = {"place-of-two", "feeling-of-two", "entails"};
const std::array<const char*, 2> kSimple = {"place", "feeling"};  // met in training alone, as a way to the grades about two people

std::vector<Cell> cells(Size size) {
  if (size != Size::kLong) return {};
  return grid({{"layers", {4}},
               {"width", {64}},
               {"teacher_steps", {1600}},
               {"steps", {350}},
               {"lr", {3e-3}},
               {"teacher", {0.9}},
               {"hidden", {3}},
               {"attention", {1}}},
              3);
}

Training training(const Cell& cell, int64_t layers, std::shared_ptr<const TaskTexts> texts) {
  Training t;
  t.model = {{"preset", "llama"},
             {"layers", layers},
             {"width", cell.count("width")},
             {"heads", 4},
             {"ffn_width", 2 * cell.count("width")},
             {"vocab", texts->vocab()},
             {"context", TaskTexts::kLongest}};
  t.examples = task_examples(texts, {.tasks = {0, 1, 2, 3, 4}, .said = Said::kLabels}, static_cast<uint64_t>(cell.seed));
  t.lr = cell.number("lr");
  t.seed = cell.seed;
  t.settings = {{"train", {{"clip", 1}}}, {"schedule", {{"kind", "linear"}, {"warmup_steps", 50}}}};
  return t;
}

Measured measure(const Cell& cell) {
  std::vector<std::string> names(kTasks.begin(), kTasks.end());
  names.insert(names.end(), kSimple.begin(), kSimple.end());
  const auto texts = std::make_shared<const TaskTexts>(names);
  Training t = training(cell, cell.count("layers"), texts);
  t.steps = cell.count("teacher_steps");
  const std::shared_ptr<Model> teacher = train(t).model;
  t = training(cell, cell.count("layers") / 2, texts);
  t.steps = cell.count("steps");
  const Trained alone = train(t);
  t.settings["distill"] = {{"temperature", 1},
                           {"weight", cell.number("teacher")},
                           {"hidden_weight", cell.number("hidden")},
                           {"attention_weight", cell.number("attention")}};
  t.lesson = [&](Model& student, const RunConfig& config) { return distillation_from(teacher, student, config); };
  const Trained taught = train(t);
  Measured m;
  for (size_t i = 0; i < kTasks.size(); ++i) {
    m.numbers[cat(kTasks[i], " teacher")] = texts->accuracy(*teacher, i, kAskedRecords);
    m.numbers[cat(kTasks[i], " taught")] = texts->accuracy(*taught.model, i, kAskedRecords);
    m.numbers[cat(kTasks[i], " alone")] = texts->accuracy(*alone.model, i, kAskedRecords);
    m.numbers[cat(kTasks[i], " kept")] = m.numbers[cat(kTasks[i], " taught")] / m.numbers[cat(kTasks[i], " teacher")];
  }
  m.curves = {{"taught", taught.losses}, {"alone", alone.losses}};
  return m;
}

Finding judge(const Results& all) {
  Finding finding;
  bool holds = true;
  Table table{"Share of right answers", {"task", "teacher", "student, taught", "student, alone", "taught over teacher"}, {}};
  std::vector<std::string> parts;
  for (const char* task : kTasks) {
    const auto of = [&](const char* what) { return all.spread(cat(task, " ", what)); };
    holds = holds && of("teacher").most < 1 && of("kept").median >= kKept && lies_below(of("alone"), of("taught"));
    table.rows.push_back({task, percent_text(of("teacher")), percent_text(of("taught")), percent_text(of("alone")), percent_text(of("kept"))});
    parts.push_back(cat(task, " ", percent_text(of("kept")), " of the teacher's score, ", percent_text(of("taught")), " right with and ",
                        percent_text(of("alone")), " without"));
  }
  finding.tables.push_back(std::move(table));
  finding.verdict = verdict_of(holds);
  finding.sentence = cat("A student of half the layers keeps, by task: ", joined(parts, "; "), ".");
  return finding;
}

}  // namespace distillation_study

Experiment distillation() {
  using namespace distillation_study;
  return {.name = "distillation",
          .code = "E39",
          .claim = "A student of half the layers keeps 97 % of its teacher's score, and is better than the same student without a teacher.",
          .source = "Sanh et al. 2019, arXiv:1910.01108, table 1 and section 3",
          .published = "97 % of BERT's score on GLUE with half of its layers",
          .criterion =
              "on each of three tasks that no teacher solves wholly: the median of the student's over the teacher's score is at least 0.97, and the "
              "student beats the same student of the same steps and rate without a teacher, ranges apart",
          .cost = "30 s a cell; long: 1 min",
          .cells = cells,
          .measure = measure,
          .judge = judge};
}

}  // namespace gimbal::lab
