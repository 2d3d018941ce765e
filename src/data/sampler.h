// Which stretches of the token stream a training run sees, in which order: pure functions of (seed, sequence number).
//
//   windows    a stretch begins anywhere, drawn uniformly with replacement (nanoGPT's get_batch)
//   shuffle    an epoch is every stretch of `context` tokens once, without overlap, in a random order of its own
//   documents  as shuffle, but no stretch crosses from one document into the next: short documents stay short
//
// Every target token of an epoch comes exactly once in shuffle and documents. A run resumes by its sequence counter alone, and any
// number of processes can share one order by taking turns at the counter.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "core/rng.h"
#include "data/shards.h"

namespace gimbal {

/// Tokens [begin, begin + count) of a shard: count - 1 inputs, each with its successor as target.
struct Window {
  int64_t begin, count;
  bool operator==(const Window&) const = default;
};

/// Stretches of a shard cut one after the other: `context` inputs each, the last one of a stream or document shorter. Two
/// neighbours share one token, which is the last target of the first and the first input of the second.
class Windows {
 public:
  static Windows over_stream(const TokenShard& shard, int64_t context);
  static Windows over_documents(const TokenShard& shard, int64_t context);
  int64_t size() const { return first_window_.back(); }
  Window operator[](int64_t i) const;

 private:
  void add_run(int64_t begin, int64_t end);
  int64_t context_ = 0;
  std::vector<int64_t> run_begin_, run_end_;  // streams or documents of at least two tokens
  std::vector<int64_t> first_window_ = {0};   // one more than runs
};

enum class Sampling : uint8_t { kWindows, kShuffle, kDocuments };
/// "windows", "shuffle" or "documents"; Error otherwise.
Sampling sampling_named(std::string_view name);

class Sampler {
 public:
  /// Error when the shard is shorter than one context and its next token (documents: when no document has two tokens).
  Sampler(TokenShard shard, Sampling sampling, int64_t context, uint64_t seed);

  const TokenShard& shard() const { return shard_; }
  /// The stretch that training sequence number `sequence` (from 0, over the whole run) is made of.
  Window at(int64_t sequence) const;
  /// Sequences after which as many targets were seen as the shard has (windows), or each one once.
  int64_t sequences_per_epoch() const { return windows_.size(); }

 private:
  TokenShard shard_;
  Sampling sampling_;
  int64_t context_;
  Rng rng_;
  Windows windows_;
};

}  // namespace gimbal
