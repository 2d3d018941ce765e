// ROUGE by counting n-grams and by tables of common subsequences.
#include "data/metrics/rouge.h"

#include <algorithm>
#include <map>
#include <set>

#include "core/error.h"
#include "data/metrics/f1.h"
#include "data/metrics/python_text.h"

namespace gimbal::metrics {
namespace {

using Words = std::vector<std::string>;

RougeScore score_of(size_t overlap, size_t guessed, size_t present) {
  if (guessed == 0 || present == 0) return {};
  RougeScore score;
  score.precision = static_cast<double>(overlap) / static_cast<double>(guessed);
  score.recall = static_cast<double>(overlap) / static_cast<double>(present);
  score.f = harmonic_mean(score.precision, score.recall);
  return score;
}

std::map<Words, size_t> ngrams(const Words& words, size_t n) {
  std::map<Words, size_t> counts;
  for (size_t i = 0; i + n <= words.size(); ++i)
    ++counts[Words(words.begin() + static_cast<std::ptrdiff_t>(i), words.begin() + static_cast<std::ptrdiff_t>(i + n))];
  return counts;
}

// lengths(i, j): the longest common subsequence of the first i words of `a` and the first j of `b`.
class CommonLengths {
 public:
  CommonLengths(const Words& a, const Words& b) : columns_(b.size() + 1), cells_((a.size() + 1) * columns_, 0) {
    for (size_t i = 1; i <= a.size(); ++i)
      for (size_t j = 1; j <= b.size(); ++j)
        cells_[i * columns_ + j] = a[i - 1] == b[j - 1] ? at(i - 1, j - 1) + 1 : std::max(at(i - 1, j), at(i, j - 1));
  }
  uint32_t at(size_t i, size_t j) const { return cells_[i * columns_ + j]; }

 private:
  size_t columns_;
  std::vector<uint32_t> cells_;
};

// Places in `reference` of one longest common subsequence; which one is the package's choice: back from the end, up rather than left.
void add_common_places(const Words& reference, const Words& guess, std::set<size_t>& places) {
  const CommonLengths lengths(reference, guess);
  for (size_t i = reference.size(), j = guess.size(); i > 0 && j > 0;) {
    if (reference[i - 1] == guess[j - 1]) {
      places.insert(--i);
      --j;
    } else if (lengths.at(i, j - 1) > lengths.at(i - 1, j)) {
      --j;
    } else {
      --i;
    }
  }
}

std::vector<Words> lines(std::string_view text) {
  std::vector<Words> found;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    if (end > 0) found.push_back(rouge_words(text.substr(0, end)));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return found;
}

}  // namespace

std::vector<std::string> rouge_words(std::string_view text) {
  Words words;
  std::string word;
  const auto finish = [&] {
    if (word.empty()) return;
    words.push_back(word);
    word.clear();
  };
  for (const char c : python_lower(text)) {
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
      word += c;
    else
      finish();
  }
  finish();
  return words;
}

RougeScore rouge_n(std::string_view guess, std::string_view reference, int n) {
  GIMBAL_ASSERT(n >= 1, "an n-gram has at least one word");
  const auto size = static_cast<size_t>(n);
  const Words guessed = rouge_words(guess), right = rouge_words(reference);
  const auto guessed_counts = ngrams(guessed, size), right_counts = ngrams(right, size);
  size_t overlap = 0;
  for (const auto& [gram, count] : right_counts)
    if (const auto found = guessed_counts.find(gram); found != guessed_counts.end()) overlap += std::min(count, found->second);
  const auto total = [&](const Words& words) { return words.size() < size ? 0 : words.size() - size + 1; };
  return score_of(overlap, total(guessed), total(right));
}

RougeScore rouge_l(std::string_view guess, std::string_view reference) {
  const Words guessed = rouge_words(guess), right = rouge_words(reference);
  return score_of(CommonLengths(right, guessed).at(right.size(), guessed.size()), guessed.size(), right.size());
}

RougeScore rouge_l_sum(std::string_view guess, std::string_view reference) {
  const std::vector<Words> guessed = lines(guess), right = lines(reference);
  std::map<std::string_view, size_t> guessed_left, right_left;  // a word counts no more often than it stands on either side
  size_t guessed_total = 0, right_total = 0, overlap = 0;
  for (const Words& line : guessed) {
    guessed_total += line.size();
    for (const std::string& word : line) ++guessed_left[word];
  }
  for (const Words& line : right) {
    right_total += line.size();
    for (const std::string& word : line) ++right_left[word];
  }
  for (const Words& line : right) {
    std::set<size_t> places;
    for (const Words& other : guessed) add_common_places(line, other, places);
    for (const size_t place : places) {
      size_t &a = guessed_left[line[place]], &b = right_left[line[place]];
      if (a == 0 || b == 0) continue;
      ++overlap;
      --a;
      --b;
    }
  }
  return score_of(overlap, guessed_total, right_total);
}

double rouge(Rouge kind, std::span<const std::string> guess, std::span<const std::vector<std::string>> gold) {
  GIMBAL_ASSERT(guess.size() == gold.size(), guess.size(), " texts for ", gold.size(), " references");
  const auto one = [&](const std::string& text, const std::string& reference) {
    switch (kind) {
      case Rouge::k1:
        return rouge_n(text, reference, 1).f;
      case Rouge::k2:
        return rouge_n(text, reference, 2).f;
      case Rouge::kL:
        return rouge_l(text, reference).f;
      default:
        return rouge_l_sum(text, reference).f;
    }
  };
  double sum = 0;
  for (size_t i = 0; i < gold.size(); ++i) {
    double best = 0;
    for (const std::string& reference : gold[i]) best = std::max(best, one(guess[i], reference));
    sum += best;
  }
  return gold.empty() ? 0 : sum / static_cast<double>(gold.size());
}

}  // namespace gimbal::metrics
