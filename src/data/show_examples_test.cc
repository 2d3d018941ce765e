// Examples as people read them.
#include "data/show_examples.h"

#include "data/forms/samples_for_tests.h"

namespace gimbal {
namespace {

using namespace samples;

TEST(ShowExamples, TagsAndClassesHaveTheirNames) {
  const std::vector<std::string> names = {"O", "B-PER"};
  TokenBatch tags;
  tags.add({.ids = {kCls, kFirstWord, kSep}, .targets = {kIgnoredTarget, 1, kIgnoredTarget}});
  EXPECT_NE(show(tags, letters(), names).find("says       ·     B-PER ·"), std::string::npos) << show(tags, letters(), names);
  EXPECT_NE(show(tags, letters()).find("[UNK]"), std::string::npos);  // token 1

  TokenBatch classes;
  classes.add({.ids = {kCls, kFirstWord, kSep}, .targets = {kFirstWord, kSep, kIgnoredTarget}});  // its next tokens beside a class
  classes.labels = {1};
  const std::string shown = show(classes, letters(), names);
  EXPECT_NE(shown.find("label      B-PER\n"), std::string::npos) << shown;
  EXPECT_NE(shown.find("says       a     [SEP] ·"), std::string::npos) << shown;
}

TEST(ShowExamples, PairsInBothOrdersHaveALabelRatherThanAChoice) {
  TokenBatch orders;
  for (int i = 0; i < 2; ++i) orders.add({.ids = {kCls, kFirstWord, kSep}});
  orders.choices = 2;
  orders.labels = {1};
  const std::vector<std::string> names = {"no", "yes"};
  EXPECT_NE(show(orders, letters(), names).find("label      yes\n"), std::string::npos);
  EXPECT_NE(show(orders, letters()).find("right      choice 1\n"), std::string::npos);
}

}  // namespace
}  // namespace gimbal
