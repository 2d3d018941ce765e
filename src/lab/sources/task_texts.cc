// Gathering the words and labels, and asking.
#include "lab/sources/task_texts.h"

#include <algorithm>
#include <set>

#include "lab/sources/drawn.h"
#include "lab/sources/world_words.h"
#include "models/batch_rows.h"

namespace gimbal::lab {
namespace {

constexpr uint64_t kGatheredSeed = 900060, kAskedSeed = 900061;
constexpr int64_t kGathered = 600, kAtOnce = 32;
constexpr int32_t kUnknownWord = 0;

uint64_t asked_seed(int64_t seed) { return kAskedSeed + static_cast<uint64_t>(seed); }

Json record_of(const std::string& task, uint64_t seed, int64_t number) {
  return labelled_record(task, Rng(seed, task).child(static_cast<uint64_t>(number)));
}

std::string text_of(const Json& record) {
  std::string text;
  for (const char* part : {"premise", "sentence", "text", "sentence1", "hypothesis", "question", "sentence2"})
    if (record.contains(part)) text += cat(record[part].get<std::string>(), " ");
  return text;
}

std::string said_label(const Json& record) { return record.contains("label") ? record["label"].get<std::string>() : record.at("score").dump(); }

}  // namespace

TaskTexts::TaskTexts(std::vector<std::string> tasks) : tasks_(std::move(tasks)) {
  std::set<std::string> words;
  std::vector<std::set<std::string>> labels(tasks_.size());
  for (size_t t = 0; t < tasks_.size(); ++t) {
    for (int64_t i = 0; i < kGathered; ++i) {
      const Json record = record_of(tasks_[t], kGatheredSeed, i);
      const std::string text = text_of(record);
      for (const std::string_view word : words_in(text)) words.emplace(word);
      labels[t].insert(said_label(record));
    }
  }
  int32_t next = kUnknownWord + 1;
  for (const std::string& word : words) words_[word] = next++;
  std::map<std::string, int32_t> known;  // tasks with the same label share it
  for (const std::set<std::string>& of_task : labels) {
    auto& ids = labels_.emplace_back();
    for (const std::string& label : of_task) ids[label] = known.try_emplace(label, next).first->second, next = std::max(next, ids[label] + 1);
  }
  vocab_ = next;
}

TaskTexts::Text TaskTexts::text(size_t task, uint64_t seed, int64_t number) const {
  const Json record = record_of(tasks_[task], seed, number);
  const std::string words = text_of(record);
  Text text;
  for (const std::string_view word : words_in(words)) {
    const auto found = words_.find(word);
    text.ids.push_back(found == words_.end() ? kUnknownWord : found->second);
  }
  text.label = labels_[task].at(said_label(record));
  GIMBAL_ASSERT(std::ssize(text.ids) <= kLongest, tasks_[task], " has a text of ", text.ids.size(), " words");
  return text;
}

std::vector<int32_t> TaskTexts::answers(Model& model, size_t task, int64_t count, int64_t seed) const {
  std::vector<int32_t> answers;
  for (int64_t begin = 0; begin < count; begin += kAtOnce) {
    std::vector<std::vector<int32_t>> asked;
    for (int64_t i = begin; i < std::min(count, begin + kAtOnce); ++i) asked.push_back(text(task, asked_seed(seed), i).ids);
    Tape tape(Tape::Mode::kInference, Tape::Phase::kEval);
    const Tensor logits = model.logits(tape, model.hidden(tape, make_rows(asked, {}, kLongest, Device::kCpu), {})).value;
    int64_t row = -1;
    for (const std::vector<int32_t>& words : asked) {
      row += std::ssize(words);
      const float* said = logits.data<float>() + row * logits.cols();
      const auto likelier = [&](const auto& a, const auto& b) { return said[a.second] < said[b.second]; };
      answers.push_back(std::ranges::max_element(labels_[task], likelier)->second);
    }
  }
  return answers;
}

double TaskTexts::accuracy(Model& model, size_t task, int64_t count, int64_t seed) const {
  const std::vector<int32_t> said = answers(model, task, count, seed);
  int64_t right = 0;
  for (int64_t i = 0; i < count; ++i) right += said[static_cast<size_t>(i)] == text(task, asked_seed(seed), i).label;
  return static_cast<double>(right) / static_cast<double>(count);
}

namespace {

class TaskExamples final : public Examples {
 public:
  TaskExamples(std::shared_ptr<const TaskTexts> texts, TaskTextsSpec spec, uint64_t seed)
      : texts_(std::move(texts)), spec_(std::move(spec)), seed_(seed) {}
  int64_t size() const override { return int64_t{1} << 40; }
  void add(int64_t number, TokenBatch& batch) const override {
    const auto tasks = static_cast<int64_t>(spec_.tasks.size());
    const size_t task = spec_.tasks[static_cast<size_t>(number % tasks)];
    TaskTexts::Text text = texts_->text(task, seed_, number / tasks % spec_.records);
    std::vector<int32_t> targets(text.ids.size(), kIgnoredTarget);
    targets.back() = text.label;
    batch.add({.ids = std::move(text.ids), .targets = std::move(targets)});
  }

 private:
  std::shared_ptr<const TaskTexts> texts_;
  TaskTextsSpec spec_;
  uint64_t seed_;
};

}  // namespace

std::shared_ptr<const Examples> task_examples(std::shared_ptr<const TaskTexts> texts, const TaskTextsSpec& spec, uint64_t data_seed) {
  return std::make_shared<TaskExamples>(std::move(texts), spec, data_seed);
}

}  // namespace gimbal::lab
