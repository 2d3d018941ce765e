// The BPE model: a word starts as its characters (or bytes), then neighbours merge in the order that training found (arXiv:1508.07909).
#pragma once

#include <string>

#include "text/models/merge_table.h"
#include "text/models/token_model.h"

namespace gimbal::text {

/// What Hugging Face tokenizers calls the fields of its BPE model.
struct BpeRules {
  Vocabulary vocabulary;
  MergeTable merges;
  std::string unknown_token;  ///< "": unknown characters are dropped
  std::string prefix;         ///< of tokens within a word, such as "##"
  std::string suffix;         ///< of tokens that end a word, such as "</w>"
  bool fuse_unknown = false;   ///< unknown characters in a row are one token
  bool byte_fallback = false;  ///< unknown characters become the tokens <0x00> to <0xFF> of their bytes
  bool ignore_merges = false;  ///< a word that is a token is that token, whatever the merges
};

TokenModelPtr make_bpe(BpeRules rules);

}  // namespace gimbal::text
