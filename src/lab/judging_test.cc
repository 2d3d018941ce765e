// Judges of fabricated results: a verdict follows what was measured, and what broke never helps a claim that it should not.
#include "lab/judging.h"

#include <gtest/gtest.h>

#include <limits>

namespace gimbal::lab {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

Finding judged(const char* name, const std::function<Measured(const Cell&)>& measure) {
  const Experiment& experiment = experiment_named(name);
  std::vector<Result> results;
  for (const Cell& cell : experiment.cells(Size::kStandard)) results.push_back({cell, measure(cell), 0});
  return experiment.judge(Results(std::move(results)));
}

Verdict of_statement(const Finding& finding, const char* statement) {
  for (const Evidence& e : finding.evidence)
    if (e.statement == statement) return e.verdict;
  ADD_FAILURE() << "nothing about " << statement;
  return Verdict::kMeasured;
}

TEST(Judging, WhatBrokeIsWorseThanAnyNumber) {
  const Spread broke{kNaN, kNaN, kNaN, 3}, some{3, 2, kNaN, 3}, whole{2, 1, 4, 3};
  EXPECT_TRUE(none_below(broke, 3));
  EXPECT_FALSE(none_below(some, 3)) << "one seed is below";
  EXPECT_TRUE(none_below(whole, 1));
  EXPECT_TRUE(worse_by(kNaN, 2, 0.5));
  EXPECT_FALSE(worse_by(2, kNaN, 0.5));
  EXPECT_FALSE(worse_by(kNaN, kNaN, 0.5));
  EXPECT_FALSE(worse_by(2.4, 2, 0.5));
}

// Post-LN without a warm-up may break, which is as good a reason for one as a high loss; with one it may not.
TEST(Judging, ABaselineThatBreaksIsNotBetter) {
  const auto warm_up = [](double cold, double warm) {
    return judged("warm-up",
                  [=](const Cell& cell) {
                    const double loss = cell.text("scheme") == "pre" ? 2.2 : cell.count("warmup") > 0 ? warm : cold;
                    return Measured{{{"loss", loss}, {"above_floor", loss - 2}}, {{"loss", {loss}}}};
                  })
        .verdict;
  };
  EXPECT_EQ(warm_up(3.3, 2.2), Verdict::kHolds);
  EXPECT_EQ(warm_up(kNaN, 2.2), Verdict::kHolds);
  EXPECT_EQ(warm_up(2.3, 2.2), Verdict::kNotReproduced);
  EXPECT_EQ(warm_up(3.3, kNaN), Verdict::kNotReproduced);
}

TEST(Judging, NothingFiniteIsNoLaw) {
  const auto law = [](double update) {
    return judged("exponent-law",
                  [=](const Cell& cell) {
                    if (cell.text("part") == "update") return Measured{{{"update", update}}, {}};
                    return Measured{{{"largest_stable_lr", 0.01}, {"best_lr", 0.01}, {"best_above_floor", 0.1}}, {}};
                  })
        .verdict;
  };
  EXPECT_EQ(law(1), Verdict::kHolds) << "all changes alike";
  EXPECT_EQ(law(kNaN), Verdict::kNotReproduced);
}

TEST(Judging, AStatementIsRefutedByNumbersOnly) {
  const auto formulas = [](double tiny, double large) {
    return judged("formulas", [=](const Cell&) {
      return Measured{{{"from_layernorm", tiny},
                       {"from_rmsnorm", large},
                       {"alpha_without_branch", tiny},
                       {"alpha_with_branch", large},
                       {"sandwich", tiny},
                       {"pre", large},
                       {"width_128", large},
                       {"width_768", large},
                       {"width_768_small", large}},
                      {}};
    });
  };
  for (const char* statement : {"S1", "S2", "S6", "S7"}) {
    EXPECT_EQ(of_statement(formulas(1e-12, 1), statement), Verdict::kNotReproduced) << statement;
    EXPECT_NE(of_statement(formulas(1e-12, 1e-13), statement), Verdict::kNotReproduced) << statement;
  }
}

// Ranks say nothing of how good a model is, whatever they are.
TEST(Judging, RankDoesNotMakeAModelBetter) {
  const Finding finding = judged("attention-rank", [](const Cell& cell) {
    const double rank = cell.text("mask") == "causal" ? 64 : 8;
    return Measured{{{"rank_1e-6", rank}, {"rank_1e-2", rank}, {"effective_rank", rank}, {"loss", 2}}, {{"effective_rank", {rank, rank}}}};
  });
  EXPECT_EQ(of_statement(finding, "S16"), Verdict::kMeasured);
  EXPECT_EQ(of_statement(finding, "S18"), Verdict::kMeasured);
}

}  // namespace
}  // namespace gimbal::lab
