// The WordLevel model: each word is one token, or the unknown token.
#include "text/models/token_model.h"

namespace gimbal::text {
namespace {

class WordLevel final : public TokenModel {
 public:
  explicit WordLevel(const Json& json)
      : TokenModel(Vocabulary::from_json(field(json, "vocab"))),
        unknown_token_(field_as<std::string>(json, "unk_token")),
        unknown_id_(vocabulary().id(unknown_token_)) {}

  void tokenize(TextRun& run, TokenList& tokens) const override {
    if (run.byte_level) spell_bytes(run);
    const std::string_view text = run.text.text();
    for (const Span word : run.words) {
      std::optional<int32_t> id = vocabulary().id(cut(text, word));
      if (!id) id = unknown_id_;
      if (!id)
        fail("the tokenizer has no token for \"", cut(text, word), "\" and none for unknown words (\"", unknown_token_,
             "\" is not in its vocabulary)");
      tokens.ids.push_back(*id);
      if (tokens.tracking == Tracking::kOn) tokens.spans.push_back(word);
    }
  }

  OrderedJson to_json() const override { return {{"type", "WordLevel"}, {"vocab", vocabulary().to_json()}, {"unk_token", unknown_token_}}; }
  std::string unknown_token() const override { return unknown_token_; }

 private:
  std::string unknown_token_;
  std::optional<int32_t> unknown_id_;
};

}  // namespace

TokenModelPtr make_word_level(const Json& json) { return std::make_unique<WordLevel>(json); }

}  // namespace gimbal::text
