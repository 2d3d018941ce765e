// Accuracy by counting.
#include "data/metrics/accuracy.h"

#include "core/error.h"

namespace gimbal::metrics {

double accuracy(std::span<const int64_t> guess, std::span<const int64_t> gold) {
  GIMBAL_ASSERT(guess.size() == gold.size(), guess.size(), " guesses for ", gold.size(), " examples");
  if (gold.empty()) return 0;
  int64_t right = 0;
  for (size_t i = 0; i < gold.size(); ++i) right += guess[i] == gold[i];
  return static_cast<double>(right) / static_cast<double>(gold.size());
}

}  // namespace gimbal::metrics
