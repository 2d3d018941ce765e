// Pearson's correlation by centred sums, and ranks by sorting.
#include "data/metrics/correlation.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/error.h"

namespace gimbal::metrics {
namespace {

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();

// The values less their mean, divided by the largest of them: sums of squares then neither overflow nor vanish. All 0 for a constant list.
std::vector<double> centred(std::span<const double> values) {
  if (std::ranges::all_of(values, [&](double v) { return v == values.front(); })) return std::vector<double>(values.size(), 0.0);
  double mean = 0, largest = 0;
  for (const double v : values) mean += v / static_cast<double>(values.size());
  std::vector<double> out(values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    out[i] = values[i] - mean;
    largest = std::max(largest, std::abs(out[i]));
  }
  for (double& v : out) v = largest == 0 ? 0 : v / largest;
  return out;
}

}  // namespace

double pearson(std::span<const double> guess, std::span<const double> gold) {
  GIMBAL_ASSERT(guess.size() == gold.size(), guess.size(), " guesses for ", gold.size(), " examples");
  if (gold.size() < 2) return kUndefined;
  const std::vector<double> x = centred(guess), y = centred(gold);
  double xx = 0, yy = 0, xy = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    xx += x[i] * x[i];
    yy += y[i] * y[i];
    xy += x[i] * y[i];
  }
  if (xx == 0 || yy == 0 || std::isnan(xy)) return kUndefined;
  return std::clamp(xy / (std::sqrt(xx) * std::sqrt(yy)), -1.0, 1.0);
}

double spearman(std::span<const double> guess, std::span<const double> gold) {
  const auto unordered = [](double v) { return std::isnan(v); };
  if (std::ranges::any_of(guess, unordered) || std::ranges::any_of(gold, unordered)) return kUndefined;
  return pearson(average_ranks(guess), average_ranks(gold));
}

std::vector<double> average_ranks(std::span<const double> values) {
  std::vector<size_t> order(values.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::sort(order, [&](size_t a, size_t b) { return values[a] < values[b]; });
  std::vector<double> ranks(values.size());
  for (size_t begin = 0, end; begin < order.size(); begin = end) {
    end = begin + 1;
    while (end < order.size() && values[order[end]] == values[order[begin]]) ++end;
    for (size_t i = begin; i < end; ++i) ranks[order[i]] = static_cast<double>(begin + 1 + end) / 2;
  }
  return ranks;
}

}  // namespace gimbal::metrics
