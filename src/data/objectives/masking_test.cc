// Masking: the shares of BERT over a million tokens, exact counts, whole words, and special tokens left alone.
#include "data/objectives/masking.h"

#include "data/objectives/samples_for_tests.h"

namespace gimbal {
namespace {

using namespace samples;

// `n` text tokens with a special one after every ninth.
Sequence text_of(int n) {
  Sequence s;
  for (int i = 0; i < n; ++i) {
    s.ids.push_back(kText + i * 7 % (kVocab - kText));
    if (i % 9 == 8) s.ids.push_back(i % 2 == 0 ? kSep : kEos);
  }
  return s;
}

TEST(Masking, SharesOverAMillionTokens) {
  const RoleIds r = roles();
  const Sequence original = text_of(1000);
  int64_t chosen = 0, masked = 0, kept = 0, replaced = 0;
  std::vector<int> drawn(kVocab);
  for (uint64_t i = 0; i < 1000; ++i) {
    Sequence s = original;
    mask_tokens(s, {0.15, Choice::kTokens}, r, Rng(i, "masking"));
    for (size_t row = 0; row < s.ids.size(); ++row) {
      if (s.targets[row] == kIgnoredTarget) {
        ASSERT_EQ(s.ids[row], original.ids[row]);
        continue;
      }
      ASSERT_EQ(s.targets[row], original.ids[row]);
      ASSERT_FALSE(r.is_special(original.ids[row]));
      ++chosen;
      masked += s.ids[row] == kMask;
      kept += s.ids[row] == original.ids[row];
      if (s.ids[row] == kMask || s.ids[row] == original.ids[row]) continue;
      ASSERT_FALSE(r.is_special(s.ids[row]));
      ++replaced;
      ++drawn[static_cast<size_t>(s.ids[row])];
    }
  }
  EXPECT_EQ(chosen, 150 * 1000);                                              // round(0.15 * 1000) of each
  const auto n = static_cast<double>(chosen), same = 0.1 / (kVocab - kText);  // a random token may be the right one
  expect_share(static_cast<double>(masked), n, 0.8);
  expect_share(static_cast<double>(kept), n, 0.1 + same);
  expect_share(static_cast<double>(replaced), n, 0.1 - same);
  for (int32_t first = kText; first < kVocab; first += 50) {
    const auto begin = drawn.begin() + first;
    expect_share(std::accumulate(begin, begin + 50, 0.0), static_cast<double>(replaced), 50.0 / (kVocab - kText));
  }
}

TEST(Masking, EveryPlaceHasTheSameChance) {
  const RoleIds r = roles();
  std::vector<int> counts(40);
  for (uint64_t i = 0; i < 20000; ++i) {
    Sequence s;
    for (int32_t k = 0; k < 40; ++k) s.ids.push_back(kText + k);
    mask_tokens(s, {0.15, Choice::kTokens}, r, Rng(i, "places"));
    for (size_t row = 0; row < 40; ++row) counts[row] += s.targets[row] >= 0;
  }
  for (const int count : counts) expect_share(count, 20000, 0.15);
}

TEST(Masking, CountIsRoundedAndAtLeastOne) {
  const RoleIds r = roles();
  for (const auto& [n, expected] :
       std::vector<std::pair<int, int>>{{1, 1}, {2, 1}, {3, 1}, {9, 1}, {10, 2}, {11, 2}, {17, 3}, {100, 15}, {509, 76}}) {
    Sequence s;
    for (int i = 0; i < n; ++i) s.ids.push_back(kText + i);
    mask_tokens(s, {0.15, Choice::kTokens}, r, Rng(5, "count"));
    EXPECT_EQ(std::count_if(s.targets.begin(), s.targets.end(), [](int32_t t) { return t >= 0; }), expected) << n;
  }
  Sequence special;
  special.ids = {kCls, kEos, kSep};
  mask_tokens(special, {0.15, Choice::kTokens}, r, Rng(5, "count"));
  EXPECT_EQ(special.ids, (Tokens{kCls, kEos, kSep}));
  EXPECT_EQ(special.targets, Tokens(3, kIgnoredTarget));
}

TEST(Masking, WholeWordsAreChosenWhole) {
  const RoleIds r = roles();
  int64_t chosen = 0, tokens = 0;
  for (uint64_t i = 0; i < 500; ++i) {
    Sequence s;
    Rng words(i, "words");
    for (int k = 0; k < 200; ++k) {
      const auto stem = static_cast<int32_t>(words.below(600)) * 3 + kText + 1;  // 150 is a multiple of 3: stems are not
      s.ids.push_back(stem);
      for (uint64_t piece = words.below(4); piece > 0; --piece) s.ids.push_back(kText + static_cast<int32_t>(words.below(600)) * 3);
      if (k % 20 == 19) s.ids.push_back(kSep);
    }
    const Tokens original = s.ids;
    mask_tokens(s, {0.15, Choice::kWords}, r, Rng(i, "masking"));
    for (size_t row = 0; row < original.size(); ++row) {
      tokens += !r.is_special(original[row]);
      chosen += s.targets[row] >= 0;
      if (row > 0 && r.continues_word(original[row - 1], original[row])) {
        ASSERT_EQ(s.targets[row] >= 0, s.targets[row - 1] >= 0);
      }
    }
  }
  EXPECT_NEAR(static_cast<double>(chosen) / static_cast<double>(tokens), 0.15, 0.002);
}

TEST(Masking, AWordThatIsLongerThanTheShareIsStillAsked) {
  Sequence s;
  s.ids = {kText + 1, kText + 3, kText + 6, kText + 9};
  mask_tokens(s, {0.15, Choice::kWords}, roles(), Rng(1, "word"));
  EXPECT_EQ(s.targets, (Tokens{kText + 1, kText + 3, kText + 6, kText + 9}));
}

}  // namespace
}  // namespace gimbal
