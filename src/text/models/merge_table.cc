// Two ways to apply merges that give the same tokens: a scan for short words, a heap for long ones.
#include "text/models/merge_table.h"

#include <algorithm>
#include <array>
#include <limits>
#include <queue>

namespace gimbal::text {
namespace {

constexpr size_t kScanLimit = 128;  // measured: the heap overtakes the scan at about 200 symbols
constexpr uint32_t kNever = std::numeric_limits<uint32_t>::max();
constexpr uint32_t kNone = std::numeric_limits<uint32_t>::max();

}  // namespace

void MergeTable::add(int32_t left, int32_t right, int32_t merged, Rank rank) {
  const uint32_t known = index_.find(hash(left, right), [&](uint32_t k) { return merges_[k].left == left && merges_[k].right == right; });
  if (rank == Rank::kNext || next_rank_ == 0) ++next_rank_;
  const Merge merge{left, right, next_rank_ - 1, merged};
  if (known != FlatIndex::kAbsent) {
    merges_[known] = merge;
    return;
  }
  index_.insert(hash(left, right), static_cast<uint32_t>(merges_.size()));
  merges_.push_back(merge);
}

std::vector<MergeTable::Merge> MergeTable::sorted() const {
  std::vector<Merge> merges = merges_;
  std::stable_sort(merges.begin(), merges.end(), [](const Merge& a, const Merge& b) { return a.rank < b.rank; });
  return merges;
}

void MergeTable::apply(std::vector<Symbol>& word) const {
  if (word.size() < 2 || merges_.empty()) return;
  word.size() <= kScanLimit ? apply_by_scan(word) : apply_by_heap(word);
}

void MergeTable::apply_by_scan(std::vector<Symbol>& word) const {
  std::array<uint32_t, kScanLimit> ranks;  // ranks[i]: of the merge of symbols i and i + 1
  std::array<int32_t, kScanLimit> merged;  // what they become
  const auto look_up = [&](size_t i) {
    const Merge* merge = i + 1 < word.size() ? find(word[i].id, word[i + 1].id) : nullptr;
    ranks[i] = merge ? merge->rank : kNever;
    merged[i] = merge ? merge->merged : 0;
  };
  size_t n = word.size();
  for (size_t i = 0; i < n; ++i) look_up(i);
  for (;;) {
    size_t best = 0;
    for (size_t i = 1; i + 1 < n; ++i) {
      if (ranks[i] < ranks[best]) best = i;
    }
    if (ranks[best] == kNever) return;
    word[best] = {merged[best], word[best].length + word[best + 1].length};
    word.erase(word.begin() + static_cast<std::ptrdiff_t>(best) + 1);
    --n;
    for (size_t i = best + 1; i < n; ++i) {
      ranks[i] = ranks[i + 1];
      merged[i] = merged[i + 1];
    }
    look_up(best);
    if (best > 0) look_up(best - 1);
  }
}

void MergeTable::apply_by_heap(std::vector<Symbol>& word) const {
  struct Candidate {
    uint32_t rank, at;
    int32_t left, right;  // the ids that were seen, to recognize a candidate that has become stale
    int32_t merged;
    bool operator<(const Candidate& other) const { return rank != other.rank ? rank > other.rank : at > other.at; }
  };
  const auto n = static_cast<uint32_t>(word.size());
  std::vector<uint32_t> next(n), previous(n);
  for (uint32_t i = 0; i < n; ++i) {
    next[i] = i + 1 < n ? i + 1 : kNone;
    previous[i] = i > 0 ? i - 1 : kNone;
  }
  std::vector<Candidate> candidates;
  const auto candidate = [&](uint32_t at) {
    const uint32_t right = next[at];
    const Merge* merge = right == kNone ? nullptr : find(word[at].id, word[right].id);
    if (merge) candidates.push_back({merge->rank, at, word[at].id, word[right].id, merge->merged});
    return merge != nullptr;
  };
  for (uint32_t i = 0; i < n; ++i) candidate(i);
  std::make_heap(candidates.begin(), candidates.end());
  const auto push = [&](uint32_t at) {
    if (candidate(at)) std::push_heap(candidates.begin(), candidates.end());
  };
  while (!candidates.empty()) {
    std::pop_heap(candidates.begin(), candidates.end());
    const Candidate top = candidates.back();
    candidates.pop_back();
    const uint32_t right = next[top.at];
    if (word[top.at].length == 0 || right == kNone || word[top.at].id != top.left || word[right].id != top.right) continue;
    word[top.at] = {top.merged, word[top.at].length + word[right].length};
    word[right].length = 0;  // gone
    next[top.at] = next[right];
    if (next[right] != kNone) previous[next[right]] = top.at;
    if (previous[top.at] != kNone) push(previous[top.at]);
    push(top.at);
  }
  std::erase_if(word, [](const Symbol& symbol) { return symbol.length == 0; });
}

}  // namespace gimbal::text
