// E39: a student of half its teacher's layers, taught by it or by the labels alone (docs/distillation.md).
#include <algorithm>
#include <array>

#include "lab/judging.h"
#include "lab/stand/on_task_texts.h"
#include "train/distill.h"

namespace gimbal::lab {
namespace distillation_study {

constexpr int64_t kAskedRecords = 1024;
constexpr double kKept = 0.97;
constexpr double kAboveChance = 0.1, kMost = 0.9;  // of a teacher that says anything on a task
constexpr double kTeachersRate = 3e-3;
const std::array<double, 6> kRates = {4e-4, 8e-4, 1.5e-3, 3e-3, 6e-3, 1.2e-2};

struct Asked {
  const char* task;
  double chance;
};
const std::array<Asked, 3> kTasks = {{{"feeling-of-two", 1.0 / 5}, {"entails", 1.0 / 3}, {"place-of-two", 1.0 / 6}}};
const std::array<const char*, 2> kSimple = {"place", "feeling"};  // met in training alone, as a way to the grades about two people

// What a student learns. Labels are dear: some texts have them, all texts have a teacher's answer.
struct Arm {
  const char* name;
  enum class Learns : uint8_t { kFewLabels, kAllLabels, kAnswers } learns;
};
constexpr const char *kTaught = "taught", *kAlone = "alone";
const std::array<Arm, 3> kArms = {
    {{kTaught, Arm::Learns::kAnswers}, {kAlone, Arm::Learns::kFewLabels}, {"alone, all labels", Arm::Learns::kAllLabels}}};

// Seeds 1 to 3 were looked at with an earlier design, in which everybody learned from all texts with a third of the labels wrong: one teacher of
// three did not learn its third task, and one student alone learned it in time. Seeds 11 to 13 were looked at with 64 labels a task and the three
// rates in the middle: the claim held, but alone a student was best at the least rate.
constexpr int64_t kFirstSeed = 21;

std::vector<Cell> cells(Size size) {
  if (size != Size::kLong) return {};
  return grid(
      {{"layers", {4}}, {"width", {64}}, {"labelled", {32}}, {"teacher_steps", {1600}}, {"steps", {600}}, {"temperature", {2}}, {"hidden", {3}}}, 3,
      kFirstSeed);
}

Training training(const Cell& cell, int64_t layers, std::shared_ptr<const TaskTexts> texts, Arm::Learns learns) {
  TaskTextsSpec read{.tasks = {0, 1, 2, 3, 4}};
  if (learns == Arm::Learns::kFewLabels) read.records = cell.count("labelled");
  Training t = on_task_texts(cell, layers, std::move(texts), read);
  t.lr = kTeachersRate;
  return t;
}

Training of_student(const Cell& cell, const Arm& arm, double lr, std::shared_ptr<const TaskTexts> texts, const std::shared_ptr<Model>& teacher) {
  Training t = training(cell, cell.count("layers") / 2, std::move(texts), arm.learns);
  t.steps = cell.count("steps");
  t.lr = lr;
  if (arm.learns == Arm::Learns::kAnswers) {  // weight 1: no label is read
    t.prepare = [teacher](Model& student) { take_layers(student, *teacher); };
    t.settings["distill"] = {{"temperature", cell.number("temperature")}, {"weight", 1}, {"hidden_weight", cell.number("hidden")}};
    t.lesson = [teacher](Model& student, const RunConfig& config) { return distillation_from(teacher, student, config); };
  }
  return t;
}

Measured measure(const Cell& cell) {
  std::vector<std::string> names;
  for (const Asked& asked : kTasks) names.emplace_back(asked.task);
  names.insert(names.end(), kSimple.begin(), kSimple.end());
  const auto texts = std::make_shared<const TaskTexts>(names);
  Training t = training(cell, cell.count("layers"), texts, Arm::Learns::kAllLabels);
  t.steps = cell.count("teacher_steps");
  const std::shared_ptr<Model> teacher = train(t).model;
  Measured m;
  const auto ask = [&](Model& model, const auto& named) {
    double wrong = 0;
    for (size_t i = 0; i < kTasks.size(); ++i) {
      const double right = texts->accuracy(model, i, kAskedRecords, cell.seed);
      m.numbers[named(names[i])] = right;
      wrong += (1 - right) / static_cast<double>(kTasks.size());
    }
    m.numbers[named("wrong")] = wrong;
  };
  ask(*teacher, [](const std::string& number) { return cat("teacher ", number); });
  for (const Arm& arm : kArms)
    for (const double lr : kRates) {
      const Trained student = train(of_student(cell, arm, lr, texts, teacher));
      const auto named = [&](const std::string& number) { return within({{"student", arm.name}, {"lr", lr}}, number); };
      ask(*student.model, named);
      for (const auto& [task, chance] : kTasks) m.numbers[named(cat(task, " kept"))] = m.numbers[named(task)] / m.numbers[cat("teacher ", task)];
    }
  return m;
}

Finding judge(const Results& all) {
  Finding finding;
  const Results arms = all.arms_within(), best = at_best(arms, {"student"}, "wrong");
  std::vector<std::string> shown;
  for (const Asked& asked : kTasks) shown.emplace_back(asked.task);
  for (const Asked& asked : kTasks) shown.push_back(cat(asked.task, " kept"));
  Table table{"Share of right answers; a student's at its best rate, and the share of the teacher's that it keeps", {"model", "lr"}, {}};
  table.columns.insert(table.columns.end(), shown.begin(), shown.end());
  const auto row = [&](const std::string& who, const std::string& lr, const auto& cell) {
    table.rows.push_back({who, lr});
    for (const std::string& number : shown) table.rows.back().push_back(cell(number));
  };
  row("teacher", value_text(kTeachersRate),
      [&](const std::string& number) { return number.ends_with(" kept") ? std::string() : percent_text(all.spread(cat("teacher ", number))); });
  for (const Arm& arm : kArms) {
    const Results of_arm = best.where({{"student", arm.name}});
    row(cat("student, ", arm.name), value_text(of_arm.values_of("lr")[0]),
        [&](const std::string& number) { return percent_text(of_arm.spread(number)); });
  }
  finding.tables.push_back(std::move(table));
  finding.tables.push_back(table_of("All rates", arms, {"student", "lr"}, shown));

  const Results taught = best.where({{"student", kTaught}}), alone = best.where({{"student", kAlone}});
  bool holds = true;
  std::vector<std::string> parts;
  for (const auto& [task, chance] : kTasks) {
    const Spread teacher = all.spread(cat("teacher ", task)), kept = taught.spread(cat(task, " kept"));
    holds = holds && teacher.least >= chance + kAboveChance && teacher.most <= kMost && kept.median >= kKept &&
            lies_below(alone.spread(task), taught.spread(task));
    parts.push_back(cat(task, " ", percent_text(kept), " of the teacher's score of ", percent_text(teacher), ", ", percent_text(taught.spread(task)),
                        " right, alone ", percent_text(alone.spread(task))));
  }
  finding.verdict = verdict_of(holds);
  finding.sentence = cat(
      "A student of half the layers keeps, by task: ", joined(parts, "; "),
      ". Being taught is beginning from every second layer of the teacher and learning its answers to texts without labels; alone a student has the "
      "labels of ",
      number_text(all.values_of("labelled")[0].get<double>()), " texts a task.");
  return finding;
}

}  // namespace distillation_study

Experiment distillation() {
  using namespace distillation_study;
  return {.name = "distillation",
          .code = "E39",
          .claim = "A student of half the layers keeps 97 % of its teacher's score, and is better than the same student without a teacher.",
          .source = "Sanh et al. 2019, arXiv:1910.01108, table 1 and section 3; Hinton et al. 2015, arXiv:1503.02531, section 6",
          .published = "97 % of BERT's score on GLUE with half of its layers",
          .criterion =
              "on each of three tasks where every teacher is at least 0.1 above chance and at most at 0.9: the median of the student's over the "
              "teacher's score is at least 0.97, and the student beats the same student that learns for as many steps from the labels of 32 texts a "
              "task, ranges apart, each arm at its best rate of the same grid. Being taught is beginning from every second layer of the teacher, as "
              "DistilBERT does, and learning its answers and hidden states on texts without labels; the same student with the labels of all texts "
              "is shown beside it",
          .cost = "2 min a cell; long: 6 min",
          .cells = cells,
          .measure = measure,
          .judge = judge};
}

}  // namespace gimbal::lab
