// Pre-tokenizers: the second stage of a tokenizer, which cuts text into words.
//
// A new kind is one file with its make_… function, and its line in kinds.cc.
#pragma once

#include <memory>

#include "text/aligned_text.h"
#include "text/json.h"

namespace gimbal::text {

class PreTokenizer {
 public:
  virtual ~PreTokenizer() = default;
  /// Cuts the words of the run further, or rewrites them.
  virtual void apply(TextRun& run) const = 0;
  virtual OrderedJson to_json() const = 0;
};

using PreTokenizerPtr = std::unique_ptr<const PreTokenizer>;

/// From the "pre_tokenizer" object of a tokenizer.json; null gives nullptr, which leaves the run one word. Error naming a kind that is not supported.
PreTokenizerPtr make_pre_tokenizer(const Json& json);

// One of each kind, from its JSON object.
PreTokenizerPtr make_bert_pre_tokenizer(const Json& json);
PreTokenizerPtr make_byte_level_pre_tokenizer(const Json& json);
PreTokenizerPtr make_digits(const Json& json);
PreTokenizerPtr make_metaspace_pre_tokenizer(const Json& json);
PreTokenizerPtr make_punctuation(const Json& json);
PreTokenizerPtr make_split(const Json& json);
PreTokenizerPtr make_whitespace(const Json& json);
PreTokenizerPtr make_whitespace_split(const Json& json);
PreTokenizerPtr make_pre_tokenizer_sequence(const Json& json);

}  // namespace gimbal::text
