// The list of models.
#include "text/kind_list.h"
#include "text/models/token_model.h"

namespace gimbal::text {
namespace {

// What Hugging Face tokenizers would take an object without a type for.
const char* implied_type(const Json& json) {
  if (json.contains("merges")) return "BPE";
  if (json.contains("max_input_chars_per_word")) return "WordPiece";
  return json.contains("vocab") && json["vocab"].is_array() ? "Unigram" : "WordLevel";
}

}  // namespace

TokenModelPtr make_token_model(const Json& json) {
  static constexpr Kind<TokenModelPtr> kKinds[] = {
      {"BPE", make_bpe_from_json},
      {"Unigram", make_unigram_from_json},
      {"WordLevel", make_word_level},
      {"WordPiece", make_word_piece},
  };
  if (!json.is_object()) fail("the tokenizer has no model");
  return make_kind<TokenModelPtr>(field_or<std::string>(json, "type", implied_type(json)), json, "model", kKinds);
}

}  // namespace gimbal::text
