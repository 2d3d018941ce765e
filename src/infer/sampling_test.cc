// Each penalty and filter on rows worked out by hand; the draw by its frequencies.
#include "infer/sampling.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace gimbal {
namespace {

constexpr float kGone = -std::numeric_limits<float>::infinity();
using Row = std::vector<float>;

// Logits of these probabilities.
Row logits_of(std::vector<double> probabilities) {
  Row row;
  for (const double p : probabilities) row.push_back(static_cast<float>(std::log(p) + 3));
  return row;
}

std::vector<int> kept(const Row& row) {
  std::vector<int> ids;
  for (size_t i = 0; i < row.size(); ++i)
    if (row[i] != kGone) ids.push_back(static_cast<int>(i));
  return ids;
}

TEST(Sampling, RepetitionPenaltyShrinksEachTokenOnce) {
  Row row = {2, -2, 0, 4};
  penalize_repetition(row, std::vector<int32_t>{0, 1, 0, 2, 99, -1}, 2);
  EXPECT_EQ(row, (Row{1, -4, 0, 4}));
}

TEST(Sampling, CountPenaltiesCount) {
  Row row = {1, 1, 1};
  penalize_counts(row, std::vector<int32_t>{0, 0, 2}, 0.25, 0.5);
  EXPECT_EQ(row, (Row{0, 1, 0.25f}));
}

TEST(Sampling, BansWhatWouldCompleteAnNgramAgain) {
  Row row(6, 0.0f);
  ban_repeated_ngrams(row, std::vector<int32_t>{1, 2, 3, 1, 2, 4, 1, 2}, 3);
  EXPECT_EQ(kept(row), (std::vector<int>{0, 1, 2, 5}));
  Row unigrams(4, 0.0f);
  ban_repeated_ngrams(unigrams, std::vector<int32_t>{1, 3}, 1);
  EXPECT_EQ(kept(unigrams), (std::vector<int>{0, 2}));
  Row short_context(4, 0.0f);
  ban_repeated_ngrams(short_context, std::vector<int32_t>{1, 1}, 3);
  EXPECT_EQ(kept(short_context).size(), 4u);
}

TEST(Sampling, TopKKeepsTies) {
  Row row = {3, 1, 2, 2, 0};
  keep_top_k(row, 2);
  EXPECT_EQ(kept(row), (std::vector<int>{0, 2, 3}));
  Row all = {1, 2};
  keep_top_k(all, 5);
  keep_top_k(all, 0);
  EXPECT_EQ(all, (Row{1, 2}));
}

TEST(Sampling, TopPKeepsTheFewestThatReachTheMass) {
  const Row row = logits_of({0.1, 0.4, 0.2, 0.3});
  const auto left = [&](double p) {
    Row r = row;
    keep_top_p(r, p);
    return kept(r);
  };
  EXPECT_EQ(left(0.39), (std::vector<int>{1}));
  EXPECT_EQ(left(0.41), (std::vector<int>{1, 3}));
  EXPECT_EQ(left(0.71), (std::vector<int>{1, 2, 3}));
  EXPECT_EQ(left(1), (std::vector<int>{0, 1, 2, 3}));
  EXPECT_EQ(left(0), (std::vector<int>{1}));
}

// More tokens than the ranking looks at in one piece, in an order that hides the likeliest.
TEST(Sampling, TopPOverManyTokens) {
  Row row(5000);
  for (size_t i = 0; i < row.size(); ++i) row[i] = static_cast<float>((i * 7919) % row.size()) * 0.001f;
  const double lse = log_sum_exp(row);
  for (const double p : {0.05, 0.5, 0.9, 0.999}) {
    Row filtered = row;
    keep_top_p(filtered, p);
    double mass = 0, least = std::numeric_limits<double>::infinity(), most_removed = -least;
    for (size_t i = 0; i < row.size(); ++i) {
      if (filtered[i] == kGone) {
        most_removed = std::max(most_removed, static_cast<double>(row[i]));
      } else {
        mass += std::exp(row[i] - lse);
        least = std::min(least, static_cast<double>(row[i]));
      }
    }
    EXPECT_GT(least, most_removed);
    EXPECT_GE(mass, p - 1e-6);
    EXPECT_LT(mass - std::exp(least - lse), p + 1e-6);
  }
}

TEST(Sampling, MinPIsRelativeToTheLikeliest) {
  Row row = logits_of({0.5, 0.24, 0.26});
  keep_min_p(row, 0.5);
  EXPECT_EQ(kept(row), (std::vector<int>{0, 2}));
}

TEST(Sampling, DrawsWithTheirProbabilities) {
  const Row row = logits_of({0.2, 0.5, 0.3});
  EXPECT_EQ(draw(row, 0), 0);
  EXPECT_EQ(draw(row, 0.19), 0);
  EXPECT_EQ(draw(row, 0.21), 1);
  EXPECT_EQ(draw(row, 0.71), 2);
  EXPECT_EQ(draw(row, std::nextafter(1.0, 0.0)), 2);
  std::vector<int> counts(3);
  for (int64_t t = 0; t < 20000; ++t) ++counts[static_cast<size_t>(draw(row, sampling_number(5, 2, t)))];
  EXPECT_NEAR(counts[0], 4000, 250);
  EXPECT_NEAR(counts[1], 10000, 250);
}

TEST(Sampling, NumbersDifferBySeedSampleAndPosition) {
  const double x = sampling_number(1, 2, 3);
  EXPECT_EQ(x, sampling_number(1, 2, 3));
  EXPECT_NE(x, sampling_number(2, 2, 3));
  EXPECT_NE(x, sampling_number(1, 3, 3));
  EXPECT_NE(x, sampling_number(1, 2, 4));
}

TEST(Sampling, ChoosesInOrder) {
  SamplingOptions o;
  o.temperature = 0;
  Row row = {1, 5, 5, 2};
  EXPECT_EQ(choose(o, row, 0.99), 1);  // the first of equals
  // Top-p works on what top-k left: of {0.5, 0.3} the first holds 0.625.
  o = {};
  o.top_k = 2;
  o.top_p = 0.6;
  row = logits_of({0.2, 0.5, 0.3});
  EXPECT_EQ(choose(o, row, 0.999), 1);
  // A low temperature sharpens before top-p cuts.
  o = {};
  o.temperature = 0.1;
  o.top_p = 0.9;
  row = logits_of({0.2, 0.5, 0.3});
  EXPECT_EQ(choose(o, row, 0.999), 1);
}

TEST(Sampling, LogProbabilities) {
  const Row row = logits_of({0.2, 0.5, 0.3});
  const std::vector<TokenLogProb> top = top_log_probs(row, 2);
  ASSERT_EQ(top.size(), 2u);
  EXPECT_EQ(top[0].id, 1);
  EXPECT_NEAR(top[0].log_prob, std::log(0.5), 1e-6);
  EXPECT_EQ(top[1].id, 2);
  EXPECT_EQ(top_log_probs(row, 10).size(), 3u);
}

TEST(Sampling, RefusesValuesOutOfRange) {
  const auto refused = [](auto set) {
    SamplingOptions o;
    set(o);
    EXPECT_THROW(check(o), Error);
  };
  refused([](auto& o) { o.temperature = -1; });
  refused([](auto& o) { o.temperature = std::nan(""); });
  refused([](auto& o) { o.top_k = -1; });
  refused([](auto& o) { o.top_p = 0; });
  refused([](auto& o) { o.top_p = 1.5; });
  refused([](auto& o) { o.min_p = 2; });
  refused([](auto& o) { o.repetition_penalty = 0; });
  refused([](auto& o) { o.no_repeat_ngram = -2; });
  EXPECT_NO_THROW(check(SamplingOptions{}));
}

}  // namespace
}  // namespace gimbal
