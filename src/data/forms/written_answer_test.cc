// Written answers in their contexts.
#include "data/forms/written_answer.h"

#include <gtest/gtest.h>

namespace gimbal {
namespace {

std::string found(std::string_view answer, std::string_view context) {
  const std::optional<Answer> answered = written_answer(answer, context);
  if (!answered) return "nothing";
  EXPECT_EQ(answered->text, context.substr(answered->begin, answered->end - answered->begin));
  return answered->text;
}

TEST(WrittenAnswer, IsFoundToTheLetter) {
  EXPECT_EQ(found("Mia", "Then Mia ran."), "Mia");
  EXPECT_EQ(found(" 東京 ", "日本の首都は東京です。"), "東京");
  const std::optional<Answer> word = written_answer("he", "The end, then he ran; he fell.");
  ASSERT_TRUE(word);
  EXPECT_EQ(word->begin, 14u);  // not within "The" or "then"
}

TEST(WrittenAnswer, IsFoundAsSquadCompares) {
  EXPECT_EQ(found("the red kite", "Mia had (a Red Kite)."), "Red Kite");
  EXPECT_EQ(found("U.S. president", "The US President spoke."), "US President");
  EXPECT_EQ(found("the old mill", "At \u201Cn\u00E9e\u201D an old, the  Mill!"), "old, the  Mill");
  EXPECT_EQ(found("new york", "New Yorker. New,\nYork"), "New,\nYork");
}

TEST(WrittenAnswer, MayNotBeThere) {
  EXPECT_EQ(found("", "Mia ran."), "nothing");
  EXPECT_EQ(found("the", "Mia ran."), "nothing");
  EXPECT_EQ(found("Ben", "Mia ran."), "nothing");
  EXPECT_EQ(found("Mia ran far", "Mia ran"), "nothing");
  EXPECT_EQ(found("Mia", ""), "nothing");
}

}  // namespace
}  // namespace gimbal
