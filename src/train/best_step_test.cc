// The best step of a run.
#include "train/best_step.h"

#include <gtest/gtest.h>

#include <cmath>

namespace gimbal {
namespace {

const double kNan = std::nan("");

TEST(BestStep, LargerMeritWins) {
  BestStep best;
  best.consider(10, 0.5, 2.0);
  best.consider(20, 0.7, 3.0);
  best.consider(30, 0.6, 1.0);
  EXPECT_EQ(best.step, 20);
  EXPECT_EQ(best.merit, 0.7);
}

TEST(BestStep, ATieIsDecidedByTheLoss) {
  BestStep best;
  best.consider(10, 0, 3.0);
  best.consider(20, 0, 2.0);
  best.consider(30, 0, 2.5);
  EXPECT_EQ(best.step, 20);
}

TEST(BestStep, WhatIsNoNumberIsBeatenByAnyThatIsOne) {
  BestStep best;
  best.consider(10, kNan, 3.0);
  EXPECT_EQ(best.step, 10);
  best.consider(20, kNan, 2.0);
  EXPECT_EQ(best.step, 20);
  best.consider(30, -1, 9.0);
  EXPECT_EQ(best.step, 30);
  best.consider(40, kNan, 0.1);
  EXPECT_EQ(best.step, 30);
}

TEST(BestStep, ALossThatIsNoNumberDoesNotWinATie) {
  BestStep best;
  best.consider(10, 0, 3.0);
  best.consider(20, 0, kNan);
  EXPECT_EQ(best.step, 10);
  best.consider(30, kNan, kNan);
  EXPECT_EQ(best.step, 10);
}

}  // namespace
}  // namespace gimbal
