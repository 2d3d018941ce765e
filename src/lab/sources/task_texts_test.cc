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

TEST(TaskTexts, HaveSoManyWrongLabelsAndTheSameWheneverARecordIsMet) {
  constexpr int64_t kRecords = 400;
  const auto texts = std::make_shared<const TaskTexts>(std::vector<std::string>{"entails"});
  const auto right = task_examples(texts, {.tasks = {0}, .said = Said::kLabels, .records = kRecords}, 7),
             noisy = task_examples(texts, {.tasks = {0}, .said = Said::kLabels, .records = kRecords, .wrong = 0.35}, 7);
  const auto label = [](const Examples& examples, int64_t number) {
    TokenBatch batch;
    examples.add(number, batch);
    return batch.targets.back();
  };
  int64_t wrong = 0;
  for (int64_t i = 0; i < kRecords; ++i) {
    wrong += label(*noisy, i) != label(*right, i);
    EXPECT_EQ(label(*noisy, i), label(*noisy, i + kRecords));
  }
  EXPECT_NEAR(static_cast<double>(wrong) / kRecords, 0.35, 0.07);
}

}  // namespace
}  // namespace gimbal::lab
