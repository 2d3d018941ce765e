// Which stretch of the token stream an example is made from: as data/sampler.h cuts and orders windows, but without a shared token.
//
//   shuffle    stretches of `length` tokens one behind the other, each once a pass, every pass in an order of its own
//   documents  as shuffle, and no stretch crosses from one document into the next
//   windows    a stretch begins anywhere, with replacement
//
// In measuring, the stretches come in their order (windows: those of shuffle). Where a document's end would be a stretch of its own, it is left out:
// nothing could be asked of it.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/rng.h"
#include "data/permutation.h"
#include "data/sampler.h"

namespace gimbal {

/// What examples are for: training draws new noise and a new order in each pass, measuring is the same every time.
enum class Use : uint8_t { kTrain, kMeasure };

class Stretches {
 public:
  /// `end` closes the documents, where anything does. Error when the shard is empty.
  Stretches(TokenShard shard, int64_t length, Sampling sampling, Use use, uint64_t seed, std::optional<int32_t> end = {});
  int64_t size() const { return first_.back(); }
  /// The tokens of example `number`: at least one, at most `length`.
  std::vector<int32_t> at(int64_t number) const;

 private:
  std::vector<int32_t> piece(int64_t i) const;

  TokenShard shard_;
  int64_t length_;
  Sampling sampling_;
  Use use_;
  Rng rng_;
  std::vector<int64_t> run_begin_, run_end_;  // the stream, or documents
  std::vector<int64_t> first_ = {0};          // first piece of each run, and the end
};

}  // namespace gimbal
