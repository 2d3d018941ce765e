// Cutting texts and token files into sentences.
#include "data/objectives/sentences.h"

#include <algorithm>
#include <array>

namespace gimbal {
namespace {

constexpr std::string_view kSpaces = " \t\r\f\v";
constexpr std::array<std::string_view, 7> kClosing = {"\"", "'", ")", "]", "\u201D", "\u2019", "\u00BB"};
constexpr std::array<std::string_view, 9> kShortened = {"Mr", "Mrs", "Ms", "Dr", "Prof", "St", "vs", "e.g", "i.e"};

std::string_view trimmed(std::string_view text) {
  const size_t begin = text.find_first_not_of(kSpaces);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpaces) + 1 - begin);
}

void keep(std::string_view sentence, std::vector<std::string_view>& sentences) {
  sentence = trimmed(sentence);
  if (!sentence.empty()) sentences.push_back(sentence);
}

// Where a run of . ! ? and closing quotes that begins at `at` ends.
size_t end_of_stop(std::string_view line, size_t at) {
  at = std::min(line.find_first_not_of(".!?", at), line.size());
  for (bool more = true; more;) {
    more = false;
    for (const std::string_view quote : kClosing) {
      if (!line.substr(at).starts_with(quote)) continue;
      at += quote.size();
      more = true;
    }
  }
  return at;
}

// True when the stop at the end of `text` shortens a word: a title, or the initial of a name.
bool ends_in_short_form(std::string_view text) {
  if (!text.ends_with('.')) return false;
  text.remove_suffix(1);
  const size_t before = text.find_last_of(" \t(\"'");
  const std::string_view word = before == std::string_view::npos ? text : text.substr(before + 1);
  const bool initial = word.size() == 1 && word[0] >= 'A' && word[0] <= 'Z' && word != "I";
  return initial || std::find(kShortened.begin(), kShortened.end(), word) != kShortened.end();
}

void split_line(std::string_view line, std::vector<std::string_view>& sentences) {
  size_t begin = 0, at = 0;
  while ((at = line.find_first_of(".!?", at)) != std::string_view::npos) {
    at = end_of_stop(line, at);
    if (at < line.size() && kSpaces.find(line[at]) == std::string_view::npos) continue;  // 3.14, example.org
    if (ends_in_short_form(line.substr(begin, at - begin))) continue;
    keep(line.substr(begin, at - begin), sentences);
    begin = at;
  }
  keep(line.substr(begin), sentences);
}

}  // namespace

std::vector<std::string_view> split_sentences(std::string_view document) {
  std::vector<std::string_view> sentences;
  for (std::string_view rest = document; !rest.empty();) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    split_line(rest.substr(0, end), sentences);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return sentences;
}

std::vector<int32_t> tokenize_sentences(const Tokenizer& tokenizer, std::string_view document, int32_t sep) {
  std::vector<int32_t> tokens;
  for (const std::string_view sentence : split_sentences(document)) {
    const std::vector<int32_t> ids = tokenizer.encode(sentence, AddSpecial::kNo);
    if (ids.empty()) continue;
    if (!tokens.empty()) tokens.push_back(sep);
    tokens.insert(tokens.end(), ids.begin(), ids.end());
  }
  return tokens;
}

SentenceIndex::SentenceIndex(const TokenShard& shard, int32_t sep) {
  for (int64_t d = 0; d < shard.documents(); ++d) add_document(shard, shard.document_begin(d), shard.document_begin(d + 1), sep);
}

void SentenceIndex::add_document(const TokenShard& shard, int64_t begin, int64_t end, int32_t sep) {
  const std::vector<int32_t> tokens = shard.tokens(begin, end);
  for (auto at = tokens.begin(); at != tokens.end();) {
    const auto stop = std::find(at, tokens.end(), sep);
    if (stop != at) sentences_.push_back({begin + (at - tokens.begin()), begin + (stop - tokens.begin())});
    at = stop == tokens.end() ? stop : stop + 1;
  }
  if (sentences() > first_.back()) first_.push_back(sentences());
}

}  // namespace gimbal
