// The search finds the edge wherever it lies, and the best rate below it.
#include "lab/stand/stable_rate.h"

#include <gtest/gtest.h>

#include <cmath>

namespace gimbal::lab {
namespace {

class Edge : public ::testing::TestWithParam<int> {};

// Stable up to 2^edge, best at a quarter of it.
TEST_P(Edge, IsFound) {
  const int edge = GetParam();
  int runs = 0;
  const StableRate found = find_stable_rate(
      [&](double lr) {
        ++runs;
        return std::log2(lr) > edge ? std::nan("") : 1 + 0.1 * std::abs(std::log2(lr) - (edge - 2));
      },
      3);
  EXPECT_EQ(found.largest, std::ldexp(1.0, edge));
  EXPECT_LE(std::abs(std::log2(found.best) - (edge - 2)), 2.0);
  EXPECT_EQ(static_cast<size_t>(runs), found.tried.size()) << "no rate is tried twice";
  EXPECT_LE(runs, 7);
}

INSTANTIATE_TEST_SUITE_P(EveryPower, Edge, ::testing::Range(-15, -1));

TEST(StableRate, NothingIsStable) {
  const StableRate found = find_stable_rate([](double) { return 9.0; }, 3);
  EXPECT_EQ(found.largest, 0);
  EXPECT_TRUE(std::isnan(found.best_loss));
}

}  // namespace
}  // namespace gimbal::lab
