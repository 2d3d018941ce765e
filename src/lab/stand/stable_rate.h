// The largest learning rate at which a design still learns, found on a grid of powers of two.
#pragma once

#include <functional>
#include <map>

namespace gimbal::lab {

/// Loss at a rate; not-a-number when the run broke.
using LossAt = std::function<double(double lr)>;

struct StableRate {
  double largest = 0;          // 0: none of the grid is stable
  double best = 0, best_loss;  // the rate of the least loss, and that loss
  std::map<double, double> tried;
};

constexpr int kLeastPower = -16, kFirstPower = -9, kMostPower = -1;

/// A rate 2^i is stable when its loss is below `unlearned`. Upwards from 2^start in steps of four until one is not (downwards where already that is
/// not), then the factor of two between; the rates tried lie within [2^least, 2^most]. Assumes that above an unstable rate none is stable.
StableRate find_stable_rate(const LossAt& loss_at, double unlearned, int least = kLeastPower, int start = kFirstPower, int most = kMostPower);

}  // namespace gimbal::lab
