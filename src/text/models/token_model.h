// Models: the third stage of a tokenizer, which turns the words of a run into tokens.
//
// A new kind is one file with its make_… function, and its line in kinds.cc.
#pragma once

#include <memory>
#include <vector>

#include "text/aligned_text.h"
#include "text/json.h"
#include "text/vocabulary.h"

namespace gimbal::text {

/// What a model appends to: ids and, when tracking is on, the bytes of the run's text that each token covers.
struct TokenList {
  std::vector<int32_t> ids;
  std::vector<Span> spans;
  Tracking tracking = Tracking::kOff;
};

class TokenModel {
 public:
  explicit TokenModel(Vocabulary vocabulary) : vocabulary_(std::move(vocabulary)) {}
  virtual ~TokenModel() = default;

  /// Thread-safe. A byte-level run is spelled out by models that need its characters.
  virtual void tokenize(TextRun& run, TokenList& tokens) const = 0;
  virtual OrderedJson to_json() const = 0;
  /// The token for what the vocabulary lacks, or "".
  virtual std::string unknown_token() const = 0;

  const Vocabulary& vocabulary() const { return vocabulary_; }

 private:
  Vocabulary vocabulary_;
};

using TokenModelPtr = std::unique_ptr<const TokenModel>;

/// From the "model" object of a tokenizer.json; old files have no "type", which is then told by the fields. Error naming a kind that is not
/// supported.
TokenModelPtr make_token_model(const Json& json);

// One of each kind, from its JSON object.
TokenModelPtr make_bpe_from_json(const Json& json);
TokenModelPtr make_unigram_from_json(const Json& json);
TokenModelPtr make_word_level(const Json& json);
TokenModelPtr make_word_piece(const Json& json);

}  // namespace gimbal::text
