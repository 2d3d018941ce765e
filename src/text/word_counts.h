// How often each word occurs in a corpus: counted by all threads, with a result that does not depend on their number.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "text/aligned_text.h"
#include "text/each_text.h"
#include "text/flat_index.h"
#include "text/word_patterns.h"

namespace gimbal::text {

class WordCounts {
 public:
  void add(std::string_view word, uint64_t times);
  void add(const WordCounts& other);

  size_t size() const { return words_.size(); }
  std::string_view word(size_t i) const { return std::string_view(bytes_).substr(words_[i].begin, words_[i].size); }
  uint64_t count(size_t i) const { return words_[i].count; }

 private:
  struct Word {
    size_t begin;
    uint32_t size;
    uint64_t count;
  };
  std::string bytes_;  // all words, end to end
  std::vector<Word> words_;
  FlatIndex index_;
};

/// Error for a vocabulary that its corpus does not fill: at most `possible` tokens, but `wanted` were asked for.
[[noreturn]] void fail_for_lack_of_text(int64_t possible, int64_t wanted);

/// Turns a part of a corpus into the words to be counted: those of the run.
using FindWords = std::function<TextRun(std::string_view part)>;

/// Counts what `find_words` finds (from several threads). Otherwise as below; a text's parts are cut within words only where there is no white space.
WordCounts count_words(const EachText& each_text, const FindWords& find_words);

/// Counts the pieces into which `pattern` cuts the texts: its matches and what lies between them. Texts above a mebibyte are counted in parts, which
/// begin after a single line break where there is one: the published patterns cut there in any case. The order of the words is not specified.
/// Error naming the text and the byte for text that is not valid UTF-8.
WordCounts count_words(const EachText& each_text, const WordPattern& pattern);

}  // namespace gimbal::text
