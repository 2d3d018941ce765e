// Cutting and ordering of training sequences.
#include "data/sampler.h"

#include <algorithm>

#include "core/error.h"
#include "data/permutation.h"

namespace gimbal {

void Windows::add_run(int64_t begin, int64_t end) {
  if (end - begin < 2) return;  // one token has no successor to learn
  run_begin_.push_back(begin);
  run_end_.push_back(end);
  first_window_.push_back(first_window_.back() + (end - begin - 1 + context_ - 1) / context_);
}

Windows Windows::over_stream(const TokenShard& shard, int64_t context) {
  GIMBAL_ASSERT(context > 0, context);
  Windows windows;
  windows.context_ = context;
  windows.add_run(0, shard.size());
  return windows;
}

Windows Windows::over_documents(const TokenShard& shard, int64_t context) {
  GIMBAL_ASSERT(context > 0, context);
  Windows windows;
  windows.context_ = context;
  for (int64_t i = 0; i < shard.documents(); ++i) windows.add_run(shard.document_begin(i), shard.document_begin(i + 1));
  return windows;
}

Window Windows::operator[](int64_t i) const {
  GIMBAL_ASSERT(i >= 0 && i < size(), i, " of ", size());
  const auto run = static_cast<size_t>(std::upper_bound(first_window_.begin(), first_window_.end(), i) - first_window_.begin() - 1);
  const int64_t begin = run_begin_[run] + (i - first_window_[run]) * context_;
  return {begin, std::min(context_ + 1, run_end_[run] - begin)};
}

Sampling sampling_named(std::string_view name) {
  if (name == "windows") return Sampling::kWindows;
  if (name == "shuffle") return Sampling::kShuffle;
  if (name == "documents") return Sampling::kDocuments;
  const std::vector<std::string> names = {"windows", "shuffle", "documents"};
  fail("there is no sampling '", name, "'", did_you_mean(name, names), "; choose ", joined(names));
}

Sampler::Sampler(TokenShard shard, Sampling sampling, int64_t context, uint64_t seed)
    : shard_(std::move(shard)), sampling_(sampling), context_(context), rng_(seed, sampling == Sampling::kWindows ? "data.windows" : "data.order") {
  if (context < 1) fail("the context is ", context, " tokens; it must be at least 1");
  if (sampling == Sampling::kDocuments) {
    windows_ = Windows::over_documents(shard_, context);
    if (windows_.size() == 0)
      fail("none of the ", shard_.documents(), " training documents has two tokens, which the smallest training sequence needs");
    return;
  }
  if (shard_.size() < context + 1)
    fail("the training data has ", shard_.size(), " tokens, fewer than the ", context + 1, " that a context of ", context,
         " and its next token need; use more data", shard_.size() >= 2 ? cat(" or a context of at most ", shard_.size() - 1) : "");
  windows_ = Windows::over_stream(shard_, context);
}

Window Sampler::at(int64_t sequence) const {
  GIMBAL_ASSERT(sequence >= 0, sequence);
  const auto number = static_cast<uint64_t>(sequence);
  if (sampling_ == Sampling::kWindows) {
    const auto starts = static_cast<uint64_t>(shard_.size() - context_);
    const auto begin = static_cast<uint64_t>((static_cast<unsigned __int128>(rng_.at(number)) * starts) >> 64);
    return {static_cast<int64_t>(begin), context_ + 1};
  }
  const auto epoch_size = static_cast<uint64_t>(windows_.size());
  const uint64_t order = rng_.child(number / epoch_size).key();
  return windows_[static_cast<int64_t>(permuted(number % epoch_size, epoch_size, order))];
}

}  // namespace gimbal
