// The sources whose answers need depth or places: every answer follows from its sequence by the stated number of look-ups or factors, and guesses
// cost what is said.
#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "lab/sources/hops.h"
#include "lab/sources/indexed.h"
#include "lab/sources/products.h"

namespace gimbal::lab {
namespace {

TEST(Hops, EachAnswerFollowsFromThePairs) {
  const Hops source({.symbols = 7, .least = 1, .most = 3, .queries = 20});
  const TokenBatch batch = batch_of(*source.examples(3), 5, 10);
  ASSERT_EQ(batch.rows(), 10 * 27);
  for (int64_t s = 0; s < 10; ++s) {
    std::map<int64_t, int64_t> leads_to;
    for (int64_t row = batch.offsets[static_cast<size_t>(s)]; row < batch.offsets[static_cast<size_t>(s) + 1]; ++row) {
      const int64_t id = batch.ids[static_cast<size_t>(row)], target = batch.targets[static_cast<size_t>(row)];
      ASSERT_LT(id, source.vocab());
      if (id < 49) {
        EXPECT_EQ(target, kIgnoredTarget);
        leads_to[id / 7] = id % 7;
        continue;
      }
      ASSERT_EQ(leads_to.size(), 7u);
      int64_t at = (id - 49) % 7;
      for (int64_t hop = 0; hop <= (id - 49) / 7; ++hop) at = leads_to.at(at);
      EXPECT_EQ(target, 7 * (7 + 4) + at);
    }
  }
  EXPECT_EQ(batch.ids, batch_of(*source.examples(3), 5, 10).ids);
  EXPECT_NE(batch.ids, batch_of(*source.examples(4), 5, 10).ids);
}

// Without the pairs an answer is even over the other symbols.
TEST(Hops, AGuessCostsTheEntropyOfTheOthers) {
  const Hops source({.symbols = 5, .least = 2, .most = 2, .queries = 1});
  std::map<int64_t, int64_t> turns;
  const int64_t sequences = 20000;
  const TokenBatch batch = batch_of(*source.examples(1), 0, sequences);
  for (size_t row = 5; row < batch.ids.size(); row += 6) ++turns[(batch.targets[row] - batch.ids[row] + 1000) % 5];
  ASSERT_EQ(turns.size(), 4u);
  double entropy = 0;
  for (const auto& [turn, count] : turns) entropy -= static_cast<double>(count) / sequences * std::log(static_cast<double>(count) / sequences);
  EXPECT_NEAR(entropy, source.guess(), 0.002);
}

TEST(Products, TargetsAreRunningProductsInAGroup) {
  const Products source({.degree = 4, .length = 9});
  ASSERT_EQ(source.vocab(), 24);
  EXPECT_NEAR(source.guess(), std::log(24.0), 1e-12);
  bool commutes = true;
  for (int64_t a = 0; a < 24; ++a) {
    EXPECT_EQ(source.product(0, a), a);
    EXPECT_EQ(source.product(a, 0), a);
    for (int64_t b = 0; b < 24; ++b) {
      commutes = commutes && source.product(a, b) == source.product(b, a);
      EXPECT_EQ(source.product(source.product(a, b), 13), source.product(a, source.product(b, 13)));
    }
  }
  EXPECT_FALSE(commutes);
  const TokenBatch batch = batch_of(*source.examples(2), 0, 6);
  for (size_t s = 0; s < 6; ++s) {
    int64_t product = 0;
    for (size_t t = 0; t < 9; ++t) {
      product = source.product(product, batch.ids[s * 9 + t]);
      EXPECT_EQ(batch.targets[s * 9 + t], product);
    }
  }
}

TEST(Products, OnlyTheLastPlaceCountsWhenAsked) {
  const Products source({.degree = 3, .length = 4, .last_only = true});
  const TokenBatch batch = batch_of(*source.examples(2), 0, 3);
  for (size_t row = 0; row < 12; ++row) EXPECT_EQ(batch.targets[row] == kIgnoredTarget, row % 4 != 3);
}

TEST(Indexed, TheAnswerStandsAtThePlace) {
  const Indexed source({.symbols = 3, .length = 7, .queries = 5});
  const TokenBatch batch = batch_of(*source.examples(2), 0, 20);
  for (size_t s = 0; s < 20; ++s)
    for (size_t t = 0; t < 12; ++t) {
      const size_t row = s * 12 + t;
      ASSERT_LT(batch.ids[row], source.vocab());
      EXPECT_EQ(batch.ids[row] >= 3, t >= 7);
      EXPECT_EQ(batch.targets[row], t < 7 ? kIgnoredTarget : batch.ids[s * 12 + static_cast<size_t>(batch.ids[row] - 3)]);
    }
  EXPECT_LT(source.without_places(), std::log(3.0));
  EXPECT_NEAR(Indexed({.symbols = 2, .length = 1000}).without_places(), std::log(2.0), 0.002);
}

}  // namespace
}  // namespace gimbal::lab
