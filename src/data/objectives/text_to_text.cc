// Text-to-text (arXiv:1910.10683 section 2.4): the source is "prefix + text", the target the answer as text, both closed by eos and cut to fit.
//
// Over several tasks, each pass holds a fixed number of examples of each, by the mixture's rates (data/mixed_examples.h), in random order; a task
// goes through its own examples in random orders of its own, each once before any comes again. Measuring takes every pair once, task after task.
#include <algorithm>

#include "core/error.h"
#include "data/mixed_examples.h"
#include "data/objectives/denoise.h"
#include "data/permutation.h"

namespace gimbal {
namespace {

class PairExamples final : public Examples {
 public:
  PairExamples(TextPairs pairs, const ObjectiveRequest& r, Rng order)
      : pairs_(std::move(pairs)), roles_(r.roles), limits_(r.limits()), use_(r.use), order_(order) {}

  int64_t size() const override { return pairs_.size(); }
  void add(int64_t number, TokenBatch& batch) const override {
    const int64_t i = use_ == Use::kTrain ? shuffled(number, size(), order_) : number;
    write(pairs_.source(i), pairs_.target(i), batch);
  }

 private:
  // Both sides keep their beginnings; in one stack the target leaves the source at least half of the rows.
  void write(std::span<const int32_t> source, std::span<const int32_t> target, TokenBatch& batch) const {
    const bool shared = limits_.frame != Frame::kEncoderDecoder;
    const auto most = [](std::span<const int32_t> text, int64_t rows) {
      const auto kept = text.first(static_cast<size_t>(std::min<int64_t>(static_cast<int64_t>(text.size()), rows - 1)));
      return std::vector<int32_t>(kept.begin(), kept.end());
    };
    const auto source_rows = static_cast<int64_t>(source.size()) + 1, rows = limits_.shared_tokens();
    std::vector<int32_t> target_ids = most(target, shared ? std::max(rows - source_rows, rows / 2) : limits_.longest_target());
    target_ids.push_back(*roles_.eos);
    std::vector<int32_t> source_ids = most(source, shared ? rows - static_cast<int64_t>(target_ids.size()) : limits_.context);
    source_ids.push_back(*roles_.eos);
    add_pair(opened(std::move(source_ids), limits_.frame, roles_), target_ids, limits_.frame, roles_, batch);
  }

  TextPairs pairs_;
  RoleIds roles_;
  PairLimits limits_;
  Use use_;
  Rng order_;
};

}  // namespace

std::shared_ptr<const Examples> make_text_to_text(const ObjectiveRequest& r) {
  require_ends(r, "text-to-text");
  if (r.pairs.empty()) fail("text-to-text has no pairs to learn from; give JSON lines of {\"source\": ..., \"target\": ...}");
  for (const TextPairs& task : r.pairs) {
    if (task.size() == 0) fail("a task of text-to-text has no pairs");
  }
  const PairLimits limits = r.limits();
  if (!limits.fits({2, 2, 4})) {
    const bool two_stacks = r.frame == Frame::kEncoderDecoder;
    fail("a context of ", r.context, " tokens", two_stacks ? cat(" (targets: ", limits.longest_target(), ")") : "",
         " is too short for text-to-text; a source and a target with their ends need ",
         two_stacks ? "2 each" : cat(4 + r.context - limits.shared_tokens()));
  }
  const Rng order(r.seed, "objective.text-to-text");
  std::vector<std::shared_ptr<const Examples>> tasks;
  std::vector<int64_t> sizes;
  for (const TextPairs& task : r.pairs) {
    tasks.push_back(std::make_shared<PairExamples>(task, r, order.child(tasks.size())));
    sizes.push_back(task.size());
  }
  if (r.use == Use::kMeasure) return std::make_shared<ExamplesInTurn>(std::move(tasks));
  return std::make_shared<MixedExamples>(std::move(tasks), mixture_rates(sizes, r.config.mixture), order);
}

}  // namespace gimbal
