// BLEU (Papineni 2002) with sacreBLEU's defaults (Post 2018, arXiv:1804.08771): corpus level, 13a tokenizer, case kept, exponential smoothing.
// Chinese has sacreBLEU's tokenizer `zh`, and other scripts without spaces between words its `char`.
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

/// What counts as a word: sacreBLEU's tokenizers 13a, zh (each Chinese character, and 13a's rules for the rest) and char.
enum class BleuWords : uint8_t { k13a, kChinese, kCharacters };

/// By the code of the language that a text is in, such as "zh", "zh-TW" or "tha_Thai": kChinese for Chinese, kCharacters for Japanese, Thai, Lao,
/// Khmer, Burmese, Tibetan and Dzongkha, else k13a. (For Japanese and Korean sacreBLEU itself would take MeCab with its dictionaries.)
BleuWords bleu_words_of(std::string_view language);

/// A text's words, joined by single spaces.
std::string bleu_tokenized(std::string_view text, BleuWords words);

/// Each guess has at least one reference. `words`: one an example; none: all k13a.
BleuScore bleu(std::span<const std::string> guess, std::span<const std::vector<std::string>> references, std::span<const BleuWords> words = {});

}  // namespace gimbal::metrics
