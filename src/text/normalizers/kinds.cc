// The list of normalizers.
#include "text/kind_list.h"
#include "text/normalizers/normalizer.h"

namespace gimbal::text {

NormalizerPtr make_normalizer(const Json& json) {
  static constexpr Kind<NormalizerPtr> kKinds[] = {
      {"NFC", make_nfc},
      {"NFD", make_nfd},
      {"NFKC", make_nfkc},
      {"NFKD", make_nfkd},
      {"BertNormalizer", make_bert_normalizer},
      {"Lowercase", make_lowercase},
      {"Nmt", make_nmt},
      {"Precompiled", make_precompiled},
      {"Prepend", make_prepend},
      {"Replace", make_replace},
      {"Strip", make_strip},
      {"StripAccents", make_strip_accents},
      {"Sequence", make_normalizer_sequence},
  };
  return make_from_kinds<NormalizerPtr>(json, "normalizer", kKinds);
}

}  // namespace gimbal::text
