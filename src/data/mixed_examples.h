// Several tasks in one stream of examples (arXiv:1910.10683 section 3.5.2).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/rng.h"
#include "data/batch.h"

namespace gimbal {

/// How often each task is asked (arXiv:1910.10683 section 3.5.2): in proportion to min(examples, limit)^(1 / temperature), or equally.
struct MixtureConfig {
  std::string rule = "proportional";
  int64_t limit = 0;
  double temperature = 1;

  template <class V>
  void fields(V&& v) {
    v("rule", rule, "text-to-text over several tasks: proportional (to their examples) or equal");
    v("limit", limit, "proportional: examples of a task that count at most; 0 counts all");
    v("temperature", temperature, "proportional: 1 as it is, larger is more equal");
  }
};

/// Rates that sum to one. Error for an unknown rule, a negative limit, and a temperature that is not positive.
std::vector<double> mixture_rates(const std::vector<int64_t>& examples, const MixtureConfig& config);

/// `total` in whole numbers by `rates`, at least one each (largest remainders; needs total >= rates.size()).
std::vector<int64_t> apportioned(int64_t total, const std::vector<double>& rates);

/// Each pass holds a fixed number of examples of each task, by rates, in random order; a task is asked for its examples 0, 1, 2, … over all passes
/// and brings them in an order of its own. A pass is as long as all tasks together.
class MixedExamples final : public Examples {
 public:
  /// Rates sum to one.
  MixedExamples(std::vector<std::shared_ptr<const Examples>> tasks, const std::vector<double>& rates, Rng order);
  int64_t size() const override { return first_.back(); }
  void add(int64_t number, TokenBatch& batch) const override;

 private:
  std::vector<std::shared_ptr<const Examples>> tasks_;
  Rng order_;
  std::vector<int64_t> first_ = {0};  // first place of each task in a pass, and the end
};

/// Every example of every task once, task after task: for measuring.
class ExamplesInTurn final : public Examples {
 public:
  explicit ExamplesInTurn(std::vector<std::shared_ptr<const Examples>> tasks);
  int64_t size() const override { return first_.back(); }
  void add(int64_t number, TokenBatch& batch) const override;

 private:
  std::vector<std::shared_ptr<const Examples>> tasks_;
  std::vector<int64_t> first_ = {0};
};

}  // namespace gimbal
