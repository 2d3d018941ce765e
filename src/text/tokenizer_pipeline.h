// What a Tokenizer is made of. For the sources of this folder; others use tokenizer.h.
#pragma once

#include <string>
#include <vector>

#include "text/added_tokens.h"
#include "text/decoders/decoder.h"
#include "text/models/token_model.h"
#include "text/normalizers/normalizer.h"
#include "text/post_processors/post_processor.h"
#include "text/pre_tokenizers/pre_tokenizer.h"
#include "text/tokenizer.h"

namespace gimbal {

struct Tokenizer::Pipeline {
  text::NormalizerPtr normalizer;       // may be null: does nothing
  text::PreTokenizerPtr pre_tokenizer;  // may be null: does nothing
  text::TokenModelPtr model;
  text::PostProcessorPtr post_processor;  // may be null: does nothing
  text::DecoderPtr decoder;               // may be null: joins by spaces
  text::AddedTokens added;
  nlohmann::json truncation, padding;  // kept for the file's sake
  nlohmann::json config;
  SpecialIds special;

  /// Per id what decoding works with. Of unused ids, nothing.
  struct Entry {
    std::string token;  // as decoders see it
    std::string bytes;  // what it stands for, when the decoder is bytewise
    bool in_use = false, special = false;
  };
  std::vector<Entry> entries;

  /// Fills `special` and `entries` from the other members.
  void complete();

  /// Error for an id that is not in use.
  const Entry& entry(int32_t id) const;

  /// The text without what the post-processor adds. Error for text that cannot be encoded.
  text::Draft tokens_of(std::string_view text, text::Tracking tracking) const;
  text::Draft encode(std::string_view text, AddSpecial add_special, text::Tracking tracking) const;
  std::string decode(std::span<const int32_t> ids, SkipSpecial skip_special) const;
};

}  // namespace gimbal
