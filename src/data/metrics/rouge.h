// ROUGE (Lin 2004) as the rouge-score package computes it: overlap of word n-grams (ROUGE-N) and longest common subsequences (ROUGE-L, ROUGE-Lsum).
//
//   precision = overlap / n-grams of the guess,  recall = overlap / n-grams of the reference,  F = their harmonic mean
//
// Words are the runs of a-z and 0-9 after lower-casing, so that texts in other scripts have none and score 0; there is no stemmer.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gimbal::metrics {

struct RougeScore {
  double precision = 0, recall = 0, f = 0;
};

std::vector<std::string> rouge_words(std::string_view text);

RougeScore rouge_n(std::string_view guess, std::string_view reference, int n);
/// The longest common subsequence of all words, line breaks passed over.
RougeScore rouge_l(std::string_view guess, std::string_view reference);
/// Summary level: each reference line against the union of its subsequences with the guess's lines. Sentences are to be separated by '\n'.
RougeScore rouge_l_sum(std::string_view guess, std::string_view reference);

enum class Rouge { k1, k2, kL, kLsum };
/// The mean F over texts, in [0, 1]; of several references the best counts. 0 of no texts.
double rouge(Rouge kind, std::span<const std::string> guess, std::span<const std::vector<std::string>> gold);

}  // namespace gimbal::metrics
