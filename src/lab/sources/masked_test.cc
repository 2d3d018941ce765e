// Hidden tokens are the targets and nothing else is; the rest of the text stays.
#include "lab/sources/masked.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "lab/sources/markov.h"

namespace gimbal::lab {
namespace {

TEST(Masked, HidesWhatItAsksFor) {
  const auto text = Markov({.vocab = 8}).examples(3, 20);
  const TokenBatch plain = batch_of(*text, 4, 200), hidden = batch_of(*masked(text, 8, 0.15, 1), 4, 200);
  ASSERT_EQ(hidden.ids.size(), plain.ids.size());
  EXPECT_EQ(hidden.offsets, plain.offsets);
  int64_t asked = 0;
  for (size_t i = 0; i < plain.ids.size(); ++i) {
    const bool is_hidden = hidden.ids[i] == 8;
    EXPECT_EQ(hidden.targets[i], is_hidden ? plain.ids[i] : kIgnoredTarget);
    EXPECT_EQ(hidden.ids[i], is_hidden ? 8 : plain.ids[i]);
    asked += is_hidden;
  }
  EXPECT_NEAR(static_cast<double>(asked) / static_cast<double>(plain.ids.size()), 0.15 + 0.85 / 20, 0.02);
  for (int64_t i = 0; i < 50; ++i) {  // at least one a sequence, even when almost none is drawn
    const TokenBatch one = batch_of(*masked(text, 8, 0, 2), i, 1);
    EXPECT_EQ(std::count(one.ids.begin(), one.ids.end(), 8), 1);
  }
}

}  // namespace
}  // namespace gimbal::lab
