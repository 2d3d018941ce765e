// Tokenizers from files other than tokenizer.json: SentencePiece models, and BERT's list of words.
#pragma once

#include <string>

#include "text/json.h"
#include "text/tokenizer.h"

namespace gimbal::text {

/// From the bytes of a .model file. "<s>" goes in front of a text where the model has it, else "</s>" behind it ("add_bos_token" and "add_eos_token" of
/// the tokenizer_config.json say otherwise); with "extra_ids" in it, or a config.json of a T5, as many sentinels follow the pieces. Either may be null.
Tokenizer tokenizer_from_sentence_piece(const std::string& bytes, const Json& tokenizer_config, const Json& model_config);

/// From a vocab.txt, one token a line: BERT's pipeline, lower-case unless "do_lower_case" of the tokenizer_config.json (may be null) is false.
Tokenizer tokenizer_from_word_list(const std::string& lines, const Json& tokenizer_config);

/// BERT's tokenizer.json around a WordPiece vocabulary ({"token": id}) that has its five special tokens.
struct BertRules {
  bool lowercase = true;
  bool handle_ideographs = true;
  Json strip_accents = nullptr;  ///< null: as `lowercase`
};
Json bert_tokenizer_json(Json vocabulary, const BertRules& rules);

inline constexpr const char* kBertSpecialTokens[] = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"};

/// {"content": token, "special": true, …} for "added_tokens".
Json special_token_json(const std::string& token);

/// T5's sentinels in the order of their ids: <extra_id_99>, …, <extra_id_0>.
std::vector<std::string> sentinel_tokens(int count);

/// A TemplateProcessing object from templates such as "[CLS] $A [SEP] $B:1 [SEP]:1", where ":1" is a type id; `ids` gives the id of each token.
Json template_json(const std::string& single, const std::string& pair, const Json& ids);

}  // namespace gimbal::text
