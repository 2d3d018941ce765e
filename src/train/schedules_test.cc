// Learning rates at single steps, worked out by hand.
#include "train/schedules.h"

#include <gtest/gtest.h>

#include <cmath>

namespace gimbal {
namespace {

ScheduleConfig schedule(const std::string& kind, int64_t warmup_steps, const std::string& warmup_start) {
  ScheduleConfig c;
  c.kind = kind;
  c.warmup_steps = warmup_steps;
  c.warmup_start = warmup_start;
  return c;
}

TEST(Schedules, CosineAfterAWarmUpFromZero) {
  const ScheduleConfig c = schedule("cosine", 4, "zero");
  EXPECT_EQ(lr_at(c, 3e-3, 0, 20), 0);
  EXPECT_DOUBLE_EQ(lr_at(c, 3e-3, 1, 20), 0.75e-3);
  EXPECT_DOUBLE_EQ(lr_at(c, 3e-3, 4, 20), 3e-3);
  EXPECT_DOUBLE_EQ(lr_at(c, 3e-3, 5, 20), 1.5e-3 * (1 + std::cos(M_PI / 16)));
  EXPECT_DOUBLE_EQ(lr_at(c, 3e-3, 12, 20), 1.5e-3);
  EXPECT_NEAR(lr_at(c, 3e-3, 20, 20), 0, 1e-18);
}

TEST(Schedules, CosineToAFloorAfterAWarmUpFromAboveZero) {
  ScheduleConfig c = schedule("cosine", 100, "above-zero");
  c.min_lr = 1e-4;
  EXPECT_DOUBLE_EQ(lr_at(c, 1e-3, 0, 2000), 1e-3 / 101);
  EXPECT_DOUBLE_EQ(lr_at(c, 1e-3, 99, 2000), 1e-3 * 100 / 101);
  EXPECT_DOUBLE_EQ(lr_at(c, 1e-3, 100, 2000), 1e-3);
  EXPECT_DOUBLE_EQ(lr_at(c, 1e-3, 1050, 2000), 0.55e-3);
  EXPECT_DOUBLE_EQ(lr_at(c, 1e-3, 5000, 2000), 1e-4);
}

TEST(Schedules, WithoutWarmUpTheFirstStepHasThePeak) {
  for (const char* start : {"zero", "above-zero"})
    for (const char* kind : {"constant", "linear", "cosine", "inverse-sqrt", "wsd"})
      EXPECT_DOUBLE_EQ(lr_at(schedule(kind, 0, start), 0.5, 0, 10), 0.5) << kind;
}

TEST(Schedules, ConstantAndLinear) {
  EXPECT_EQ(lr_at(schedule("constant", 10, "zero"), 2, 1000, 50), 2);
  ScheduleConfig c = schedule("linear", 10, "zero");
  c.min_lr = 1;
  EXPECT_DOUBLE_EQ(lr_at(c, 2, 30, 50), 1.5);
  EXPECT_DOUBLE_EQ(lr_at(c, 2, 50, 50), 1);
}

TEST(Schedules, InverseSqrtCountsStepsAsTheWarmUpDoes) {
  EXPECT_DOUBLE_EQ(lr_at(schedule("inverse-sqrt", 10, "zero"), 1, 40, 0), 0.5);
  EXPECT_DOUBLE_EQ(lr_at(schedule("inverse-sqrt", 10, "zero"), 1, 10, 0), 1);
  EXPECT_DOUBLE_EQ(lr_at(schedule("inverse-sqrt", 9, "above-zero"), 1, 39, 0), 0.5);
}

TEST(Schedules, WarmUpStableDecay) {
  ScheduleConfig c = schedule("wsd", 10, "zero");
  c.decay_share = 0.5;
  c.min_lr = 0.2;
  EXPECT_EQ(lr_at(c, 1, 30, 50), 1);
  EXPECT_DOUBLE_EQ(lr_at(c, 1, 35, 50), 0.8);
  EXPECT_DOUBLE_EQ(lr_at(c, 1, 50, 50), 0.2);
  c.decay_shape = "1-sqrt";
  EXPECT_DOUBLE_EQ(lr_at(c, 1, 35, 50), 0.6);
  c.decay_shape = "cosine";
  EXPECT_DOUBLE_EQ(lr_at(c, 1, 40, 50), 0.6);
  c.decay_share = 0;
  EXPECT_EQ(lr_at(c, 1, 50, 50), 1);
}

TEST(Schedules, RefusesUnknownNamesAtTheFirstStep) {
  EXPECT_THROW(lr_at(schedule("cosin", 10, "zero"), 1, 0, 50), Error);
  EXPECT_THROW(lr_at(schedule("cosine", 10, "one"), 1, 0, 50), Error);
  EXPECT_THROW(lr_at(schedule("cosine", -1, "zero"), 1, 0, 50), Error);
  ScheduleConfig c = schedule("wsd", 10, "zero");
  c.decay_share = 1.5;
  EXPECT_THROW(lr_at(c, 1, 0, 50), Error);
  try {
    lr_at(schedule("cosin", 10, "zero"), 1, 0, 50);
  } catch (const Error& e) {
    EXPECT_NE(std::string(e.what()).find("did you mean 'cosine'?"), std::string::npos) << e.what();
  }
}

}  // namespace
}  // namespace gimbal
