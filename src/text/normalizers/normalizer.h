// Normalizers: the first stage of a tokenizer, which rewrites text before it is cut into words.
//
// A new kind is one file with its make_… function, and its line in kinds.cc.
#pragma once

#include <memory>

#include "text/aligned_text.h"
#include "text/json.h"

namespace gimbal::text {

class Normalizer {
 public:
  virtual ~Normalizer() = default;
  virtual void apply(AlignedText& text) const = 0;
  virtual OrderedJson to_json() const = 0;
};

using NormalizerPtr = std::unique_ptr<const Normalizer>;

/// From the "normalizer" object of a tokenizer.json; null gives nullptr, which leaves text as it is. Error naming a kind that is not supported.
NormalizerPtr make_normalizer(const Json& json);

// One of each kind, from its JSON object.
NormalizerPtr make_nfc(const Json& json);
NormalizerPtr make_nfd(const Json& json);
NormalizerPtr make_nfkc(const Json& json);
NormalizerPtr make_nfkd(const Json& json);
NormalizerPtr make_bert_normalizer(const Json& json);
NormalizerPtr make_lowercase(const Json& json);
NormalizerPtr make_nmt(const Json& json);
NormalizerPtr make_precompiled(const Json& json);
NormalizerPtr make_prepend(const Json& json);
NormalizerPtr make_replace(const Json& json);
NormalizerPtr make_strip(const Json& json);
NormalizerPtr make_strip_accents(const Json& json);
NormalizerPtr make_normalizer_sequence(const Json& json);

}  // namespace gimbal::text
