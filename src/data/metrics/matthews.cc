// Matthews' correlation from the totals of each class.
#include "data/metrics/matthews.h"

#include <cmath>
#include <map>

#include "core/error.h"

namespace gimbal::metrics {

double matthews(std::span<const int64_t> guess, std::span<const int64_t> gold) {
  GIMBAL_ASSERT(guess.size() == gold.size(), guess.size(), " guesses for ", gold.size(), " examples");
  std::map<int64_t, std::pair<double, double>> classes;  // guesses, examples
  double right = 0;
  for (size_t i = 0; i < gold.size(); ++i) {
    ++classes[guess[i]].first;
    ++classes[gold[i]].second;
    right += guess[i] == gold[i];
  }
  const auto n = static_cast<double>(gold.size());
  double product = 0, guessed = 0, present = 0;
  for (const auto& [name, totals] : classes) {
    product += totals.first * totals.second;
    guessed += totals.first * totals.first;
    present += totals.second * totals.second;
  }
  const double spread = (n * n - guessed) * (n * n - present);
  return spread == 0 ? 0 : (right * n - product) / std::sqrt(spread);
}

}  // namespace gimbal::metrics
