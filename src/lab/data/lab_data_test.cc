// The lab's data: classes that can be told apart, rules that hide where they should, the same numbers for the same seed.
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "lab/data/glyphs.h"
#include "lab/data/mixtures.h"
#include "lab/data/rules.h"
#include "lab/data/shifting_noise.h"

namespace gimbal::lab {
namespace {

std::vector<double> class_mean(const Labelled& set, int32_t label) {
  const int64_t d = set.x_nd.cols();
  std::vector<double> mean(static_cast<size_t>(d));
  double count = 0;
  for (int64_t i = 0; i < set.size(); ++i) {
    if (set.labels[static_cast<size_t>(i)] != label) continue;
    ++count;
    for (int64_t j = 0; j < d; ++j) mean[static_cast<size_t>(j)] += set.x_nd.at(i * d + j);
  }
  for (double& m : mean) m /= std::max(1.0, count);
  return mean;
}

TEST(Glyphs, AreTheSameForASeedAndToldApartByTheirMeans) {
  const Labelled set = make_glyphs(600, {}, 1), again = make_glyphs(300, {}, 1), other = make_glyphs(600, {}, 2);
  for (int64_t i = 0; i < again.x_nd.elements(); ++i) ASSERT_EQ(set.x_nd.at(i), again.x_nd.at(i));  // a sample does not depend on how many there are
  std::vector<std::vector<double>> means;
  for (int32_t c = 0; c < 10; ++c) means.push_back(class_mean(set, c));
  int64_t right = 0;
  for (int64_t i = 0; i < other.size(); ++i) {
    int32_t best = -1;
    double least = 1e30;
    for (int32_t c = 0; c < 10; ++c) {
      double distance = 0;
      for (int64_t j = 0; j < kGlyphPixels; ++j)
        distance += std::pow(other.x_nd.at(i * kGlyphPixels + j) - means[static_cast<size_t>(c)][static_cast<size_t>(j)], 2);
      if (distance < least) least = distance, best = c;
    }
    right += best == other.labels[static_cast<size_t>(i)] ? 1 : 0;
  }
  EXPECT_GT(right, 300);  // nearest class mean: far above 60, and below what a net reaches
  EXPECT_LT(right, 580);
}

TEST(Ring, CoverageKnowsWhatIsMissing) {
  const RingSettings ring;
  const RingCoverage all = ring_coverage(make_ring(800, ring, 1).x_nd, ring);
  EXPECT_EQ(all.clouds, 8);
  EXPECT_GT(all.good_points, 0.97);
  const RingCoverage none = ring_coverage(Tensor::zeros(Shape{50, 2}, DType::kF32), ring);
  EXPECT_EQ(none.clouds, 0);
  EXPECT_EQ(none.good_points, 0);
}

TEST(TwoClasses, KeepTheirShare) {
  const Labelled set = make_two_classes(4000, {.share_of_ones = 0.05}, 3);
  double ones = 0;
  for (const int32_t label : set.labels) ones += label;
  EXPECT_NEAR(ones / 4000, 0.05, 0.015);
}

// The between rule has nothing in the differences of positions, the within rule (alike batches) nothing in the differences of samples.
TEST(Rules, HideWhereTheySay) {
  const RuleSettings between, within{.rule = Rule::kWithin, .batch_labels = LabelsOfBatch::kAlike};
  const Labelled a = make_rule_batch(4000, between, 1, 0);
  const std::vector<double> low = class_mean(a, 0), high = class_mean(a, 1);
  for (size_t p = 0; p < 16; ++p) EXPECT_NEAR(high[p] - low[p], 2, 0.1);
  for (size_t p = 1; p < 16; ++p) EXPECT_NEAR(high[p] - high[0], 0, 0.1);
  const Labelled b = make_rule_batch(64, within, 1, 0), c = make_rule_batch(64, within, 1, 0);
  EXPECT_EQ(std::set<int32_t>(b.labels.begin(), b.labels.end()).size(), 1u);
  EXPECT_EQ(b.x_nd.to_doubles(), c.x_nd.to_doubles());
  const std::vector<double> mean = class_mean(b, b.labels[0]);
  EXPECT_NEAR(std::abs(mean[0] - mean[15]), 2, 0.4);
}

TEST(Noise, ShiftsWithTheStep) {
  const Rng stream(1, "noise");
  const auto mean_of = [&](int64_t step) {
    const NoiseOfStep noise = draw_noise({}, 200, 1, stream, step, 0);
    double sum = 0;
    for (int64_t i = 0; i < 200; ++i) sum += noise.shift_nd.at(i);
    return sum / 200;
  };
  EXPECT_EQ(mean_of(3), mean_of(3));
  EXPECT_GT(std::abs(mean_of(1) - mean_of(2)) + std::abs(mean_of(2) - mean_of(3)), 0.05);
}

TEST(Labelled, EachPassHasEveryRowOnce) {
  Shuffled order(10, 5, 1);
  std::set<int64_t> seen;
  for (int i = 0; i < 2; ++i)
    for (const int64_t row : order.next()) seen.insert(row);
  EXPECT_EQ(seen.size(), 10u);
  EXPECT_THROW(Shuffled(3, 4, 1), Error);
  const std::vector<float> values = {0, 10, 2, 10, 4, 10};
  const Tensor x = Tensor::from_floats(values, Shape{3, 2});
  EXPECT_EQ(scaled_inputs(x, x, InputScaling::kMinMax).to_doubles(), (std::vector<double>{0, 0, 0.5, 0, 1, 0}));
  EXPECT_NEAR(scaled_inputs(x, x, InputScaling::kZScore).at(4), std::sqrt(1.5), 1e-6);
}

}  // namespace
}  // namespace gimbal::lab
