// Two passes a batch: contexts, whose last row says how likely each first token is, then what else the continuations have.
#include "infer/loglikelihood.h"

#include <algorithm>

#include "infer/finite.h"

namespace gimbal {
namespace {

// Logits of a pass, in numbers; with a large vocabulary they bound a batch before its rows do.
constexpr int64_t kMostLogits = int64_t{1} << 25;

// Consecutive pairs [first, first + count) of one context.
struct Group {
  size_t first, count;
  GenerationRequest request;
  Decoder::Sequence sequence = 0;
};

void check_pair(const ContextAndContinuation& pair, const GenerationRequest& request, const Architecture& a) {
  check_prompt(request, a);
  if (request.blanks.masks.size() > 1) fail("a continuation fills one blank, and its context has ", request.blanks.masks.size());
  if (pair.continuation.empty()) fail("a continuation is empty, so there is nothing to measure");
  for (const int32_t id : pair.continuation)
    if (id < 0 || id >= a.vocab) fail("token id ", id, " of a continuation is outside the vocabulary of ", a.vocab, " entries");
  const auto length = static_cast<int64_t>(request.prompt.size() + pair.continuation.size()) - 1;
  if (length > a.context)
    fail("a context and its continuation have ", length, " tokens before the last, and the model's context is ", a.context, "; shorten the context");
}

class Scoring {
 public:
  Scoring(Decoder& decoder, std::span<const ContextAndContinuation> pairs, std::vector<Loglikelihood>& results)
      : decoder_(decoder), pairs_(pairs), results_(results) {}

  // Joins the batch, unless that is full.
  bool admit(Group& group) {
    int64_t rows = static_cast<int64_t>(group.request.source.size() + group.request.prompt.size()), heads = 1;
    for (size_t p = group.first; p < group.first + group.count; ++p) rows += tokens(p), heads += tokens(p);
    const bool full = rows_ + rows > Generator::rows_per_pass || (heads_ + heads) * decoder_.architecture().vocab > kMostLogits;
    if (full && !groups_.empty()) return false;
    rows_ += rows, heads_ += heads;
    groups_.push_back(std::move(group));
    return true;
  }
  void compute() {
    compute_contexts();
    compute_continuations();
    groups_.clear();
    rows_ = heads_ = 0;
  }

 private:
  int64_t tokens(size_t pair) const { return static_cast<int64_t>(pairs_[pair].continuation.size()); }

  void add(size_t pair, size_t token, const Tensor& logits, int64_t row) {
    const std::span<const float> values(logits.data<float>() + row * logits.cols(), static_cast<size_t>(logits.cols()));
    check_finite(values, "the logits before token ", token, " of a continuation");
    const int32_t id = pairs_[pair].continuation[token];
    Loglikelihood& result = results_[pair];
    result.log_prob += static_cast<double>(values[static_cast<size_t>(id)]) - log_sum_exp(values);
    result.tokens += 1;
    if (likeliest(values) != id) result.greedy = Loglikelihood::Greedy::kNo;
  }

  void compute_contexts() {
    std::vector<Decoder::Piece> pieces;
    for (Group& g : groups_) {
      g.sequence = decoder_.open(form_of(g.request), static_cast<int64_t>(g.request.prompt.size()) + tokens(g.first));
      pieces.push_back({g.sequence, g.request.prompt});
    }
    const Tensor logits = decoder_.advance(pieces);
    for (size_t i = 0; i < groups_.size(); ++i)
      for (size_t p = groups_[i].first; p < groups_[i].first + groups_[i].count; ++p) add(p, 0, logits, static_cast<int64_t>(i));
  }

  // Each goes on with a copy of its context, the last of a group with the context itself.
  void compute_continuations() {
    std::vector<Decoder::Piece> pieces;
    std::vector<size_t> pair_of_piece;
    std::vector<Decoder::Sequence> copies;
    for (const Group& g : groups_) {
      for (size_t p = g.first; p < g.first + g.count; ++p) {
        if (tokens(p) == 1) continue;
        Decoder::Sequence sequence = g.sequence;
        if (p + 1 < g.first + g.count) {
          sequence = decoder_.fork(g.sequence, static_cast<int64_t>(g.request.prompt.size()) + tokens(p));
          copies.push_back(sequence);
        }
        pieces.push_back({sequence, std::span(pairs_[p].continuation).first(static_cast<size_t>(tokens(p) - 1)), tokens(p) - 1});
        pair_of_piece.push_back(p);
      }
    }
    const Tensor logits = pieces.empty() ? Tensor() : decoder_.advance(pieces);
    int64_t row = 0;
    for (const size_t p : pair_of_piece)
      for (int64_t t = 1; t < tokens(p); ++t) add(p, static_cast<size_t>(t), logits, row++);
    for (const Decoder::Sequence id : copies) decoder_.close(id);
    for (const Group& g : groups_) decoder_.close(g.sequence);
  }

  Decoder& decoder_;
  std::span<const ContextAndContinuation> pairs_;
  std::vector<Loglikelihood>& results_;
  std::vector<Group> groups_;
  int64_t rows_ = 0, heads_ = 0;
};

}  // namespace

std::vector<Loglikelihood> loglikelihood(Decoder& decoder, const PromptForm& form, std::span<const ContextAndContinuation> pairs) {
  std::vector<Group> groups;
  for (size_t p = 0; p < pairs.size(); ++p) {
    if (p == 0 || pairs[p].context != pairs[p - 1].context || pairs[p].blank != pairs[p - 1].blank) {
      groups.push_back({p, 0, request_for(form, pairs[p].context)});
      if (pairs[p].blank >= 0) groups.back().request.blanks.masks = {pairs[p].blank};
    }
    groups.back().count += 1;
    check_pair(pairs[p], groups.back().request, decoder.architecture());
  }
  std::vector<Loglikelihood> results(pairs.size());
  Scoring batch(decoder, pairs, results);
  for (size_t g = 0; g < groups.size();) {
    while (g < groups.size() && batch.admit(groups[g])) ++g;
    batch.compute();
  }
  return results;
}

}  // namespace gimbal
