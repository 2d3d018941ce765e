// Writing a task's files and measuring what they allow.
#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <unordered_set>

#include "core/error.h"
#include "core/files.h"
#include "data/metrics/metrics.h"
#include "data/tasks/read_records.h"
#include "data/world/tasks/world_tasks.h"
#include "data/world/teller.h"

namespace gimbal::world {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
constexpr std::string_view kAnswerKeys[] = {"label", "score", "tags", "answers", "summary", "target"};

// What a model is shown: the record without its answer.
uint64_t hash_of_texts(Json record) {
  for (const std::string_view key : kAnswerKeys) record.erase(std::string(key));
  return hash_name(record.dump());
}

// Examples in the order of their indices, none of them with the texts of an earlier one.
class Maker {
 public:
  Maker(const WorldTask& task, uint64_t seed) : task_(task), stream_(Rng(seed, "world tasks").child(hash_name(task.name))) {}

  Json next() {
    constexpr int kPatience = 100000;
    for (int tries = 0; tries < kPatience; ++tries) {
      try {
        Json record = task_.make(stream_.child(index_++));
        if (seen_.insert(hash_of_texts(record)).second) return record;
      } catch (const Stuck&) {
        continue;
      }
    }
    fail("the task ", task_.name, " has only ", seen_.size(), " different examples; ask for fewer");
  }

 private:
  const WorldTask& task_;
  Rng stream_;
  uint64_t index_ = 0;
  std::unordered_set<uint64_t> seen_;
};

// Replaces a label by another of the task's, at the given rate.
void add_noise(const Task& task, double rate, Rng& rng, Json& record) {
  if (!(rng.uniform() < rate)) return;
  std::vector<std::string_view> others = task.labels;
  std::erase(others, record.at("label").get<std::string>());
  record["label"] = others[rng.below(others.size())];
}

// One guess beside what is right, for metrics of the task's kind.
void add_judged(metrics::Judged& judged, const Task& task, const Record& guess, const Record& gold) {
  const auto class_of = [&](const Record& r) {
    return task.kind == TaskKind::kChoice ? r.choice : label_index(std::vector<std::string>(task.labels.begin(), task.labels.end()), r.label);
  };
  switch (task.kind) {
    case TaskKind::kClassify:
    case TaskKind::kChoice:
      judged.class_guess.push_back(class_of(guess));
      judged.class_gold.push_back(class_of(gold));
      break;
    case TaskKind::kRegress:
      judged.number_guess.push_back(guess.number);
      judged.number_gold.push_back(gold.number);
      break;
    case TaskKind::kTokens:
      judged.tags_guess.push_back(guess.tags);
      judged.tags_gold.push_back(gold.tags);
      break;
    case TaskKind::kSpan: {
      judged.text_guess.push_back(guess.answers.empty() ? "" : guess.answers[0].text);
      std::vector<std::string> right;
      for (const Answer& answer : gold.answers) right.push_back(answer.text);
      judged.text_gold.push_back(right);
      break;
    }
    case TaskKind::kTextToText:
      judged.text_guess.push_back(guess.references.at(0));
      judged.text_gold.push_back(gold.references);
      break;
    case TaskKind::kChat:
    case TaskKind::kEmbed:
    case TaskKind::kSimilarity:
    case TaskKind::kRerank:
      break;
  }
}

// What is right about a record, as text, to count how often it is.
std::string answer_of(const Task& task, const Record& r) {
  switch (task.kind) {
    case TaskKind::kClassify:
      return r.label;
    case TaskKind::kChoice:
      return cat(r.choice);
    case TaskKind::kSpan:
      return r.answers.empty() ? "" : r.answers[0].text;
    case TaskKind::kTextToText:
      return r.references[0];
    default:
      return "";
  }
}

// Of the one document that answers, at any place among the others.
double reciprocal_rank_by_chance(const std::vector<Record>& test) {
  double sum = 0;
  for (const Record& r : test)
    for (size_t rank = 1; rank <= r.choices.size(); ++rank) sum += 1.0 / static_cast<double>(rank * r.choices.size());
  return sum / static_cast<double>(test.size());
}

double majority_score(const WorldTask& world_task, const Task& task, const std::vector<Record>& train, const std::vector<Record>& test) {
  if (task.kind == TaskKind::kChat) return kNone;
  if (task.kind == TaskKind::kRegress || task.kind == TaskKind::kSimilarity) return 0;  // a constant does not correlate
  if (task.kind == TaskKind::kRerank) return reciprocal_rank_by_chance(test);
  if (task.kind == TaskKind::kEmbed) {
    double chance = 0;  // the positive among itself and the negatives
    for (const Record& r : test) chance += 1.0 / static_cast<double>(r.texts.size() - 1);
    return chance / static_cast<double>(test.size());
  }
  std::map<std::string, std::pair<uint64_t, const Record*>> counts;
  for (const Record& r : train) {
    auto& [count, example] = counts[answer_of(task, r)];
    ++count;
    example = &r;
  }
  const auto& most = *std::ranges::max_element(counts, {}, [](const auto& entry) { return entry.second.first; });
  metrics::Judged judged;
  for (const Record& r : test) {
    Record guess = *most.second.second;
    if (task.kind == TaskKind::kTokens) guess.tags.assign(r.tags.size(), "O");
    add_judged(judged, task, guess, r);
  }
  return metrics::metric_named(world_task.metric).score(judged);
}

// `clean`: the records before noise.
double best_score(const WorldTask& world_task, const Task& task, const std::vector<Json>& clean, const std::vector<Record>& test) {
  const metrics::Metric& metric = metrics::metric_named(world_task.metric);
  if (task.kind != TaskKind::kClassify) return metric.best;
  metrics::Judged judged;
  for (size_t i = 0; i < test.size(); ++i) {
    Record known;
    known.label = clean[i].at("label").get<std::string>();
    add_judged(judged, task, known, test[i]);
  }
  return metric.score(judged);
}

}  // namespace

TaskScores write_world_task(const fs::path& dir, const WorldTask& world_task, const TaskCorpus& corpus) {
  const Task& task = task_named(world_task.task);
  if (!(corpus.label_noise >= 0 && corpus.label_noise < 1)) fail("the label noise is ", corpus.label_noise, "; choose at least 0 and less than 1");
  if (corpus.label_noise > 0 && task.kind != TaskKind::kClassify) fail("the task ", world_task.name, " has no classes whose labels could be noisy");
  if (corpus.examples == 0) fail("there must be at least one example");
  const uint64_t held_out = std::max(corpus.examples / 10, TaskCorpus::kLeastHeldOut);
  TaskScores scores;
  write_directory(dir, [&](const fs::path& temporary) {
    Maker maker(world_task, corpus.seed);
    Rng noise(corpus.seed, "label noise");
    std::vector<Json> clean;
    const auto write = [&](const char* name, uint64_t count) {
      AtomicFile file(temporary / name);
      clean.clear();
      for (uint64_t i = 0; i < count; ++i) {
        clean.push_back(maker.next());
        Json record = clean.back();
        if (corpus.label_noise > 0) add_noise(task, corpus.label_noise, noise, record);
        file.write(record.dump() + "\n");
      }
      file.commit();
      return read_records(temporary / name, task);
    };
    const std::vector<Record> train = write("train.jsonl", corpus.examples);
    write("valid.jsonl", held_out);
    const std::vector<Record> test = write("test.jsonl", held_out);
    scores = {best_score(world_task, task, clean, test), majority_score(world_task, task, train, test)};
    Json about = {{"name", world_task.name}, {"says", world_task.says}, {"task", world_task.task}, {"kind", kind_name(task.kind)}};
    about["metric"] = world_task.metric;
    about["best"] = scores.best;
    about["majority"] = std::isnan(scores.majority) ? Json() : Json(scores.majority);
    if (task.kind == TaskKind::kClassify || task.kind == TaskKind::kTokens) about["labels"] = label_names(task, train);
    about["examples"] = {{"train", corpus.examples}, {"valid", held_out}, {"test", held_out}};
    about["seed"] = corpus.seed;
    about["label_noise"] = corpus.label_noise;
    write_file(temporary / "task.json", about.dump(2) + "\n");
  });
  return scores;
}

}  // namespace gimbal::world
