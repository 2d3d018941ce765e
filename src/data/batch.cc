// Copying windows of tokens into ragged batches.
#include "data/batch.h"

#include <algorithm>

#include "core/error.h"

namespace gimbal {

void TokenBatch::add_sequence(std::span<const int32_t> tokens) {
  GIMBAL_ASSERT(tokens.size() >= 2, tokens.size());
  ids.insert(ids.end(), tokens.begin(), tokens.end() - 1);
  targets.insert(targets.end(), tokens.begin() + 1, tokens.end());
  for (size_t i = 0; i + 1 < tokens.size(); ++i) positions.push_back(static_cast<int32_t>(i));
  offsets.push_back(rows());
}

TokenBatch batch_of(const TokenShard& shard, std::span<const Window> windows) {
  TokenBatch batch;
  std::vector<int32_t> tokens;
  for (const Window& window : windows) {
    tokens.resize(static_cast<size_t>(window.count));
    shard.copy(window.begin, tokens);
    batch.add_sequence(tokens);
  }
  return batch;
}

TokenBatch training_batch(const Sampler& sampler, int64_t first, int64_t count) {
  std::vector<Window> windows;
  for (int64_t i = first; i < first + count; ++i) windows.push_back(sampler.at(i));
  return batch_of(sampler.shard(), windows);
}

ValidationBatches::ValidationBatches(TokenShard shard, int64_t context, int64_t sequences) : shard_(std::move(shard)), sequences_(sequences) {
  GIMBAL_ASSERT(sequences >= 1, sequences);
  if (shard_.size() < 2)
    fail("the validation data has ", shard_.size(),
         " tokens, and two are the least that can be measured; use more data or a larger validation share");
  windows_ = Windows::over_stream(shard_, context);
}

TokenBatch ValidationBatches::operator[](int64_t i) const {
  GIMBAL_ASSERT(i >= 0 && i < size(), i, " of ", size());
  std::vector<Window> windows;
  for (int64_t w = i * sequences_; w < std::min(windows_.size(), (i + 1) * sequences_); ++w) windows.push_back(windows_[w]);
  return batch_of(shard_, windows);
}

}  // namespace gimbal
