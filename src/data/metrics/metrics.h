// The list of metrics: each by name, with what it compares and which way is better.
//
// A new metric is one file beside this one, and its line in metrics.cc.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "data/metrics/ranking.h"

namespace gimbal::metrics {

/// What a metric compares; it names the fields of Judged that must be filled, all of them with one entry an example.
enum class Needs : uint8_t {
  kClasses,     ///< class_guess, class_gold
  kNumbers,     ///< number_guess, number_gold
  kTags,        ///< tags_guess, tags_gold
  kTexts,       ///< text_guess, text_gold
  kRankings,    ///< rankings, one a query
  kLikelihood,  ///< nats, with tokens or bytes
};

enum class Better : uint8_t { kHigher, kLower };

/// Guesses beside what is right.
struct Judged {
  std::vector<int64_t> class_guess, class_gold;  ///< classes, or which choice
  std::vector<double> number_guess, number_gold;
  std::vector<std::vector<std::string>> tags_guess, tags_gold;  ///< one tag a word
  std::vector<std::string> text_guess;                          ///< answers or generated text
  std::vector<std::vector<std::string>> text_gold;              ///< each of them right; none: a question without an answer
  std::vector<std::string> text_language;                       ///< codes such as "zh", "" where unknown; may be left empty
  std::vector<Ranking> rankings;                                ///< of documents for queries
  double nats = 0;                                              ///< summed negative log-likelihood
  int64_t tokens = 0, bytes = 0;                                ///< that `nats` is about
};

struct Metric {
  std::string_view name;
  Needs needs;
  Better better;
  double best;  ///< the score of perfect guesses: 1, 100 or 0
  std::string_view says;
  double (*score)(const Judged& judged);
};

std::span<const Metric> all_metrics();

/// Error that names the nearest metric.
const Metric& metric_named(std::string_view name);

}  // namespace gimbal::metrics
