// Decoding a stream of ids as they are generated: each call returns the text that has become certain.
#pragma once

#include <string>
#include <vector>

#include "text/tokenizer.h"

namespace gimbal {

/// The pieces, put together with finish(), are the same text as Tokenizer::decode of all ids. Each piece is valid UTF-8.
class StreamDecoder {
 public:
  StreamDecoder(Tokenizer tokenizer, SkipSpecial skip_special) : tokenizer_(std::move(tokenizer)), skip_special_(skip_special) {}

  /// The text that `id` completes; "" while a character is unfinished. Error for an id outside the vocabulary.
  std::string feed(int32_t id);

  /// What was held back: bytes that form no character become U+FFFD. The decoder can then begin another stream.
  std::string finish();

 private:
  std::string feed_bytes(std::string_view bytes);
  std::string feed_window(int32_t id);

  Tokenizer tokenizer_;
  SkipSpecial skip_special_;
  std::string unfinished_;       // bytewise decoders: the beginning of a character
  std::vector<int32_t> window_;  // others: the ids whose text was returned last, which decide how the next ones look, and those held back
  size_t returned_ids_ = 0;      // how many ids of the window have had their text returned
  std::string returned_;         // that text
};

}  // namespace gimbal
