// Training a tokenizer of any kind by its name, as `gimbal vocab --kind` and a run's configuration give it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "text/each_text.h"
#include "text/tokenizer.h"

namespace gimbal {

struct TokenizerPlan {
  std::string kind = "byte-bpe";
  int64_t size = 4096;                      ///< entries, with special tokens; the kinds char and byte have the size that they have
  std::vector<std::string> special_tokens;  ///< not for wordpiece and unigram, which have those of BERT and T5
};

struct TokenizerKind {
  const char* name;
  const char* meaning;
  bool has_size;            ///< whether TokenizerPlan::size counts
  bool takes_text;          ///< whether a corpus is needed
  bool has_own_special;     ///< whether its special tokens are given
  Tokenizer (*train)(const TokenizerPlan& plan, const EachText& each_text);
};

/// byte-bpe, wordpiece, unigram, char, byte.
const std::vector<TokenizerKind>& tokenizer_kinds();
/// Error naming the kinds that there are.
const TokenizerKind& tokenizer_kind(const std::string& name);

/// `each_text` may be empty for kinds that take no text.
Tokenizer train_tokenizer(const TokenizerPlan& plan, const EachText& each_text);

}  // namespace gimbal
