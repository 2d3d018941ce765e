// Rates of a mixture and the streams that follow them.
#include "data/mixed_examples.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/error.h"
#include "data/permutation.h"

namespace gimbal {

std::vector<double> mixture_rates(const std::vector<int64_t>& examples, const MixtureConfig& config) {
  const bool equal = config.rule == "equal";
  if (!equal && config.rule != "proportional")
    fail("unknown mixture rule '", config.rule, "'", did_you_mean(config.rule, {"proportional", "equal"}), "; choose proportional or equal");
  if (config.limit < 0) fail("the mixture's limit is ", config.limit, " examples; it cannot be negative");
  if (!(config.temperature > 0)) fail("the mixture's temperature is ", config.temperature, "; it must be positive");
  std::vector<double> rates;
  for (const int64_t n : examples) {
    const auto counted = static_cast<double>(config.limit > 0 ? std::min(n, config.limit) : n);
    rates.push_back(equal ? 1 : std::pow(counted, 1 / config.temperature));
  }
  const double sum = std::accumulate(rates.begin(), rates.end(), 0.0);
  for (double& rate : rates) rate /= sum;
  return rates;
}

std::vector<int64_t> apportioned(int64_t total, const std::vector<double>& rates) {
  GIMBAL_ASSERT(total >= static_cast<int64_t>(rates.size()), total, " in ", rates.size());
  std::vector<int64_t> counts;
  for (const double rate : rates) counts.push_back(std::max<int64_t>(1, static_cast<int64_t>(rate * static_cast<double>(total))));
  // The share that is furthest below its due gets one more, or the one furthest above gives one back.
  for (int64_t left = total - std::accumulate(counts.begin(), counts.end(), int64_t{0}); left != 0; left += left > 0 ? -1 : 1) {
    size_t chosen = counts.size();
    double most = 0;
    for (size_t i = 0; i < counts.size(); ++i) {
      const double due = rates[i] * static_cast<double>(total) - static_cast<double>(counts[i]);
      const double gain = left > 0 ? due : -due;
      if (left < 0 && counts[i] == 1) continue;
      if (chosen == counts.size() || gain > most) chosen = i, most = gain;
    }
    counts[chosen] += left > 0 ? 1 : -1;
  }
  return counts;
}

namespace {

std::vector<int64_t> sizes_of(const std::vector<std::shared_ptr<const Examples>>& tasks) {
  std::vector<int64_t> sizes;
  for (const auto& task : tasks) sizes.push_back(task->size());
  return sizes;
}

size_t task_at(const std::vector<int64_t>& first, int64_t place) {
  return static_cast<size_t>(std::upper_bound(first.begin(), first.end(), place) - first.begin() - 1);
}

}  // namespace

MixedExamples::MixedExamples(std::vector<std::shared_ptr<const Examples>> tasks, const std::vector<double>& rates, Rng order)
    : tasks_(std::move(tasks)), order_(order) {
  const std::vector<int64_t> sizes = sizes_of(tasks_);
  for (const int64_t count : apportioned(std::accumulate(sizes.begin(), sizes.end(), int64_t{0}), rates)) first_.push_back(first_.back() + count);
}

void MixedExamples::add(int64_t number, TokenBatch& batch) const {
  const int64_t place = shuffled(number, size(), order_);
  const size_t t = task_at(first_, place);
  tasks_[t]->add(number / size() * (first_[t + 1] - first_[t]) + place - first_[t], batch);
}

ExamplesInTurn::ExamplesInTurn(std::vector<std::shared_ptr<const Examples>> tasks) : tasks_(std::move(tasks)) {
  for (const int64_t size : sizes_of(tasks_)) first_.push_back(first_.back() + size);
}

void ExamplesInTurn::add(int64_t number, TokenBatch& batch) const {
  GIMBAL_ASSERT(number < size(), number, " of ", size());
  const size_t t = task_at(first_, number);
  tasks_[t]->add(number - first_[t], batch);
}

}  // namespace gimbal
