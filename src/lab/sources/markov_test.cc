// The chain's entropies are those of what it writes.
#include "lab/sources/markov.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <map>

namespace gimbal::lab {
namespace {

// Entropies of pairs and single tokens, counted over many sequences.
TEST(Markov, FloorAndUnigramAreThoseOfTheTokens) {
  const Markov source({.vocab = 8});
  const auto examples = source.examples(3, 64);
  const TokenBatch batch = batch_of(*examples, 0, 2000);
  std::map<std::pair<int, int>, double> pairs;
  std::map<int, double> tokens;
  for (size_t i = 0; i < batch.ids.size(); ++i) pairs[{batch.ids[i], batch.targets[i]}] += 1, tokens[batch.ids[i]] += 1;
  const auto n = static_cast<double>(batch.ids.size());
  double joint = 0, single = 0;
  for (const auto& [pair, count] : pairs) joint -= count / n * std::log(count / n);
  for (const auto& [token, count] : tokens) single -= count / n * std::log(count / n);
  EXPECT_NEAR(single, source.unigram(), 0.01);
  EXPECT_NEAR(joint - single, source.floor(), 0.01);
  EXPECT_LT(source.floor(), source.unigram());
}

TEST(Markov, OrderTwoNeedsBothTokens) {
  const Markov source({.vocab = 6, .order = 2});
  const TokenBatch batch = batch_of(*source.examples(3, 200), 0, 1000);
  std::map<std::array<int, 3>, double> triples;
  std::map<std::array<int, 2>, double> pairs;
  double n = 0;
  for (size_t i = 1; i < batch.ids.size(); ++i) {
    if (batch.targets[i - 1] != batch.ids[i]) continue;  // another sequence begins
    triples[{batch.ids[i - 1], batch.ids[i], batch.targets[i]}] += 1, pairs[{batch.ids[i - 1], batch.ids[i]}] += 1, n += 1;
  }
  double three = 0, two = 0;
  for (const auto& [key, count] : triples) three -= count / n * std::log(count / n);
  for (const auto& [key, count] : pairs) two -= count / n * std::log(count / n);
  EXPECT_NEAR(three - two, source.floor(), 0.01);
}

// What the chain needs for its own text is its entropy; for another chain's text it needs more.
TEST(Markov, NatsOfATextAreTheFloorOnAverage) {
  for (const int64_t order : {1, 2}) {
    const Markov source({.vocab = 6, .order = order}), other({.vocab = 6, .order = order, .chain_seed = 6});
    const TokenBatch batch = batch_of(*source.examples(3, 200), 0, 500);
    EXPECT_NEAR(source.nats(batch), source.floor(), 0.015);
    EXPECT_GT(other.nats(batch), source.nats(batch) + 0.2);
  }
}

TEST(Markov, AnExampleIsAFunctionOfItsNumberAndSeed) {
  const Markov source({});
  const auto a = source.examples(1, 16), b = source.examples(1, 16), c = source.examples(2, 16);
  EXPECT_EQ(batch_of(*a, 7, 1).ids, batch_of(*b, 7, 1).ids);
  EXPECT_NE(batch_of(*a, 7, 1).ids, batch_of(*a, 8, 1).ids);
  EXPECT_NE(batch_of(*a, 7, 1).ids, batch_of(*c, 7, 1).ids);
  EXPECT_EQ(batch_of(*a, 7, 1).ids.size(), 16u);
}

}  // namespace
}  // namespace gimbal::lab
