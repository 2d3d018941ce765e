// The list of pre-tokenizers.
#include "text/kind_list.h"
#include "text/pre_tokenizers/pre_tokenizer.h"

namespace gimbal::text {

PreTokenizerPtr make_pre_tokenizer(const Json& json) {
  static constexpr Kind<PreTokenizerPtr> kKinds[] = {
      {"BertPreTokenizer", make_bert_pre_tokenizer},
      {"ByteLevel", make_byte_level_pre_tokenizer},
      {"Digits", make_digits},
      {"Metaspace", make_metaspace_pre_tokenizer},
      {"Punctuation", make_punctuation},
      {"Split", make_split},
      {"Whitespace", make_whitespace},
      {"WhitespaceSplit", make_whitespace_split},
      {"Sequence", make_pre_tokenizer_sequence},
  };
  return make_from_kinds<PreTokenizerPtr>(json, "pre_tokenizer", kKinds);
}

}  // namespace gimbal::text
