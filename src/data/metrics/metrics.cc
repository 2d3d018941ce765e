// The list of metrics.
#include "data/metrics/metrics.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "data/metrics/accuracy.h"
#include "data/metrics/bleu.h"
#include "data/metrics/chrf.h"
#include "data/metrics/correlation.h"
#include "data/metrics/entities.h"
#include "data/metrics/f1.h"
#include "data/metrics/matthews.h"
#include "data/metrics/perplexity.h"
#include "data/metrics/rouge.h"
#include "data/metrics/squad.h"

namespace gimbal::metrics {
namespace {

using enum Needs;
using enum Better;

double word_accuracy(const Judged& j) {
  int64_t right = 0, words = 0;
  for (size_t s = 0; s < j.tags_gold.size(); ++s)
    for (size_t w = 0; w < j.tags_gold[s].size(); ++w, ++words) right += j.tags_guess[s][w] == j.tags_gold[s][w];
  return words == 0 ? 0 : static_cast<double>(right) / static_cast<double>(words);
}

double exact_match(const Judged& j) {
  int64_t right = 0;
  for (size_t i = 0; i < j.text_gold.size(); ++i)
    right += std::find(j.text_gold[i].begin(), j.text_gold[i].end(), j.text_guess[i]) != j.text_gold[i].end();
  return j.text_gold.empty() ? 0 : static_cast<double>(right) / static_cast<double>(j.text_gold.size());
}

double bleu_by_language(const Judged& j) {
  std::vector<BleuWords> words;
  for (const std::string& language : j.text_language) words.push_back(bleu_words_of(language));
  return bleu(j.text_guess, j.text_gold, words).score;
}

double squad2_f1_of(SquadScores::Part SquadScores::*part, const Judged& j) {
  const SquadScores::Part scores = squad_scores(j.text_guess, j.text_gold, SquadRules::k20).*part;
  return scores.questions == 0 ? std::nan("") : scores.f1;
}

constexpr Metric kMetrics[] = {
    {"accuracy", kClasses, kHigher, 1, "share of right classes", [](const Judged& j) { return accuracy(j.class_guess, j.class_gold); }},
    {"f1", kClasses, kHigher, 1, "F1 of class 1", [](const Judged& j) { return f1_of_class(j.class_guess, j.class_gold); }},
    {"f1-macro", kClasses, kHigher, 1, "mean of every class's F1", [](const Judged& j) { return f1_macro(j.class_guess, j.class_gold); }},
    {"mcc", kClasses, kHigher, 1, "Matthews' correlation", [](const Judged& j) { return matthews(j.class_guess, j.class_gold); }},
    {"pearson", kNumbers, kHigher, 1, "Pearson's correlation", [](const Judged& j) { return pearson(j.number_guess, j.number_gold); }},
    {"spearman", kNumbers, kHigher, 1, "Spearman's rank correlation", [](const Judged& j) { return spearman(j.number_guess, j.number_gold); }},
    {"entity-f1", kTags, kHigher, 1, "F1 of whole entities, as conlleval counts",
     [](const Judged& j) { return entity_report(j.tags_guess, j.tags_gold).all.f1(); }},
    {"word-accuracy", kTags, kHigher, 1, "share of words with the right tag", word_accuracy},
    {"squad-em", kTexts, kHigher, 100, "SQuAD 1.1 exact match",
     [](const Judged& j) { return squad_scores(j.text_guess, j.text_gold, SquadRules::k11).all.exact; }},
    {"squad-f1", kTexts, kHigher, 100, "SQuAD 1.1 F1",
     [](const Judged& j) { return squad_scores(j.text_guess, j.text_gold, SquadRules::k11).all.f1; }},
    {"squad2-em", kTexts, kHigher, 100, "SQuAD 2.0 exact match",
     [](const Judged& j) { return squad_scores(j.text_guess, j.text_gold, SquadRules::k20).all.exact; }},
    {"squad2-f1", kTexts, kHigher, 100, "SQuAD 2.0 F1",
     [](const Judged& j) { return squad_scores(j.text_guess, j.text_gold, SquadRules::k20).all.f1; }},
    {"squad2-f1-answerable", kTexts, kHigher, 100, "F1 of the questions that have an answer",
     [](const Judged& j) { return squad2_f1_of(&SquadScores::answerable, j); }},
    {"squad2-f1-unanswerable", kTexts, kHigher, 100, "percent of the questions without an answer that are left without one",
     [](const Judged& j) { return squad2_f1_of(&SquadScores::unanswerable, j); }},
    {"exact-match", kTexts, kHigher, 1, "share of texts that are a right one to the letter", exact_match},
    {"rouge1", kTexts, kHigher, 1, "F of words", [](const Judged& j) { return rouge(Rouge::k1, j.text_guess, j.text_gold); }},
    {"rouge2", kTexts, kHigher, 1, "F of word pairs", [](const Judged& j) { return rouge(Rouge::k2, j.text_guess, j.text_gold); }},
    {"rougeL", kTexts, kHigher, 1, "F of the longest common subsequence",
     [](const Judged& j) { return rouge(Rouge::kL, j.text_guess, j.text_gold); }},
    {"rougeLsum", kTexts, kHigher, 1, "the same line by line", [](const Judged& j) { return rouge(Rouge::kLsum, j.text_guess, j.text_gold); }},
    {"bleu", kTexts, kHigher, 100, "sacreBLEU's corpus BLEU", bleu_by_language},
    {"chrf", kTexts, kHigher, 100, "sacreBLEU's chrF2", [](const Judged& j) { return chrf(j.text_guess, j.text_gold); }},
    {"mrr@10", kRankings, kHigher, 1, "mean reciprocal rank of the first relevant document among ten",
     [](const Judged& j) { return mrr(j.rankings, 10); }},
    {"ndcg@10", kRankings, kHigher, 1, "normalized discounted cumulative gain of the first ten documents",
     [](const Judged& j) { return ndcg(j.rankings, 10); }},
    {"recall@1", kRankings, kHigher, 1, "share of the relevant documents that stand first", [](const Judged& j) { return recall(j.rankings, 1); }},
    {"recall@10", kRankings, kHigher, 1, "share of the relevant documents among the first ten",
     [](const Judged& j) { return recall(j.rankings, 10); }},
    {"map", kRankings, kHigher, 1, "mean average precision", [](const Judged& j) { return mean_average_precision(j.rankings); }},
    {"perplexity", kLikelihood, kLower, 1, "exp of the mean loss per token", [](const Judged& j) { return perplexity(j.nats, j.tokens); }},
    {"bits-per-byte", kLikelihood, kLower, 0, "loss per byte of text, in bits", [](const Judged& j) { return bits_per_byte(j.nats, j.bytes); }},
};

}  // namespace

std::span<const Metric> all_metrics() { return kMetrics; }

const Metric& metric_named(std::string_view name) {
  std::vector<std::string> names;
  for (const Metric& metric : kMetrics) {
    if (metric.name == name) return metric;
    names.emplace_back(metric.name);
  }
  fail("there is no metric \"", name, "\"", did_you_mean(name, names), "; there are ", joined(names));
}

}  // namespace gimbal::metrics
