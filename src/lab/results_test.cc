// Arms that were measured within one cell are judged as cells of their own.
#include "lab/results.h"

#include <gtest/gtest.h>

namespace gimbal::lab {
namespace {

TEST(Results, ArmsWithinCellsBecomeCells) {
  const auto cell = [](int64_t seed, double low, double high) {
    Result r{{{{"width", 8}}, seed}, {}, 0};
    r.measured.numbers = {{"teacher", 0.9},
                          {within({{"student", "taught"}, {"lr", 0.003}}, "right"), high},
                          {within({{"student", "taught"}, {"lr", 0.01}}, "right"), low},
                          {within({{"student", "taught"}, {"lr", 0.01}}, "kept"), 1}};
    return r;
  };
  const Results arms = Results({cell(1, 0.1, 0.5), cell(2, 0.2, 0.7), cell(3, 0.3, 0.6)}).arms_within();
  ASSERT_EQ(arms.all().size(), 6u);
  EXPECT_EQ(arms.fewest_seeds(), 3u);
  const Results high = arms.where({{"width", 8}, {"student", "taught"}, {"lr", 0.003}});
  EXPECT_EQ(high.numbers("right"), (std::vector<double>{0.5, 0.7, 0.6}));
  EXPECT_FALSE(high.all().front().measured.numbers.contains("teacher"));
  EXPECT_EQ(arms.least("right", "lr").value, 0.01);
}

}  // namespace
}  // namespace gimbal::lab
