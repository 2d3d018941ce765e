// A batch for training: ragged sequences laid end to end, no padding, with what is wanted of them.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "data/sampler.h"

namespace gimbal {

/// A target that takes no part in the loss.
constexpr int32_t kIgnoredTarget = -100;

/// One sequence as an objective or a task makes it. Empty vectors are defaults: no targets, types of 0, positions 0, 1, 2, ….
struct Sequence {
  std::vector<int32_t> ids = {}, targets = {}, types = {}, positions = {}, block_positions = {};
  int64_t prefix = 0;  // under a prefix mask: this many first tokens see each other
};

/// Row r belongs to sequence i with offsets[i] <= r < offsets[i + 1].
struct TokenBatch {
  std::vector<int32_t> ids, targets;             // one entry a row
  std::vector<int32_t> positions;                // of a row within its sequence
  std::vector<int32_t> types, block_positions;   // empty when all are 0
  std::vector<int64_t> offsets = {0}, prefixes;  // one a sequence (offsets: and the end)
  std::shared_ptr<TokenBatch> encoder;           // an encoder-decoder's sources, as many sequences as here
  std::vector<int32_t> labels;                   // of each sequence, or of each group of `choices`; embed: the sequence of its positive, or -1
  std::vector<double> values;                    // of each sequence (regression), or of each two (similarity)
  std::vector<int32_t> span_begins, span_ends;   // of each sequence
  int64_t choices = 1;

  int64_t rows() const { return static_cast<int64_t>(ids.size()); }
  int64_t sequences() const { return static_cast<int64_t>(offsets.size()) - 1; }
  void add(const Sequence& sequence);
  /// A source and its target.
  void add(const Sequence& source, const Sequence& target);
  /// Appends a sequence whose targets are its own successors: `tokens` holds one more than the sequence has rows.
  void add_successors(std::span<const int32_t> tokens);
};

/// What a run trains on or is measured by: a pure function of the example's number, so that a run resumes by its counter alone.
class Examples {
 public:
  virtual ~Examples() = default;
  /// Examples of one pass over the data.
  virtual int64_t size() const = 0;
  /// Appends example `number`. In training numbers go on over all passes; examples made for measuring know those below size().
  virtual void add(int64_t number, TokenBatch& batch) const = 0;
};

/// Examples [first, first + count).
TokenBatch batch_of(const Examples& examples, int64_t first, int64_t count);

/// Next-token prediction on the windows of a sampler.
class SampledWindows final : public Examples {
 public:
  explicit SampledWindows(Sampler sampler) : sampler_(std::move(sampler)) {}
  int64_t size() const override { return sampler_.sequences_per_epoch(); }
  void add(int64_t number, TokenBatch& batch) const override;

 private:
  Sampler sampler_;
};

/// Next-token prediction on the whole of a split in order; the last window may be short.
class OrderedWindows final : public Examples {
 public:
  /// Error when the split has fewer than two tokens.
  OrderedWindows(TokenShard shard, int64_t context);
  int64_t size() const override { return windows_.size(); }
  void add(int64_t number, TokenBatch& batch) const override;

 private:
  TokenShard shard_;
  Windows windows_;
};

}  // namespace gimbal
