// Byte-pair encoding's training loop (Sennrich et al. 2016, arXiv:1508.07909): again and again, the most frequent pair of neighbours becomes a token.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "text/word_counts.h"

namespace gimbal::text {

struct PairMerges {
  /// tokens[0 … initial size) are the initial tokens; each merge adds one, unless it gives a token that is there already.
  std::vector<std::string> tokens;
  struct Merge {
    int32_t left, right;
  };
  std::vector<Merge> merges;
};

/// What words are made of before anything merges.
struct InitialTokens {
  std::vector<std::string> tokens;
  std::function<void(std::string_view word, std::vector<int32_t>& ids)> spell;  ///< appends the tokens of a word
  std::string continuing_prefix;  ///< of tokens that continue a word, such as "##": it is not repeated where they join another
};

/// Each byte of a word is one token: byte_ids[b] for the byte b.
std::function<void(std::string_view word, std::vector<int32_t>& ids)> spell_by_bytes(std::vector<int32_t> byte_ids);

/// Merges until there are `vocab_size` tokens or no pair occurs `min_frequency` (at least 1) times any more. Of equally frequent pairs the one with
/// the smaller ids is merged, the left one deciding first: the merges are those of Hugging Face's BpeTrainer for the same words and initial tokens.
PairMerges merge_pairs(const WordCounts& words, InitialTokens initial, size_t vocab_size, uint64_t min_frequency);

}  // namespace gimbal::text
