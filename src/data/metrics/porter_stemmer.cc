// Porter's five steps as tables of endings.
#include "data/metrics/porter_stemmer.h"

#include <array>
#include <span>
#include <utility>

namespace gimbal::metrics {
namespace {

using Text = std::string_view;

// A letter that is no vowel; y is one after a vowel and at the beginning.
bool is_consonant(Text word, size_t i) {
  const char c = word[i];
  if (c == 'a' || c == 'e' || c == 'i' || c == 'o' || c == 'u') return false;
  return c != 'y' || i == 0 || !is_consonant(word, i - 1);
}

// m: how often a vowel is followed by a consonant.
int measure(Text stem) {
  int m = 0;
  for (size_t i = 1; i < stem.size(); ++i) m += is_consonant(stem, i) && !is_consonant(stem, i - 1);
  return m;
}

bool has_vowel(Text stem) {
  for (size_t i = 0; i < stem.size(); ++i)
    if (!is_consonant(stem, i)) return true;
  return false;
}

bool ends_double(Text word) {
  const size_t n = word.size();
  return n >= 2 && word[n - 1] == word[n - 2] && is_consonant(word, n - 1);
}

// *o: consonant, vowel, consonant other than w, x, y; or just vowel and consonant.
bool ends_short(Text word) {
  const size_t n = word.size();
  if (n == 2) return !is_consonant(word, 0) && is_consonant(word, 1);
  if (n < 3 || !is_consonant(word, n - 3) || is_consonant(word, n - 2) || !is_consonant(word, n - 1)) return false;
  const char last = word[n - 1];
  return last != 'w' && last != 'x' && last != 'y';
}

std::string joined_text(Text stem, Text ending) { return std::string(stem) + std::string(ending); }

struct Rule {
  Text ending, becomes;
};

// The first rule whose ending fits decides: it is applied where the rest has a measure above `least`, and no other is tried.
std::string apply(const std::string& word, std::span<const Rule> rules, int least) {
  for (const Rule& rule : rules) {
    if (!word.ends_with(rule.ending)) continue;
    const Text stem = Text(word).substr(0, word.size() - rule.ending.size());
    return measure(stem) > least ? joined_text(stem, rule.becomes) : word;
  }
  return word;
}

std::string plural(const std::string& word) {  // step 1a
  const auto cut = [&](size_t n) { return word.substr(0, word.size() - n); };
  if (word.ends_with("ies")) return cut(word.size() == 4 ? 1 : 2);
  if (word.ends_with("sses")) return cut(2);
  return word.ends_with("s") && !word.ends_with("ss") ? cut(1) : word;
}

std::string past_or_ing(const std::string& word) {  // step 1b
  if (word.ends_with("ied")) return word.substr(0, word.size() - (word.size() == 4 ? 1 : 2));
  if (word.ends_with("eed")) return measure(Text(word).substr(0, word.size() - 3)) > 0 ? word.substr(0, word.size() - 1) : word;
  const size_t ending = word.ends_with("ed") ? 2 : word.ends_with("ing") ? 3 : 0;
  const std::string stem = word.substr(0, word.size() - ending);
  if (ending == 0 || !has_vowel(stem)) return word;
  if (stem.ends_with("at") || stem.ends_with("bl") || stem.ends_with("iz")) return stem + "e";
  const char last = stem.back();
  if (ends_double(stem)) return last == 'l' || last == 's' || last == 'z' ? stem : stem.substr(0, stem.size() - 1);
  return measure(stem) == 1 && ends_short(stem) ? stem + "e" : stem;
}

std::string y_to_i(std::string word) {  // step 1c
  const size_t n = word.size();
  if (n > 2 && word[n - 1] == 'y' && is_consonant(word, n - 2)) word[n - 1] = 'i';
  return word;
}

constexpr Rule kDoubleEndings[] = {
    {"ational", "ate"}, {"tional", "tion"}, {"enci", "ence"},   {"anci", "ance"},   {"izer", "ize"},  {"bli", "ble"},    {"alli", "al"},
    {"entli", "ent"},   {"eli", "e"},       {"ousli", "ous"},   {"ization", "ize"}, {"ation", "ate"}, {"ator", "ate"},   {"alism", "al"},
    {"iveness", "ive"}, {"fulness", "ful"}, {"ousness", "ous"}, {"aliti", "al"},    {"iviti", "ive"}, {"biliti", "ble"}, {"fulli", "ful"},
};
constexpr Rule kNounEndings[] = {
    {"icate", "ic"}, {"ative", ""}, {"alize", "al"}, {"iciti", "ic"}, {"ical", "ic"}, {"ful", ""}, {"ness", ""},
};
constexpr Text kLastEndings[] = {"al",  "ance", "ence", "er",  "ic",  "able", "ible", "ant", "ement", "ment",
                                 "ent", "ion",  "ou",   "ism", "ate", "iti",  "ous",  "ive", "ize"};

std::string double_endings(const std::string& word) {  // step 2
  if (word.ends_with("alli") && measure(Text(word).substr(0, word.size() - 4)) > 0) return double_endings(word.substr(0, word.size() - 2));
  if (word.ends_with("logi"))
    return measure(Text(word).substr(0, word.size() - 3)) > 0 ? word.substr(0, word.size() - 1) : word;  // the l is of the stem
  return apply(word, kDoubleEndings, 0);
}

std::string last_endings(const std::string& word) {  // step 4
  for (const Text ending : kLastEndings) {
    if (!word.ends_with(ending)) continue;
    const Text stem = Text(word).substr(0, word.size() - ending.size());
    const bool fits = ending != "ion" || stem.ends_with('s') || stem.ends_with('t');
    return measure(stem) > 1 && fits ? std::string(stem) : word;
  }
  return word;
}

std::string final_e_and_l(std::string word) {  // step 5
  if (word.ends_with('e')) {
    const Text stem = Text(word).substr(0, word.size() - 1);
    if (const int m = measure(stem); m > 1 || (m == 1 && !ends_short(stem))) word.pop_back();
  }
  if (word.ends_with("ll") && measure(Text(word).substr(0, word.size() - 1)) > 1) word.pop_back();
  return word;
}

constexpr std::pair<Text, Text> kIrregular[] = {
    {"sky", "sky"},         {"skies", "sky"},       {"dying", "die"},      {"lying", "lie"},       {"tying", "tie"}, {"news", "news"},
    {"innings", "inning"},  {"inning", "inning"},   {"outings", "outing"}, {"outing", "outing"},   {"howe", "howe"}, {"cannings", "canning"},
    {"canning", "canning"}, {"proceed", "proceed"}, {"exceed", "exceed"},  {"succeed", "succeed"},
};

}  // namespace

std::string porter_stem(std::string_view word) {
  for (const auto& [form, stem] : kIrregular)
    if (word == form) return std::string(stem);
  if (word.size() <= 2) return std::string(word);
  const std::string stem = double_endings(y_to_i(past_or_ing(plural(std::string(word)))));
  return final_e_and_l(last_endings(apply(stem, kNounEndings, 0)));
}

}  // namespace gimbal::metrics
