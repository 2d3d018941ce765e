// BLEU: the tokenizers, clipped n-gram counts, and the score.
#include "data/metrics/bleu.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <unordered_map>

#include "core/error.h"
#include "data/metrics/python_text.h"
#include "text/utf8.h"

namespace gimbal::metrics {
namespace {

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) text.replace(at, from.size(), to);
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_stop(char c) { return c == '.' || c == ','; }

// ASCII that always stands alone: all punctuation but ' , - . and, harmlessly, the space.
bool stands_alone(char c) {
  return (c >= ' ' && c <= '&') || (c >= '(' && c <= '+') || c == '/' || (c >= ':' && c <= '@') || (c >= '[' && c <= '`') || (c >= '{' && c <= '~');
}

// Each step reads like a regular expression over two neighbours that do not overlap with the last match.
template <class Fits>
std::string space_pairs(std::string_view text, Fits fits, std::string_view before, std::string_view between, std::string_view after) {
  std::string out;
  size_t i = 0;
  while (i < text.size()) {
    if (i + 1 < text.size() && fits(text[i], text[i + 1])) {
      (((out += before) += text[i]) += between) += text[i + 1];
      out += after;
      i += 2;
    } else {
      out += text[i++];
    }
  }
  return out;
}

std::string_view without_trailing_space(std::string_view line) {
  const std::vector<std::string_view> words = python_split(line);
  return words.empty() ? std::string_view() : line.substr(0, static_cast<size_t>(words.back().data() + words.back().size() - line.data()));
}

using Counts = std::unordered_map<std::string, int64_t>;

// N-grams of all orders; words hold no spaces, so that the joined text names one.
std::array<Counts, kBleuOrder> ngrams(const std::vector<std::string_view>& words) {
  std::array<Counts, kBleuOrder> counts;
  for (size_t begin = 0; begin < words.size(); ++begin) {
    std::string gram;
    for (size_t n = 0; n < kBleuOrder && begin + n < words.size(); ++n) {
      if (n > 0) gram += ' ';
      gram += words[begin + n];
      ++counts[n][gram];
    }
  }
  return counts;
}

struct Totals {
  std::array<int64_t, kBleuOrder> matched{}, guessed{};
  int64_t guess_length = 0, reference_length = 0;
};

void add_text(const std::string& guess, const std::vector<std::string>& references, BleuWords kind, Totals& totals) {
  GIMBAL_ASSERT(!references.empty(), "a text without a reference has no BLEU");
  const std::string guess_text = bleu_tokenized(without_trailing_space(guess), kind);
  const auto guess_words = python_split(guess_text);
  const auto length = static_cast<int64_t>(guess_words.size());
  std::array<Counts, kBleuOrder> most;
  int64_t closest = -1;
  for (const std::string& reference : references) {
    const std::string text = bleu_tokenized(without_trailing_space(reference), kind);
    const auto words = python_split(text);
    const auto reference_length = static_cast<int64_t>(words.size());
    const int64_t gap = std::abs(length - reference_length), best_gap = std::abs(length - closest);
    if (closest < 0 || gap < best_gap || (gap == best_gap && reference_length < closest)) closest = reference_length;
    const auto counts = ngrams(words);
    for (size_t n = 0; n < kBleuOrder; ++n)
      for (const auto& [gram, count] : counts[n]) most[n][gram] = std::max(most[n][gram], count);
  }
  totals.guess_length += length;
  totals.reference_length += closest;
  const auto counts = ngrams(guess_words);
  for (size_t n = 0; n < kBleuOrder; ++n)
    for (const auto& [gram, count] : counts[n]) {
      totals.guessed[n] += count;
      if (const auto found = most[n].find(gram); found != most[n].end()) totals.matched[n] += std::min(count, found->second);
    }
}

// What `zh` sets apart, by characters. The first range is wider than its authors meant: they wrote U+20000 to U+2A6D6 in a notation of four digits.
bool is_chinese(char32_t c) {
  constexpr std::pair<char32_t, char32_t> kRanges[] = {{0x2001, 0x2A6D}, {0x2E80, 0x2EFF}, {0x2F00, 0x2FDF}, {0x2FF0, 0x2FFF}, {0x3000, 0x303F},
                                                       {0x3100, 0x312F}, {0x31A0, 0x31BF}, {0x31C0, 0x31EF}, {0x3200, 0x33FF}, {0x3400, 0x4DB5},
                                                       {0x4E00, 0x9FBB}, {0xF900, 0xFA2D}, {0xFA30, 0xFA6A}, {0xFA70, 0xFAD9}, {0xFE10, 0xFE1F},
                                                       {0xFE30, 0xFE4F}, {0xFF00, 0xFFEF}};
  return std::ranges::any_of(kRanges, [c](const auto& range) { return range.first <= c && c <= range.second; });
}

std::string single_spaced(std::string_view text) {
  std::string out;
  for (const std::string_view word : python_split(text)) {
    if (!out.empty()) out += ' ';
    out += word;
  }
  return out;
}

// The rules for punctuation that 13a and zh share.
std::string punctuation_apart(std::string_view text) {
  std::string spaced;
  for (const char c : text) {
    if (stands_alone(c))
      ((spaced += ' ') += c) += ' ';
    else
      spaced += c;
  }
  spaced = space_pairs(
      spaced, [](char a, char b) { return !is_digit(a) && is_stop(b); }, "", " ", " ");
  spaced = space_pairs(
      spaced, [](char a, char b) { return is_stop(a) && !is_digit(b); }, " ", " ", "");
  spaced = space_pairs(
      spaced, [](char a, char b) { return is_digit(a) && b == '-'; }, "", " ", " ");
  return single_spaced(spaced);
}

}  // namespace

std::string tokenize_13a(std::string_view line) {
  std::string text(line);
  replace_all(text, "<skipped>", "");
  replace_all(text, "-\n", "");
  replace_all(text, "\n", " ");
  replace_all(text, "&quot;", "\"");
  replace_all(text, "&amp;", "&");
  replace_all(text, "&lt;", "<");
  replace_all(text, "&gt;", ">");
  return punctuation_apart(cat(' ', text, ' '));
}

BleuWords bleu_words_of(std::string_view language) {
  constexpr std::string_view kChinese[] = {"zh", "zho", "chi", "cmn", "yue"};
  constexpr std::string_view kUnspaced[] = {"ja", "jpn", "th", "tha", "lo", "lao", "km", "khm", "my", "mya", "bo", "bod", "dz", "dzo"};
  const std::string_view code = language.substr(0, language.find_first_of("-_"));
  if (std::ranges::find(kChinese, code) != std::end(kChinese)) return BleuWords::kChinese;
  return std::ranges::find(kUnspaced, code) != std::end(kUnspaced) ? BleuWords::kCharacters : BleuWords::k13a;
}

std::string bleu_tokenized(std::string_view text, BleuWords words) {
  if (words == BleuWords::k13a) return tokenize_13a(text);
  const std::vector<std::string_view> parts = python_split(text);
  if (parts.empty()) return "";
  text = without_trailing_space(text.substr(static_cast<size_t>(parts.front().data() - text.data())));  // zh strips both ends
  std::string spaced;
  for (size_t i = 0; i < text.size();) {
    const size_t length = text::character_length(text[i]);
    const std::string_view character = text.substr(i, length);
    const bool alone = words == BleuWords::kCharacters || is_chinese(text::character_at(text.data() + i));
    alone ? ((spaced += ' ') += character) += ' ' : spaced += character;
    i += length;
  }
  return words == BleuWords::kChinese ? punctuation_apart(spaced) : single_spaced(spaced);
}

BleuScore bleu(std::span<const std::string> guess, std::span<const std::vector<std::string>> references, std::span<const BleuWords> words) {
  GIMBAL_ASSERT(guess.size() == references.size(), guess.size(), " texts for ", references.size(), " references");
  Totals totals;
  for (size_t i = 0; i < guess.size(); ++i) add_text(guess[i], references[i], words.empty() ? BleuWords::k13a : words[i], totals);
  BleuScore result{.guess_length = totals.guess_length, .reference_length = totals.reference_length};
  const auto c = static_cast<double>(totals.guess_length), r = static_cast<double>(totals.reference_length);
  if (c < r) result.brevity_penalty = c > 0 ? std::exp(1 - r / c) : 0;
  if (std::ranges::all_of(totals.matched, [](int64_t matched) { return matched == 0; })) return result;
  double smoothing = 1, log_sum = 0;
  for (size_t n = 0; n < kBleuOrder; ++n) {
    if (totals.guessed[n] == 0) return result;  // texts too short for this order: sacreBLEU's score is 0 then
    const auto guessed = static_cast<double>(totals.guessed[n]);
    if (totals.matched[n] == 0) smoothing *= 2;
    result.precisions[n] = totals.matched[n] > 0 ? 100.0 * static_cast<double>(totals.matched[n]) / guessed : 100.0 / (smoothing * guessed);
    log_sum += std::log(result.precisions[n]);
  }
  result.score = result.brevity_penalty * std::exp(log_sum / kBleuOrder);
  return result;
}

}  // namespace gimbal::metrics
