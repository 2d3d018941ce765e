// A random order of n items that is never written down: position i of order `key` is computed when asked for.
//
// A balanced Feistel network (Luby and Rackoff 1988) permutes the smallest 4^k that holds n; results outside [0, n) are put through
// again until one falls inside (cycle walking, Black and Rogaway 2002): at most four rounds on average.
#pragma once

#include <bit>
#include <cstdint>

#include "core/rng.h"

namespace gimbal {

/// Item at position i of the order that `key` names: for fixed n and key a bijection of [0, n). Needs i < n.
constexpr uint64_t permuted(uint64_t i, uint64_t n, uint64_t key) {
  constexpr int kRounds = 6;
  const int half_bits = (std::bit_width(n - 1) + 1) / 2;
  const uint64_t mask = (uint64_t{1} << half_bits) - 1;
  do {
    uint64_t left = i >> half_bits, right = i & mask;
    for (uint64_t round = 1; round <= kRounds; ++round) {
      const uint64_t mixed = left ^ (mix64(key ^ mix64(right + round * 0x9e3779b97f4a7c15ULL)) & mask);
      left = right;
      right = mixed;
    }
    i = left << half_bits | right;
  } while (i >= n);
  return i;
}

/// Item number `number` of an endless stream that goes through `items` items again and again, in a new order each time.
inline int64_t shuffled(int64_t number, int64_t items, const Rng& rng) {
  const auto n = static_cast<uint64_t>(items), i = static_cast<uint64_t>(number);
  return static_cast<int64_t>(permuted(i % n, n, rng.child(i / n).key()));
}

}  // namespace gimbal
