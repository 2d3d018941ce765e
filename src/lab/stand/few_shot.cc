// Asking in context.
#include "lab/stand/few_shot.h"

#include <algorithm>

#include "infer/in_context.h"
#include "lab/sources/scene_texts.h"
#include "lab/sources/world_words.h"

namespace gimbal::lab {
namespace {

constexpr uint64_t kAskedSeed = 900020;
constexpr int64_t kQuestions = 8;

const Task kQuestion = {.name = "asked", .kind = TaskKind::kChoice, .says = "", .metrics = {"accuracy"}, .labels = {}, .shot = "{0}"};

}  // namespace

double few_shot_accuracy(Model& model, Topic topic, int64_t shots, int64_t runs) {
  const Rng random = Rng(kAskedSeed, "asked runs").child(static_cast<uint64_t>(topic));
  int64_t right = 0;
  for (int64_t r = 0; r < runs; ++r) {
    const Run run = draw_run(topic, kQuestions + shots, random.child(static_cast<uint64_t>(r)));
    const std::span<const Record> records = run.records;
    InContext context(model, WorldWords::get().tokenizer(), demonstrated_task(), run.labels, {.shots = shots});
    const InContext::Answers answers = context.answer(records.subspan(kQuestions), records.first(kQuestions));
    for (size_t i = 0; i < kQuestions; ++i) right += run.labels[static_cast<size_t>(answers.raw[i].index)] == run.records[i].label;
  }
  return static_cast<double>(right) / static_cast<double>(runs * kQuestions);
}

double zero_shot_accuracy(Model& model, int64_t questions) {
  const Rng random(kAskedSeed, "asked scenes");
  std::vector<Record> records;
  for (int64_t i = 0; i < questions; ++i) {
    AskedScene asked = asked_scene(random.child(static_cast<uint64_t>(i)));
    Record record;
    record.id = std::to_string(i);
    record.texts = {cat(asked.text, " ", asked.question)};
    record.choice = static_cast<int32_t>(std::ranges::find(asked.choices, asked.answer) - asked.choices.begin());
    record.choices = std::move(asked.choices);
    records.push_back(std::move(record));
  }
  InContext context(model, WorldWords::get().tokenizer(), kQuestion, {}, {});
  const InContext::Answers answers = context.answer({}, records);
  int64_t right = 0;
  for (size_t i = 0; i < records.size(); ++i) right += answers.raw[i].index == records[i].choice;
  return static_cast<double>(right) / static_cast<double>(questions);
}

}  // namespace gimbal::lab
