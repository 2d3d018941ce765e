// Byte-pair encoding's training loop (Sennrich et al. 2016, arXiv:1508.07909): again and again, the most frequent pair of neighbours becomes a token.
#pragma once

#include <cstdint>
#include <span>
#include <string>
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

/// Merges until there are `vocab_size` tokens or no pair occurs `min_frequency` (at least 1) times any more. Of equally frequent pairs the one with
/// the smaller ids is merged, the left one deciding first: the merges are those of Hugging Face's BpeTrainer for the same words and initial tokens.
/// `initial_tokens` are raw bytes; byte_ids[b] is the initial token of the byte b.
PairMerges merge_pairs(const WordCounts& words, std::vector<std::string> initial_tokens, const std::vector<int32_t>& byte_ids, size_t vocab_size,
                       uint64_t min_frequency);

}  // namespace gimbal::text
