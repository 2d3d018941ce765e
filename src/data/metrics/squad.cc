// SQuAD's normalization and scores.
#include "data/metrics/squad.h"

#include <algorithm>
#include <map>

#include "core/error.h"
#include "data/metrics/f1.h"
#include "data/metrics/python_text.h"
#include "text/char_class.h"
#include "text/utf8.h"

namespace gimbal::metrics {
namespace {

bool is_ascii_punctuation(char c) { return (c >= '!' && c <= '/') || (c >= ':' && c <= '@') || (c >= '[' && c <= '`') || (c >= '{' && c <= '~'); }

// \w of Python: letters and numbers of all scripts, without marks. The underscore is gone with the punctuation.
bool in_word(char32_t c) {
  const text::CharClass kind = text::CharClasses::get().of(c);
  return kind == text::CharClass::kLetter || kind == text::CharClass::kNumber;
}

// Each a, an, the that stands between word boundaries becomes a space.
std::string without_articles(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size();) {
    size_t end = i;
    while (end < text.size() && in_word(text::character_at(text.data() + end))) end += text::character_length(text[end]);
    if (end == i) {
      const size_t length = text::character_length(text[i]);
      out += text.substr(i, length);
      i += length;
      continue;
    }
    const std::string_view word = text.substr(i, end - i);
    out += word == "a" || word == "an" || word == "the" ? " " : word;
    i = end;
  }
  return out;
}

double word_f1(const std::string& guess, const std::string& gold, SquadRules rules) {
  const std::vector<std::string_view> guessed = python_split(guess), right = python_split(gold);
  if (rules == SquadRules::k20 && (guessed.empty() || right.empty())) return guessed.empty() && right.empty() ? 1 : 0;
  std::map<std::string_view, int> left;
  for (const std::string_view word : right) ++left[word];
  int same = 0;
  for (const std::string_view word : guessed)
    if (const auto found = left.find(word); found != left.end() && found->second-- > 0) ++same;
  if (same == 0) return 0;
  return harmonic_mean(static_cast<double>(same) / static_cast<double>(guessed.size()),
                       static_cast<double>(same) / static_cast<double>(right.size()));
}

bool has_answer(std::span<const std::string> gold) {
  return std::ranges::any_of(gold, [](const std::string& answer) { return !normalize_answer(answer).empty(); });
}

void add(SquadScores::Part& part, const AnswerScore& score) {
  part.exact += score.exact;
  part.f1 += score.f1;
  ++part.questions;
}

void finish(SquadScores::Part& part) {
  if (part.questions == 0) return;
  part.exact *= 100.0 / static_cast<double>(part.questions);
  part.f1 *= 100.0 / static_cast<double>(part.questions);
}

}  // namespace

std::string normalize_answer(std::string_view answer) {
  std::string lowered = python_lower(answer);
  std::erase_if(lowered, is_ascii_punctuation);
  const std::string plain = without_articles(lowered);
  std::string out;
  for (const std::string_view word : python_split(plain)) {
    if (!out.empty()) out += ' ';
    out += word;
  }
  return out;
}

AnswerScore score_answer(std::string_view guess, std::span<const std::string> gold, SquadRules rules) {
  const std::string guessed = normalize_answer(guess);
  AnswerScore best;
  const auto against = [&](const std::string& right) {
    best.exact = std::max(best.exact, guessed == right ? 1.0 : 0.0);
    best.f1 = std::max(best.f1, word_f1(guessed, right, rules));
  };
  if (rules == SquadRules::k20 && !has_answer(gold)) {
    against("");
    return best;
  }
  for (const std::string& answer : gold) {
    const std::string right = normalize_answer(answer);
    if (rules == SquadRules::k11 || !right.empty()) against(right);
  }
  return best;
}

SquadScores squad_scores(std::span<const std::string> guess, std::span<const std::vector<std::string>> gold, SquadRules rules) {
  GIMBAL_ASSERT(guess.size() == gold.size(), guess.size(), " answers for ", gold.size(), " questions");
  SquadScores scores;
  for (size_t i = 0; i < gold.size(); ++i) {
    const AnswerScore score = score_answer(guess[i], gold[i], rules);
    add(scores.all, score);
    add(gold[i].empty() ? scores.unanswerable : scores.answerable, score);
  }
  finish(scores.all);
  finish(scores.answerable);
  finish(scores.unanswerable);
  return scores;
}

}  // namespace gimbal::metrics
