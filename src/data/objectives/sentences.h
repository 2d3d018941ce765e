// Documents sentence by sentence: cutting a text into sentences, and finding them again in a token file.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "data/shards.h"
#include "text/tokenizer.h"

namespace gimbal {

/// The sentences of a document without the white space around them. Each line is cut after . ! ? and the closing quotes or brackets behind them,
/// where a space follows (but not behind a title or an initial: Mr. J. Smith), so that running text and one sentence a line both come apart.
std::vector<std::string_view> split_sentences(std::string_view document);

/// The tokens of each sentence, `sep` between two: the token file's end-of-document closes the last one.
std::vector<int32_t> tokenize_sentences(const Tokenizer& tokenizer, std::string_view document, int32_t sep);

/// Tokens [begin, end) of a shard, without any sep.
struct TokenRange {
  int64_t begin, end;
  int64_t size() const { return end - begin; }
};

/// The sentences of a shard whose documents were made by tokenize_sentences. Documents without a sentence are left out.
class SentenceIndex {
 public:
  SentenceIndex(const TokenShard& shard, int32_t sep);
  int64_t sentences() const { return static_cast<int64_t>(sentences_.size()); }
  int64_t documents() const { return static_cast<int64_t>(first_.size()) - 1; }
  TokenRange sentence(int64_t i) const { return sentences_[static_cast<size_t>(i)]; }
  /// Document d holds sentences [first_sentence(d), first_sentence(d + 1)).
  int64_t first_sentence(int64_t document) const { return first_[static_cast<size_t>(document)]; }

 private:
  void add_document(const TokenShard& shard, int64_t begin, int64_t end, int32_t sep);
  std::vector<TokenRange> sentences_;
  std::vector<int64_t> first_ = {0};
};

}  // namespace gimbal
