// 0 … n - 1 in a random order.
#pragma once

#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>

#include "core/rng.h"

namespace gimbal::lab {

/// Every order is equally likely (Fisher & Yates).
inline std::vector<int64_t> shuffled(int64_t n, Rng& random) {
  std::vector<int64_t> order(static_cast<size_t>(n));
  std::iota(order.begin(), order.end(), int64_t{0});
  for (size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random.below(i)]);
  return order;
}

}  // namespace gimbal::lab
