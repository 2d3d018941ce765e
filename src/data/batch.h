// A batch for next-token training: ragged sequences laid end to end, no padding.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "data/sampler.h"

namespace gimbal {

/// A target that takes no part in the loss.
constexpr int32_t kIgnoredTarget = -100;

/// Row r belongs to sequence i with offsets[i] <= r < offsets[i + 1].
struct TokenBatch {
  std::vector<int32_t> ids, targets;  // one entry a row
  std::vector<int32_t> positions;     // of a row within its sequence, from 0
  std::vector<int64_t> offsets = {0};

  int64_t rows() const { return static_cast<int64_t>(ids.size()); }
  int64_t sequences() const { return static_cast<int64_t>(offsets.size()) - 1; }
  /// Appends a sequence whose targets are its own successors: `tokens` holds one more than the sequence has rows.
  void add_sequence(std::span<const int32_t> tokens);
};

TokenBatch batch_of(const TokenShard& shard, std::span<const Window> windows);

/// Sequences [first, first + count) of a run.
TokenBatch training_batch(const Sampler& sampler, int64_t first, int64_t count);

/// The whole of a validation split in order, `sequences` windows a batch; the last window may be short, the last batch small.
class ValidationBatches {
 public:
  /// Error when the split has fewer than two tokens. `sequences` and `context` are at least 1.
  ValidationBatches(TokenShard shard, int64_t context, int64_t sequences);
  int64_t size() const { return (windows_.size() + sequences_ - 1) / sequences_; }
  TokenBatch operator[](int64_t i) const;

 private:
  TokenShard shard_;
  Windows windows_;
  int64_t sequences_;
};

}  // namespace gimbal
