// From records to what metrics compare.
#include "data/forms/scores.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "core/error.h"
#include "data/forms/rankings.h"
#include "data/metrics/entities.h"

namespace gimbal {
namespace {

using enum TaskKind;

metrics::Judged judged(const Task& task, std::span<const std::string> labels, std::span<const Record> records,
                       std::span<const Prediction> predictions) {
  GIMBAL_ASSERT(records.size() == predictions.size(), records.size(), " and ", predictions.size());
  metrics::Judged j;
  for (size_t i = 0; i < records.size(); ++i) {
    const Record& r = records[i];
    const Prediction& p = predictions[i];
    switch (task.kind) {
      case kClassify:
        j.class_guess.push_back(p.index), j.class_gold.push_back(label_index(labels, r.label));
        break;
      case kChoice:
        j.class_guess.push_back(p.index), j.class_gold.push_back(r.choice);
        break;
      case kRegress:
      case kSimilarity:
        j.number_guess.push_back(p.number), j.number_gold.push_back(r.number);
        break;
      case kTokens:
        j.tags_guess.push_back(p.tags), j.tags_gold.push_back(r.tags);
        break;
      case kEmbed:
        if (r.texts.size() > 2) j.class_guess.push_back(p.index), j.class_gold.push_back(0);  // the positive among its own negatives
        break;
      case kRerank:
        break;
      case kSpan: {
        j.text_guess.push_back(p.text);
        auto& gold = j.text_gold.emplace_back();
        for (const Answer& answer : r.answers) gold.push_back(answer.text);
        break;
      }
      default:
        j.text_guess.push_back(p.text), j.text_gold.push_back(r.references);
        j.text_language.push_back(r.languages.size() > 1 ? r.languages[1] : "");
    }
  }
  if (task.kind == kEmbed) j.rankings = rankings_by_cosine(records, predictions);
  if (task.kind == kRerank) j.rankings = rankings_of_documents(records, predictions);
  return j;
}

template <class T>
T commonest(const std::map<T, int64_t>& counts) {
  return std::max_element(counts.begin(), counts.end(), [](const auto& a, const auto& b) { return a.second < b.second; })->first;
}

// What says the same of every record.
Prediction constant_prediction(const Task& task, std::span<const std::string> labels, std::span<const Record> train) {
  std::map<int32_t, int64_t> classes;
  std::map<std::string, int64_t> tags, texts;
  double sum = 0;
  for (const Record& r : train) {
    if (task.kind == kClassify) ++classes[label_index(labels, r.label)];
    if (task.kind == kChoice) ++classes[r.choice];
    if (task.kind == kSpan) ++texts[r.answers.empty() ? "" : r.answers[0].text];
    if (task.kind == kTextToText && !r.references.empty()) ++texts[r.references[0]];
    for (const std::string& tag : r.tags) ++tags[tag];
    sum += r.number;
  }
  Prediction p;
  if (!classes.empty()) p.index = commonest(classes);
  if (!texts.empty()) p.text = commonest(texts);
  if (!tags.empty()) p.tags = {commonest(tags)};
  p.number = train.empty() ? 0 : sum / static_cast<double>(train.size());
  return p;
}

// Tags that are no entities, such as parts of speech, would be scored by their first letters.
bool means_something(const metrics::Metric& metric, const Task& task, std::span<const std::string> labels, const metrics::Judged& j) {
  if (metric.needs == metrics::Needs::kLikelihood) return false;
  if (metric.name == "entity-f1") return metrics::mark_entities(labels);
  return task.kind != kEmbed || metric.needs != metrics::Needs::kClasses || !j.class_gold.empty();  // empty: there are no negatives
}

}  // namespace

std::vector<TaskScore> score_predictions(const Task& task, std::span<const std::string> labels, std::span<const Record> records,
                                         std::span<const Prediction> predictions) {
  const metrics::Judged j = judged(task, labels, records, predictions);
  std::vector<std::string> names(labels.begin(), labels.end());
  if (names.empty() && task.kind == kTokens) names = label_names(task, records);  // asked in context, without a training set's list
  std::vector<TaskScore> scores;
  for (const std::string_view name : task.metrics) {
    const metrics::Metric& metric = metrics::metric_named(name);
    if (!means_something(metric, task, names, j)) continue;
    const double value = metric.score(j);
    if (task.kind == kSpan && std::isnan(value)) continue;  // there are no such questions
    scores.push_back({&metric, value});
  }
  return scores;
}

std::vector<TaskScore> majority_scores(const Task& task, std::span<const std::string> labels, std::span<const Record> train,
                                       std::span<const Record> records) {
  const Prediction same = constant_prediction(task, labels, train);
  std::vector<Prediction> predictions(records.size(), same);
  for (size_t i = 0; i < records.size(); ++i) {
    if (!same.tags.empty()) predictions[i].tags.assign(records[i].words.size(), same.tags[0]);
    if (task.kind == kRerank) predictions[i].scores.assign(records[i].choices.size(), 0);
    if (task.kind == kEmbed) predictions[i].vectors.assign(records[i].texts.size(), {1.f});
  }
  return score_predictions(task, labels, records, predictions);
}

}  // namespace gimbal
