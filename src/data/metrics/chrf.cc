// chrF by counting character n-grams.
#include "data/metrics/chrf.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>
#include <unordered_map>

#include "core/error.h"
#include "data/metrics/python_text.h"
#include "text/utf8.h"

namespace gimbal::metrics {
namespace {

constexpr size_t kOrders = 6;
constexpr double kBeta = 2;

using Counts = std::unordered_map<std::string_view, int64_t>;

std::string without_spaces(std::string_view text) {
  std::string out;
  for (const std::string_view word : python_split(text)) out += word;
  return out;
}

// The views point into `text`.
std::array<Counts, kOrders> ngrams(std::string_view text) {
  std::vector<size_t> starts;
  for (size_t i = 0; i < text.size(); i += text::character_length(text[i])) starts.push_back(i);
  const size_t characters = starts.size();
  starts.push_back(text.size());
  std::array<Counts, kOrders> counts;
  for (size_t n = 1; n <= kOrders; ++n)
    for (size_t i = 0; i + n <= characters; ++i) ++counts[n - 1][text.substr(starts[i], starts[i + n] - starts[i])];
  return counts;
}

struct Totals {
  std::array<int64_t, kOrders> guessed{}, present{}, matched{};
};

Totals compare(const std::array<Counts, kOrders>& guess, const std::array<Counts, kOrders>& reference) {
  Totals totals;
  for (size_t n = 0; n < kOrders; ++n) {
    for (const auto& [gram, count] : reference[n]) totals.present[n] += count;
    for (const auto& [gram, count] : guess[n]) {
      totals.guessed[n] += reference[n].empty() ? 0 : count;  // nothing is wrong where nothing could be right
      if (const auto found = reference[n].find(gram); found != reference[n].end()) totals.matched[n] += std::min(count, found->second);
    }
  }
  return totals;
}

double score_of(const Totals& totals) {
  double precision = 0, recall = 0;
  int orders = 0;
  for (size_t n = 0; n < kOrders; ++n) {
    if (totals.guessed[n] == 0 || totals.present[n] == 0) continue;
    precision += static_cast<double>(totals.matched[n]) / static_cast<double>(totals.guessed[n]);
    recall += static_cast<double>(totals.matched[n]) / static_cast<double>(totals.present[n]);
    ++orders;
  }
  if (orders == 0 || precision + recall == 0) return 0;
  precision /= orders;
  recall /= orders;
  return 100 * (1 + kBeta * kBeta) * precision * recall / (kBeta * kBeta * precision + recall);
}

}  // namespace

double chrf(std::span<const std::string> guess, std::span<const std::vector<std::string>> references) {
  GIMBAL_ASSERT(guess.size() == references.size(), guess.size(), " texts for ", references.size(), " references");
  Totals sum;
  for (size_t i = 0; i < guess.size(); ++i) {
    GIMBAL_ASSERT(!references[i].empty(), "a text without a reference has no chrF");
    const std::string guess_text = without_spaces(guess[i]);
    const auto guess_grams = ngrams(guess_text);
    Totals best;
    double best_score = -1;
    for (const std::string& reference : references[i]) {
      const std::string text = without_spaces(reference);
      const Totals totals = compare(guess_grams, ngrams(text));
      if (const double score = score_of(totals); score > best_score) {
        best_score = score;
        best = totals;
      }
    }
    for (size_t n = 0; n < kOrders; ++n) {
      sum.guessed[n] += best.guessed[n];
      sum.present[n] += best.present[n];
      sum.matched[n] += best.matched[n];
    }
  }
  return score_of(sum);
}

}  // namespace gimbal::metrics
