// The behaviors of Split, on the example of their definition.
#include "text/splitting.h"

#include <gtest/gtest.h>

namespace gimbal::text {
namespace {

using Strings = std::vector<std::string>;

Strings split(std::string_view text, std::string_view literal, MatchBehavior behavior, MatchRole role = MatchRole::kMatches) {
  TextRun run(AlignedText(text, {0, static_cast<uint32_t>(text.size())}, Tracking::kOff));
  split_words(run, WordPattern::from_literal(literal), behavior, role);
  Strings words;
  for (const Span word : run.words) words.emplace_back(cut(text, word));
  return words;
}

constexpr std::string_view kText = "the-final--countdown";

TEST(Splitting, FiveBehaviors) {
  EXPECT_EQ(split(kText, "-", MatchBehavior::kRemoved), (Strings{"the", "final", "countdown"}));
  EXPECT_EQ(split(kText, "-", MatchBehavior::kIsolated), (Strings{"the", "-", "final", "-", "-", "countdown"}));
  EXPECT_EQ(split(kText, "-", MatchBehavior::kMergedWithPrevious), (Strings{"the-", "final-", "-", "countdown"}));
  EXPECT_EQ(split(kText, "-", MatchBehavior::kMergedWithNext), (Strings{"the", "-final", "-", "-countdown"}));
  EXPECT_EQ(split(kText, "-", MatchBehavior::kContiguous), (Strings{"the", "-", "final", "--", "countdown"}));
}

TEST(Splitting, EdgesAndAbsence) {
  EXPECT_EQ(split("-a-", "-", MatchBehavior::kMergedWithPrevious), (Strings{"-", "a-"}));
  EXPECT_EQ(split("-a-", "-", MatchBehavior::kMergedWithNext), (Strings{"-a", "-"}));
  EXPECT_EQ(split("abc", "-", MatchBehavior::kRemoved), (Strings{"abc"}));
  EXPECT_EQ(split("--", "-", MatchBehavior::kRemoved), Strings{});
}

TEST(Splitting, InvertedGapsAreTheMatches) {
  EXPECT_EQ(split(kText, "-", MatchBehavior::kRemoved, MatchRole::kGaps), (Strings{"-", "-", "-"}));
  EXPECT_EQ(split(kText, "-", MatchBehavior::kMergedWithNext, MatchRole::kGaps), (Strings{"the-", "final-", "-", "countdown"}));
}

TEST(Splitting, CutsEachWordOnItsOwn) {
  const std::string_view text = "a-b-c";
  TextRun run(AlignedText(text, {0, 5}, Tracking::kOff));
  run.words = {{0, 3}, {4, 5}};
  split_words(run, WordPattern::from_literal("-"), MatchBehavior::kIsolated, MatchRole::kMatches);
  EXPECT_EQ(run.words, (std::vector<Span>{{0, 1}, {1, 2}, {2, 3}, {4, 5}}));
}

}  // namespace
}  // namespace gimbal::text
