// BLEU (Papineni 2002) with sacreBLEU's defaults (Post 2018, arXiv:1804.08771): corpus level, 13a tokenizer, case kept, exponential smoothing.
//
//   BLEU = BP exp(1/4 sum_n log p_n),  p_n = matched / guessed n-grams, n = 1..4,  BP = exp(1 - r/c) for c < r, else 1
//
// c is the length of all guesses, r the sum of the closest reference lengths. A p_n without matches counts as 100 / (2^k guessed), k the how-manieth
// such n it is; where no n-gram of any size matches, BLEU is 0.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gimbal::metrics {

constexpr int kBleuOrder = 4;

struct BleuScore {
  double score = 0;                             ///< 0 to 100
  std::array<double, kBleuOrder> precisions{};  ///< percent, smoothed
  double brevity_penalty = 1;
  int64_t guess_length = 0, reference_length = 0;
};

/// Words of mteval-v13a's tokenizer, joined by single spaces.
std::string tokenize_13a(std::string_view line);

/// Each guess has at least one reference.
BleuScore bleu(std::span<const std::string> guess, std::span<const std::vector<std::string>> references);

}  // namespace gimbal::metrics
