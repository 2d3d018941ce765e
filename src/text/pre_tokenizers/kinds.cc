// The list of pre-tokenizers.
#include "text/kind_list.h"
#include "text/pre_tokenizers/pre_tokenizer.h"

namespace gimbal::text {

PreTokenizerPtr make_pre_tokenizer(const Json& json) {
  static constexpr Kind<PreTokenizerPtr> kKinds[] = {
      {"ByteLevel", make_byte_level_pre_tokenizer},
      {"Split", make_split},
      {"Sequence", make_pre_tokenizer_sequence},
  };
  return make_from_kinds<PreTokenizerPtr>(json, "pre_tokenizer", kKinds);
}

}  // namespace gimbal::text
