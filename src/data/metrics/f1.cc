// F1 by counting hits, false alarms and misses of each class.
#include "data/metrics/f1.h"

#include <map>

#include "core/error.h"

namespace gimbal::metrics {
namespace {

std::map<int64_t, HitCounts> count(std::span<const int64_t> guess, std::span<const int64_t> gold) {
  GIMBAL_ASSERT(guess.size() == gold.size(), guess.size(), " guesses for ", gold.size(), " examples");
  std::map<int64_t, HitCounts> classes;
  for (size_t i = 0; i < gold.size(); ++i) {
    ++classes[guess[i]].guessed;
    ++classes[gold[i]].present;
    if (guess[i] == gold[i]) ++classes[gold[i]].hits;
  }
  return classes;
}

}  // namespace

double f1_of_class(std::span<const int64_t> guess, std::span<const int64_t> gold, int64_t positive) { return count(guess, gold)[positive].f1(); }

double f1_macro(std::span<const int64_t> guess, std::span<const int64_t> gold) {
  const auto classes = count(guess, gold);
  double sum = 0;
  for (const auto& [name, counts] : classes) sum += counts.f1();
  return classes.empty() ? 0 : sum / static_cast<double>(classes.size());
}

double harmonic_mean(double precision, double recall) { return precision + recall > 0 ? 2 * precision * recall / (precision + recall) : 0; }

}  // namespace gimbal::metrics
