// The merges of a byte-pair encoding (Sennrich et al. 2016, arXiv:1508.07909) and their application to a word.
#pragma once

#include <cstdint>
#include <vector>

#include "text/flat_index.h"

namespace gimbal::text {

/// A token within a word, and how many bytes of the word it covers.
struct Symbol {
  int32_t id;
  uint32_t length;
};

class MergeTable {
 public:
  struct Merge {
    int32_t left, right;
    uint32_t rank;
    int32_t merged;
  };

  /// kSameAsLast: of such merges the leftmost comes first, as in SentencePiece, whose merges rank by what they give.
  enum class Rank : uint8_t { kNext, kSameAsLast };
  /// Merges rank in the order in which they are added; one added again takes the later rank, as in Hugging Face tokenizers.
  void add(int32_t left, int32_t right, int32_t merged, Rank rank = Rank::kNext);

  /// Merges the neighbours of least rank, the leftmost first, until none can merge. O(n²) for short words with a small constant, else O(n log n).
  void apply(std::vector<Symbol>& word) const;

  const Merge* find(int32_t left, int32_t right) const {
    const uint32_t i = index_.find(hash(left, right), [&](uint32_t k) { return merges_[k].left == left && merges_[k].right == right; });
    return i == FlatIndex::kAbsent ? nullptr : &merges_[i];
  }

  bool empty() const { return merges_.empty(); }
  /// In the order of their ranks.
  std::vector<Merge> sorted() const;

 private:
  static uint64_t hash(int32_t left, int32_t right) { return hash_pair(static_cast<uint32_t>(left), static_cast<uint32_t>(right)); }
  void apply_by_scan(std::vector<Symbol>& word) const;
  void apply_by_heap(std::vector<Symbol>& word) const;

  std::vector<Merge> merges_;
  FlatIndex index_;
  uint32_t next_rank_ = 0;
};

}  // namespace gimbal::text
