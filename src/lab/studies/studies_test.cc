// Each study runs for a few steps, gives finite numbers, the same for the same seed, and refuses names that it does not know.
#include <gtest/gtest.h>

#include <cmath>

#include "core/fields.h"
#include "lab/studies/batch_statistics.h"
#include "lab/studies/between_within.h"
#include "lab/studies/covariate_shift.h"
#include "lab/studies/degradation.h"
#include "lab/studies/grid_policy.h"
#include "lab/studies/identity_task.h"
#include "lab/studies/imbalance.h"
#include "lab/studies/order_and_scaling.h"
#include "lab/studies/recurrence.h"
#include "lab/studies/reversal.h"
#include "lab/studies/ring_gan.h"
#include "lab/studies/saturation.h"
#include "lab/studies/small_batch.h"
#include "lab/studies/whitening_cost.h"

namespace gimbal::lab {
namespace {

// Every field but those that measure time.
template <class Result>
Json without_times(const Result& result) {
  Json json = write_fields(result);
  for (const char* time : {"seconds", "step_ms", "forward_us", "backward_us"}) json.erase(time);
  return json;
}

template <class Settings, class Run>
void expect_repeatable(const Settings& settings, Run run) {
  const Json first = without_times(run(settings, 3)), again = without_times(run(settings, 3)), other = without_times(run(settings, 4));
  EXPECT_EQ(first.dump(), again.dump());
  EXPECT_NE(first.dump(), other.dump());
  for (const auto& item : first.items()) {
    if (item.value().is_string()) continue;
    EXPECT_TRUE(item.value().is_number() && std::isfinite(item.value().template get<double>())) << item.key();
  }
}

TEST(Studies, RunAndRepeat) {
  expect_repeatable(small_batch::Settings{.batch = 4, .train_rows = 100, .test_rows = 50, .examples = 80}, small_batch::run);
  expect_repeatable(small_batch::Settings{.net = "cnn", .norm = "group", .batch = 8, .train_rows = 100, .test_rows = 50, .examples = 80},
                    small_batch::run);
  expect_repeatable(covariate_shift::Settings{.noisy = true, .layers = 2, .width = 16, .batch = 8, .steps = 4, .measure_every = 2, .train_rows = 50},
                    covariate_shift::run);
  expect_repeatable(degradation::Settings{.depth = 4, .width = 16, .batch = 8, .steps = 4, .train_rows = 50, .shortcut = "residual"},
                    degradation::run);
  expect_repeatable(between_within::Settings{.rule = "within", .batch_labels = "alike", .steps = 2, .noise = 2}, between_within::run);
  expect_repeatable(imbalance::Settings{.share_of_ones = 0.2, .steps = 10}, imbalance::run);
  expect_repeatable(saturation::Settings{.norm = "zca", .affine = "frozen", .layers = 2, .width = 8, .batch = 16, .steps = 6, .probe_every = 3},
                    saturation::run);
  expect_repeatable(whitening_cost::Settings{.rows = 32, .columns = 8, .repeats = 2}, whitening_cost::run);
  expect_repeatable(identity_task::Settings{.depth = 4, .steps = 5, .shortcut = "residual"}, identity_task::run);
  expect_repeatable(order_and_scaling::Settings{.place = "after", .steps = 5, .train_rows = 64, .test_rows = 64}, order_and_scaling::run);
  expect_repeatable(recurrence::Settings{.norm = "batch", .statistics = "per-step", .length = 6, .steps = 3}, recurrence::run);
  expect_repeatable(recurrence::Settings{.cell = "gru", .length = 6, .steps = 3}, recurrence::run);
  for (const char* net : {"recurrent", "attention", "transformer"})
    expect_repeatable(reversal::Settings{.net = net, .length = 4, .width = 16, .batch = 4, .steps = 3}, reversal::run);
  expect_repeatable(ring_gan::Settings{.generator_norm = "batch", .steps = 3}, ring_gan::run);
  expect_repeatable(grid_policy::Settings{.norm = "layer", .reward_noise = 0.5, .side = 4, .walls = 2, .steps = 5}, grid_policy::run);
  expect_repeatable(batch_statistics::Settings{.steps = 12, .train_rows = 64, .test_rows = 64, .warm_up = 5}, batch_statistics::run);
}

TEST(Studies, AWrongNameIsOneSentence) {
  EXPECT_THROW(small_batch::run({.net = "cmm"}, 1), Error);
  EXPECT_THROW(degradation::run({.shortcut = "residul"}, 1), Error);
  EXPECT_THROW(reversal::run({.net = "rnn"}, 1), Error);
}

TEST(Studies, BatchNormOnlineIsARefusalAndLayerNormIsNot) {
  EXPECT_NE(imbalance::run({.norm = "batch", .batch = 1, .steps = 3}, 1).refusal, "");
  EXPECT_EQ(imbalance::run({.norm = "layer", .batch = 1, .steps = 3}, 1).refusal, "");
}

// The rule that a norm cannot see leaves it at chance, by construction and not by training.
TEST(Studies, RulesThatANormCannotSee) {
  EXPECT_GT(between_within::run({.rule = "between", .norm = "layer", .steps = 60}, 1).error, 0.4);
  EXPECT_LT(between_within::run({.rule = "between", .norm = "batch", .steps = 60}, 1).error, 0.1);
  EXPECT_GT(between_within::run({.rule = "within", .batch_labels = "alike", .norm = "batch", .steps = 60}, 1).error, 0.4);
  EXPECT_LT(between_within::run({.rule = "within", .batch_labels = "alike", .norm = "layer", .steps = 60}, 1).error, 0.1);
}

TEST(Studies, DistanceFromGaussian) {
  std::vector<double> normal, uniform;
  Rng rng(1, "values");
  for (int i = 0; i < 4000; ++i) normal.push_back(3 + 2 * rng.normal()), uniform.push_back(rng.uniform());
  EXPECT_LT(order_and_scaling::distance_from_gaussian(normal), 0.025);
  EXPECT_GT(order_and_scaling::distance_from_gaussian(uniform), 0.04);
  EXPECT_EQ(order_and_scaling::distance_from_gaussian({1, 1, 1}), 0);
}

}  // namespace
}  // namespace gimbal::lab
