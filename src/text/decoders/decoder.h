// Decoders: from tokens back to text.
//
// A new kind is one file with its make_… function, and its line in kinds.cc.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "text/json.h"

namespace gimbal::text {

class Decoder {
 public:
  virtual ~Decoder() = default;
  /// Rewrites the list of tokens; the text is what the last decoder leaves, joined.
  virtual void apply(std::vector<std::string>& tokens) const = 0;
  virtual OrderedJson to_json() const = 0;
  /// True when the text is nothing but the bytes of each token (bytes_of_token), one after the other, with broken UTF-8 replaced at the end.
  virtual bool is_bytewise() const { return false; }
};

using DecoderPtr = std::unique_ptr<const Decoder>;

/// From the "decoder" object of a tokenizer.json; null gives nullptr: tokens are then joined by spaces. Error naming a kind that is not supported.
DecoderPtr make_decoder(const Json& json);

// One of each kind, from its JSON object.
DecoderPtr make_bpe_decoder(const Json& json);
DecoderPtr make_byte_fallback(const Json& json);
DecoderPtr make_byte_level_decoder(const Json& json);
DecoderPtr make_fuse(const Json& json);
DecoderPtr make_metaspace_decoder(const Json& json);
DecoderPtr make_replace_decoder(const Json& json);
DecoderPtr make_strip_decoder(const Json& json);
DecoderPtr make_word_piece_decoder(const Json& json);
DecoderPtr make_decoder_sequence(const Json& json);

}  // namespace gimbal::text
