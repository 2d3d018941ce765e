// Texts are whole, and the same whenever they are made.
#include "lab/sources/task_texts.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace gimbal::lab {
namespace {

TEST(TaskTexts, AreTheSameWheneverTheyAreMadeAndHaveNoUnknownWords) {
  const std::vector<std::string> tasks = {"place", "place-of-two", "entails", "likeness"};
  const TaskTexts first(tasks);
  const std::vector<std::string> clutter(1000, std::string(100, 'x'));  // other memory than before
  const TaskTexts second(tasks);
  EXPECT_EQ(first.vocab(), second.vocab());
  EXPECT_LT(first.vocab(), 400) << "words that no scene has";
  int64_t unknown = 0, words = 0;
  for (size_t t = 0; t < tasks.size(); ++t) {
    for (int64_t i = 0; i < 100; ++i) {
      const TaskTexts::Text a = first.text(t, 7, i), b = second.text(t, 7, i);
      EXPECT_EQ(a.ids, b.ids);
      EXPECT_EQ(a.label, b.label);
      unknown += std::count(a.ids.begin(), a.ids.end(), 0);
      words += std::ssize(a.ids);
    }
  }
  EXPECT_LT(unknown, words / 100);
}

TEST(TaskTexts, TeachTheLabelsAloneAndMeetTheirRecordsAgain) {
  constexpr int64_t kRecords = 5;
  const auto texts = std::make_shared<const TaskTexts>(std::vector<std::string>{"entails", "place"});
  const auto examples = task_examples(texts, {.tasks = {1, 0}, .records = kRecords}, 7);
  for (int64_t i = 0; i < 4 * kRecords; ++i) {
    TokenBatch batch;
    examples->add(i, batch);
    const TaskTexts::Text text = texts->text(i % 2 == 0 ? 1 : 0, 7, i / 2 % kRecords);
    EXPECT_EQ(batch.ids, text.ids);
    EXPECT_EQ(batch.targets.back(), text.label);
    EXPECT_EQ(std::count(batch.targets.begin(), batch.targets.end(), kIgnoredTarget), std::ssize(text.ids) - 1);
  }
}

}  // namespace
}  // namespace gimbal::lab
