// Training byte-level BPE tokenizers (GPT-2, Llama 3, BLOOM, GLM-4), and making tokenizers of characters and of bytes, which need no training.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "text/each_text.h"
#include "text/tokenizer.h"
#include "text/word_patterns.h"

namespace gimbal {

struct ByteBpeOptions {
  int32_t vocab_size = 0;                                 ///< with the special tokens and the 256 bytes
  std::vector<std::string> special_tokens = {};           ///< get the ids 0, 1, …
  uint64_t min_frequency = 2;                             ///< how often a pair must occur to become a token
  std::string pattern = std::string(text::kGpt2Pattern);  ///< cuts text into words; tokens never cross them
};

/// The same tokenizer for any number of threads, and that of Hugging Face's BpeTrainer for the same words. Error for a vocabulary below 256 plus the
/// special tokens, and for one larger than the corpus supports, naming the largest possible.
Tokenizer train_byte_bpe(const EachText& each_text, const ByteBpeOptions& options);
Tokenizer train_byte_bpe(std::span<const std::string_view> texts, const ByteBpeOptions& options);

/// One token for each character that occurs, in code point order after the special tokens. A character that did not occur encodes as "<unk>" if that
/// is among the special tokens, and is refused otherwise.
Tokenizer train_char(const EachText& each_text, const std::vector<std::string>& special_tokens);
Tokenizer train_char(std::span<const std::string_view> texts, const std::vector<std::string>& special_tokens);

/// One token for each byte, whose id is the byte's value; the special tokens follow from 256 on.
Tokenizer train_byte(const std::vector<std::string>& special_tokens);

}  // namespace gimbal
