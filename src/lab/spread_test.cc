// Medians, ranges that touch, runs that broke, lines.
#include "lab/spread.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace gimbal::lab {
namespace {

TEST(Spread, MedianAndRange) {
  const std::vector<double> odd = {3, 1, 2}, even = {4, 1, 2, 3};
  EXPECT_EQ(spread_of(odd).median, 2);
  EXPECT_EQ(spread_of(even).median, 2.5);
  EXPECT_EQ(spread_of(even).least, 1);
  EXPECT_EQ(spread_of(even).most, 4);
}

TEST(Spread, RangesThatTouchProveNothing) {
  const std::vector<double> a = {1, 2}, b = {2, 3}, c = {2.5, 3};
  EXPECT_FALSE(lies_below(spread_of(a), spread_of(b)));
  EXPECT_TRUE(lies_below(spread_of(a), spread_of(c)));
  EXPECT_FALSE(lies_below(spread_of(c), spread_of(a)));
}

TEST(Spread, ABrokenRunNeverHelps) {
  const double broken = std::nan("");
  const std::vector<double> once = {1, broken, 2}, all = {broken, broken}, good = {5, 6};
  EXPECT_EQ(spread_of(once).median, 2);
  EXPECT_TRUE(std::isnan(spread_of(once).most));
  EXPECT_FALSE(lies_below(spread_of(once), spread_of(good)));
  EXPECT_TRUE(lies_below(spread_of(good), spread_of(all)));
}

TEST(Line, SlopeAndShareExplained) {
  const std::vector<double> x = {0, 1, 2, 3}, y = {1, 3, 5, 7}, bent = {0, 1, 4, 9};
  EXPECT_NEAR(line_through(x, y).slope, 2, 1e-12);
  EXPECT_NEAR(line_through(x, y).intercept, 1, 1e-12);
  EXPECT_NEAR(line_through(x, y).r2, 1, 1e-12);
  EXPECT_LT(line_through(x, bent).r2, 0.95);
}

}  // namespace
}  // namespace gimbal::lab
