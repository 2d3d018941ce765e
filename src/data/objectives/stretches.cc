// Cutting and ordering of stretches.
#include "data/objectives/stretches.h"

#include <algorithm>

#include "core/error.h"
#include "data/permutation.h"

namespace gimbal {

Stretches::Stretches(TokenShard shard, int64_t length, Sampling sampling, Use use, uint64_t seed, std::optional<int32_t> end_of_document)
    : shard_(std::move(shard)), length_(length), sampling_(sampling), use_(use), rng_(seed, "data.stretches") {
  GIMBAL_ASSERT(length > 0, length);
  const bool whole = sampling != Sampling::kDocuments;
  const int64_t runs = whole ? 1 : shard_.documents();
  for (int64_t i = 0; i < runs; ++i) {
    const int64_t begin = whole ? 0 : shard_.document_begin(i);
    int64_t end = whole ? shard_.size() : shard_.document_begin(i + 1);
    if (end_of_document && (end - begin) % length == 1 && shard_.tokens(end - 1, end)[0] == *end_of_document) --end;
    if (begin == end) continue;
    run_begin_.push_back(begin);
    run_end_.push_back(end);
    first_.push_back(first_.back() + (end - begin + length - 1) / length);
  }
  if (size() == 0) fail("the ", use == Use::kTrain ? "training" : "validation", " data has no tokens");
}

std::vector<int32_t> Stretches::piece(int64_t i) const {
  const auto run = static_cast<size_t>(std::upper_bound(first_.begin(), first_.end(), i) - first_.begin() - 1);
  const int64_t begin = run_begin_[run] + (i - first_[run]) * length_;
  return shard_.tokens(begin, std::min(begin + length_, run_end_[run]));
}

std::vector<int32_t> Stretches::at(int64_t number) const {
  if (use_ == Use::kMeasure) {
    GIMBAL_ASSERT(number >= 0 && number < size(), number, " of ", size());
    return piece(number);
  }
  if (sampling_ != Sampling::kWindows || shard_.size() <= length_) return piece(shuffled(number, size(), rng_));
  const auto places = static_cast<uint64_t>(shard_.size() - length_ + 1);
  const auto begin = static_cast<int64_t>(rng_.child(static_cast<uint64_t>(number)).below(places));
  return shard_.tokens(begin, begin + length_);
}

}  // namespace gimbal
