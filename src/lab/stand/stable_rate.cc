// Searching the grid.
#include "lab/stand/stable_rate.h"

#include <cmath>
#include <limits>

namespace gimbal::lab {

StableRate find_stable_rate(const LossAt& loss_at, double unlearned, int least, int start, int most) {
  StableRate found;
  found.best_loss = std::numeric_limits<double>::quiet_NaN();
  const auto stable = [&](int power) {
    const double lr = std::ldexp(1.0, power), loss = found.tried.try_emplace(lr, 0).first->second = loss_at(lr);
    if (!(loss < unlearned)) return false;
    found.largest = std::max(found.largest, lr);
    if (!(loss >= found.best_loss)) found.best = lr, found.best_loss = loss;
    return true;
  };
  int power = start;
  if (stable(start)) {
    while (power + 2 <= most && stable(power + 2)) power += 2;
    if (power + 1 <= most) stable(power + 1);
    return found;
  }
  while (power - 2 >= least && !stable(power - 2)) power -= 2;
  if (found.largest > 0) stable(power - 1);
  return found;
}

}  // namespace gimbal::lab
