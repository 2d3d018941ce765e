// Comparing validations.
#include "train/best_step.h"

#include <cmath>

namespace gimbal {
namespace {

enum class Standing { kAbove, kLevel, kBelow };

Standing standing(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b) ? Standing::kLevel : std::isnan(b) ? Standing::kAbove : Standing::kBelow;
  return a > b ? Standing::kAbove : a < b ? Standing::kBelow : Standing::kLevel;
}

}  // namespace

void BestStep::consider(int64_t new_step, double new_merit, double new_loss) {
  const Standing by_merit = standing(new_merit, merit), all = by_merit == Standing::kLevel ? standing(-new_loss, -loss) : by_merit;
  if (step >= 0 && all != Standing::kAbove) return;
  step = new_step, merit = new_merit, loss = new_loss;
}

}  // namespace gimbal
