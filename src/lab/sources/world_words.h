// The words of the story world's scenes as a tokenizer: one id a word, so that models that train for seconds can read and write scenes.
#pragma once

#include <string_view>
#include <vector>

#include "text/tokenizer.h"

namespace gimbal::lab {

/// Runs of letters, and runs of marks, as the pre-tokenizer Whitespace cuts: views into the text, which must outlive them.
std::vector<std::string_view> words_in(std::string_view text);

class WorldWords {
 public:
  static constexpr int32_t kUnknown = 0, kStart = 1, kEnd = 2, kMask = 3, kSummary = 4;

  /// The same in every process: words of scenes drawn from a fixed seed and what the lab's sources say beside them, in alphabetical order.
  static const WorldWords& get();

  const Tokenizer& tokenizer() const { return tokenizer_; }
  int64_t vocab() const { return tokenizer_.vocab_size(); }
  /// Words and marks of a text; white space says nothing.
  std::vector<int32_t> ids(std::string_view text) const { return tokenizer_.encode(text, AddSpecial::kNo); }
  /// Words with a space before each, marks without: what the world's checker reads.
  std::string text(std::span<const int32_t> ids) const;

 private:
  explicit WorldWords(Tokenizer tokenizer) : tokenizer_(std::move(tokenizer)) {}
  Tokenizer tokenizer_;
};

}  // namespace gimbal::lab
