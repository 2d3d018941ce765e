// Searching a context.
#include "data/forms/written_answer.h"

#include <algorithm>
#include <vector>

#include "data/metrics/python_text.h"
#include "data/metrics/squad.h"
#include "text/char_class.h"
#include "text/utf8.h"

namespace gimbal {
namespace {

std::string_view without_blank_ends(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  const size_t begin = text.find_first_not_of(kBlank);
  return begin == std::string_view::npos ? std::string_view() : text.substr(begin, text.find_last_not_of(kBlank) - begin + 1);
}

bool is_word_part(char32_t c) {
  const text::CharClass kind = text::CharClasses::get().of(c);
  return kind == text::CharClass::kLetter || kind == text::CharClass::kNumber;
}

bool word_ends_at(std::string_view text, size_t at) {
  if (at == 0 || at == text.size()) return true;
  size_t before = at - 1;
  while (text::continues_character(text[before])) --before;
  return !is_word_part(text::character_at(text.data() + before)) || !is_word_part(text::character_at(text.data() + at));
}

Answer part_of(std::string_view context, size_t begin, size_t end) { return {std::string(context.substr(begin, end - begin)), begin, end}; }

std::optional<Answer> to_the_letter(std::string_view answer, std::string_view context) {
  const size_t first = context.find(answer);
  if (first == std::string_view::npos) return std::nullopt;
  for (size_t at = first; at != std::string_view::npos; at = context.find(answer, at + 1))
    if (word_ends_at(context, at) && word_ends_at(context, at + answer.size())) return part_of(context, at, at + answer.size());
  return part_of(context, first, first + answer.size());
}

// A word of the context, and what normalization leaves of it: often itself in lower case, of "the" and "--" nothing.
struct NormalWord {
  size_t begin, end;
  std::string normal;
};

std::vector<NormalWord> normal_words(std::string_view context) {
  std::vector<NormalWord> words;
  for (const std::string_view word : metrics::python_split(context)) {
    const auto begin = static_cast<size_t>(word.data() - context.data());
    if (std::string normal = metrics::normalize_answer(word); !normal.empty()) words.push_back({begin, begin + word.size(), std::move(normal)});
  }
  return words;
}

// The shortest part that normalizes to the same: without punctuation at its ends.
Answer without_marks(std::string_view context, size_t begin, size_t end, const std::string& normal) {
  const auto same = [&](size_t b, size_t e) { return metrics::normalize_answer(context.substr(b, e - b)) == normal; };
  while (begin < end && static_cast<unsigned char>(context[begin]) < 0x80 && same(begin + 1, end)) ++begin;
  while (end > begin && static_cast<unsigned char>(context[end - 1]) < 0x80 && same(begin, end - 1)) --end;
  return part_of(context, begin, end);
}

std::optional<Answer> normalized(std::string_view answer, std::string_view context) {
  const std::string normal = metrics::normalize_answer(answer);
  if (normal.empty()) return std::nullopt;
  const std::vector<NormalWord> words = normal_words(context);
  for (size_t first = 0; first < words.size(); ++first) {
    std::string joint = words[first].normal;
    for (size_t last = first; normal.starts_with(joint);) {
      if (joint == normal) return without_marks(context, words[first].begin, words[last].end, normal);
      if (++last == words.size()) break;
      joint += ' ' + words[last].normal;
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<Answer> written_answer(std::string_view answer, std::string_view context) {
  const std::string_view trimmed = without_blank_ends(answer);
  if (trimmed.empty()) return std::nullopt;
  const std::optional<Answer> exact = to_the_letter(trimmed, context);
  return exact ? exact : normalized(trimmed, context);
}

}  // namespace gimbal
