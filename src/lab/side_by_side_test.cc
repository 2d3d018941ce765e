// What counts as near, and what the table marks.
#include "lab/side_by_side.h"

#include <gtest/gtest.h>

#include <cmath>

namespace gimbal::lab {
namespace {

Spread one(double value) { return {value, value, value, 1}; }

TEST(SideBySide, CountsWhatIsNearAndMarksWhatIsNot) {
  SideBySide both("t", {"design", "layers"}, "10 %");
  both.add({"post", "6"}, 1, one(1.09), {.share = 0.1});
  both.add({"post", "24"}, 1, one(0.89), {.share = 0.1});
  both.add({"none", "6"}, 100, one(51), {.factor = 2});
  both.add({"none", "24"}, 100, one(201), {.factor = 2});
  both.add({"pre", "6"}, 2.2, one(2.24), {.difference = 0.05});
  both.add({"none", "100"}, std::nan(""), one(std::nan("")), {.factor = 2});
  both.add({"pre", "100"}, 1, one(std::nan("")), {.factor = 2});
  both.add({"sub", "6"}, 1, {1.2, 0.9, 1.3, 3}, {.share = 0.1});
  EXPECT_EQ(both.compared(), 8u);
  EXPECT_EQ(both.within(), 4u);
  EXPECT_EQ(both.table().rows[0], (std::vector<std::string>{"post", "6", "1", "1.09", "yes"}));
  EXPECT_EQ(both.sentence(),
            "Of 8 numbers of an independent PyTorch run 4 lie within 10 %, 1 more in the range of our seeds, 3 outside (the table says which).");
  EXPECT_EQ(both.table().rows[1].back(), "no");
  EXPECT_EQ(both.table().rows[7].back(), "seeds");
}

}  // namespace
}  // namespace gimbal::lab
