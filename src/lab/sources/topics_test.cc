// Every topic and every length comes up, evenly, and a text is the beginning of its topic's.
#include "lab/sources/topics.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "lab/sources/markov.h"

namespace gimbal::lab {
namespace {

TEST(Topics, DrawsTopicsAndLengthsEvenly) {
  constexpr int64_t kCount = 1200, kLongest = 12, kShortest = 3;
  std::vector<std::shared_ptr<const Examples>> topics;
  for (const uint64_t chain : {11, 12, 13}) topics.push_back(Markov({.vocab = 32, .chain_seed = chain}).examples(5, kLongest));
  const auto texts = texts_of_topics(topics, kShortest, 1);
  std::map<int64_t, int64_t> lengths;
  std::vector<int64_t> drawn(topics.size());
  for (int64_t i = 0; i < kCount; ++i) {
    const TokenBatch text = batch_of(*texts, i, 1);
    ++lengths[text.rows()];
    int64_t fits = 0;
    for (size_t t = 0; t < topics.size(); ++t) {
      const TokenBatch whole = batch_of(*topics[t], i, 1);
      if (!std::equal(text.ids.begin(), text.ids.end(), whole.ids.begin()) ||
          !std::equal(text.targets.begin(), text.targets.end(), whole.targets.begin()))
        continue;
      ++fits, ++drawn[t];
    }
    EXPECT_GE(fits, 1) << "text " << i;
  }
  EXPECT_EQ(lengths.begin()->first, kShortest);
  EXPECT_EQ(lengths.rbegin()->first, kLongest);
  for (const auto& [length, count] : lengths) EXPECT_NEAR(static_cast<double>(count), kCount / 10.0, 45) << length;
  for (const int64_t count : drawn) EXPECT_NEAR(static_cast<double>(count), kCount / 3.0, 80);
}

}  // namespace
}  // namespace gimbal::lab
