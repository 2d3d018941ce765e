// Ranking measures from the ranks of the relevant documents.
#include "data/metrics/ranking.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>

#include "core/error.h"

namespace gimbal::metrics {
namespace {

template <class F>
double mean_over_queries(std::span<const Ranking> rankings, F&& value_of) {
  double sum = 0;
  int64_t queries = 0;
  for (const Ranking& ranking : rankings) {
    if (ranking.relevant.empty()) continue;
    sum += value_of(ranking.relevant);
    ++queries;
  }
  return queries == 0 ? 0 : sum / static_cast<double>(queries);
}

double discounted(double grade, int64_t rank) { return grade / std::log2(static_cast<double>(rank) + 1); }

double best_gain(const std::vector<Ranking::Relevant>& relevant, int64_t k) {
  std::vector<double> grades;
  for (const auto& document : relevant) grades.push_back(document.grade);
  std::ranges::sort(grades, std::greater());
  double gain = 0;
  for (size_t i = 0; i < grades.size() && static_cast<int64_t>(i) < k; ++i) gain += discounted(grades[i], static_cast<int64_t>(i) + 1);
  return gain;
}

}  // namespace

Ranking rank_documents(std::span<const double> scores, std::span<const double> grades) {
  GIMBAL_ASSERT(scores.size() == grades.size(), scores.size(), " scores for ", grades.size(), " documents");
  std::vector<size_t> order(scores.size());
  std::iota(order.begin(), order.end(), size_t{0});
  const auto score = [&](size_t i) { return std::isnan(scores[i]) ? -std::numeric_limits<double>::infinity() : scores[i]; };
  std::ranges::stable_sort(order, [&](size_t a, size_t b) { return score(a) != score(b) ? score(a) > score(b) : grades[a] < grades[b]; });
  Ranking ranking;
  for (size_t place = 0; place < order.size(); ++place)
    if (grades[order[place]] > 0) ranking.relevant.push_back({static_cast<int64_t>(place) + 1, grades[order[place]]});
  return ranking;
}

double mrr(std::span<const Ranking> rankings, int64_t k) {
  return mean_over_queries(rankings, [k](const auto& relevant) {
    const int64_t first = relevant.front().rank;
    return first <= k ? 1.0 / static_cast<double>(first) : 0.0;
  });
}

double ndcg(std::span<const Ranking> rankings, int64_t k) {
  return mean_over_queries(rankings, [k](const auto& relevant) {
    double gain = 0;
    for (const auto& document : relevant)
      if (document.rank <= k) gain += discounted(document.grade, document.rank);
    return gain / best_gain(relevant, k);
  });
}

double recall(std::span<const Ranking> rankings, int64_t k) {
  return mean_over_queries(rankings, [k](const auto& relevant) {
    const auto found = std::ranges::count_if(relevant, [k](const auto& document) { return document.rank <= k; });
    return static_cast<double>(found) / static_cast<double>(relevant.size());
  });
}

double mean_average_precision(std::span<const Ranking> rankings) {
  return mean_over_queries(rankings, [](const auto& relevant) {
    double sum = 0;
    for (size_t i = 0; i < relevant.size(); ++i) sum += static_cast<double>(i + 1) / static_cast<double>(relevant[i].rank);
    return sum / static_cast<double>(relevant.size());
  });
}

}  // namespace gimbal::metrics
