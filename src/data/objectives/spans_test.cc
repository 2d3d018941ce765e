// Span corruption: the released helper's lengths, uniform segmentations, exact counts of every mask, and the way back to the text.
#include "data/objectives/spans.h"

#include <map>

#include "data/objectives/samples_for_tests.h"

namespace gimbal {
namespace {

using namespace samples;

constexpr SpanNoise kT5{0.15, 3};

TEST(Spans, LengthsAreThoseOfTheReleasedHelper) {
  struct Case {
    int64_t rows;
    double rate, mean;
    int64_t tokens, target;
  };
  // Found by T5's random_spans_helper.
  const std::vector<Case> cases = {{512, 0.15, 3, 568, 114}, {256, 0.15, 3, 284, 58},    {128, 0.15, 3, 141, 29}, {64, 0.15, 3, 70, 14},
                                   {32, 0.15, 3, 34, 8},     {2048, 0.15, 3, 2274, 456}, {512, 0.5, 3, 766, 512}, {512, 0.15, 10, 591, 99},
                                   {512, 0.25, 2, 584, 220}, {512, 0.5, 10, 930, 512},   {114, 0.1, 5, 123, 15}};
  for (const Case& c : cases) {
    const SpanNoise noise{c.rate, c.mean};
    const int64_t tokens = tokens_for_source(c.rows, noise);
    EXPECT_EQ(tokens, c.tokens) << c.rows << " rows at " << c.rate;
    EXPECT_EQ(span_counts(tokens, noise).target, c.target) << c.rows << " rows at " << c.rate;
    EXPECT_LE(span_counts(tokens, noise).source, c.rows);
  }
}

TEST(Spans, SegmentationsAreUniform) {
  Rng rng(3, "segments");
  std::map<std::vector<int64_t>, int> counts;
  for (int i = 0; i < 40000; ++i) {
    const std::vector<int64_t> parts = random_segmentation(6, 3, rng);
    ASSERT_EQ(std::accumulate(parts.begin(), parts.end(), int64_t{0}), 6);
    ++counts[parts];
  }
  ASSERT_EQ(counts.size(), 10u);  // C(5, 2)
  for (const auto& [parts, count] : counts) expect_share(count, 40000, 0.1);
  EXPECT_EQ(random_segmentation(4, 4, rng), (std::vector<int64_t>{1, 1, 1, 1}));
  EXPECT_EQ(random_segmentation(4, 1, rng), (std::vector<int64_t>{4}));
}

int64_t runs_of(const std::vector<bool>& mask) {
  int64_t runs = 0;
  for (size_t i = 0; i < mask.size(); ++i) runs += mask[i] && (i == 0 || !mask[i - 1]);
  return runs;
}

TEST(Spans, EveryMaskHasTheStatedNoiseAndSpans) {
  Rng rng(4, "masks");
  for (int64_t n = 2; n <= 600; n += n < 40 ? 1 : 37) {
    const int64_t noise = std::clamp<int64_t>(std::lrint(static_cast<double>(n) * 0.15), 1, n - 1);
    const int64_t spans = std::max<int64_t>(1, std::lrint(static_cast<double>(noise) / 3));
    const std::vector<bool> mask = random_spans_mask(n, kT5, rng);
    ASSERT_EQ(static_cast<int64_t>(mask.size()), n);
    EXPECT_EQ(std::count(mask.begin(), mask.end(), true), noise) << n;
    EXPECT_EQ(runs_of(mask), spans) << n;
    EXPECT_FALSE(mask.front());
    EXPECT_TRUE(mask.back());
  }
  EXPECT_EQ(random_spans_mask(1, kT5, rng), std::vector<bool>{false});
}

TEST(Spans, LengthsOfSpansSpreadAroundTheirMean) {
  // Uniform segmentations of 85 in 28: mean 85 / 28; P(length 1) = C(83, 26) / C(84, 27) = 27 / 84.
  Rng rng(5, "lengths");
  int64_t spans = 0, ones = 0, tokens = 0;
  for (int i = 0; i < 2000; ++i) {
    for (const int64_t length : random_segmentation(85, 28, rng)) ++spans, ones += length == 1, tokens += length;
  }
  EXPECT_EQ(tokens, 85 * 2000);
  EXPECT_NEAR(static_cast<double>(tokens) / static_cast<double>(spans), 3, 0.05);
  expect_share(static_cast<double>(ones), static_cast<double>(spans), 27.0 / 84);
}

// Puts the target's spans in the place of the source's sentinels.
Tokens restored(const Corrupted& c, const RoleIds& r) {
  std::map<int32_t, Tokens> spans;
  int32_t sentinel = -1;
  for (const int32_t id : c.target) {
    if (id >= kSentinel && id < kSentinel + 100) {
      EXPECT_FALSE(spans.count(id)) << "a sentinel twice";
      spans[sentinel = id];
    } else {
      spans[sentinel].push_back(id);
    }
  }
  Tokens text;
  int32_t expected = r.sentinels[0];
  for (const int32_t id : c.source) {
    if (!spans.count(id)) {
      text.push_back(id);
      continue;
    }
    EXPECT_EQ(id, expected++) << "sentinels out of order";
    text.insert(text.end(), spans[id].begin(), spans[id].end());
  }
  return text;
}

TEST(Spans, SourceAndTargetRestoreTheText) {
  const RoleIds r = roles();
  Rng rng(6, "restore");
  for (int64_t n = 1; n < 400; n += 1 + n / 10) {
    Tokens text(static_cast<size_t>(n));
    std::iota(text.begin(), text.end(), kText);
    for (const bool spans : {true, false}) {
      const std::vector<bool> mask = spans ? random_spans_mask(n, kT5, rng) : independent_mask(n, 0.15, rng);
      const Corrupted c = corrupt(text, mask, r.sentinels);
      EXPECT_EQ(restored(c, r), text) << n;
      const auto last_is_sentinel = c.target.back() < kText;
      EXPECT_EQ(last_is_sentinel, !mask.back());
      EXPECT_EQ(static_cast<int64_t>(c.source.size()), n - std::count(mask.begin(), mask.end(), true) + runs_of(mask));
    }
  }
}

TEST(Spans, ThePapersExample) {
  // "Thank you for inviting me to your party last week ." with "for inviting" and "last" hidden.
  const Tokens text = {150, 151, 152, 153, 154, 155, 156, 157, 158, 159, 160};
  std::vector<bool> mask(11);
  mask[2] = mask[3] = mask[8] = true;
  const Corrupted c = corrupt(text, mask, std::vector<int32_t>{20, 21, 22});
  EXPECT_EQ(c.source, (Tokens{150, 151, 20, 154, 155, 156, 157, 21, 159, 160}));
  EXPECT_EQ(c.target, (Tokens{20, 152, 153, 21, 158, 22}));
  const Corrupted scarce = corrupt(text, mask, std::vector<int32_t>{20});
  EXPECT_EQ(scarce.source, (Tokens{150, 151, 20, 154, 155, 156, 157, 158, 159, 160}));
  EXPECT_EQ(scarce.target, (Tokens{20, 152, 153}));
}

}  // namespace
}  // namespace gimbal
