// One text as a model reads it that is to make a vector of it: as it was pretrained, so that a model needs no new token and other tools, which call the
// tokenizer alone, lay it the same way.
//
//   kEncoder    [CLS] text [SEP]          kSource   text </s>, T5's encoder
//   kTokenizer  what the tokenizer itself puts around a text: nothing (GPT-2), <s> in front (Llama)
//   kPrefix     the same under a prefix mask, all of it prefix, so that every token sees every other (GLM)
#pragma once

#include <string>
#include <string_view>

#include "data/forms/layout.h"

namespace gimbal {

class EmbeddingText {
 public:
  enum class Kind : uint8_t { kEncoder, kSource, kTokenizer, kPrefix };

  /// Error naming the special tokens that the tokenizer lacks, or a context without room for a text.
  EmbeddingText(const Tokenizer& tokenizer, Kind kind, int64_t context);
  /// A longer text is cut at its end; the special tokens stay.
  Sequence lay(std::string_view text) const;

 private:
  Tokenizer tokenizer_;
  Kind kind_;
  size_t context_;
  std::vector<int32_t> front_, back_;  // kEncoder, kSource
};

}  // namespace gimbal
