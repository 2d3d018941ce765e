// What small models read of the story world: scenes that its checker accepts word for word, and runs whose labels follow from their demonstrations
// alone.
#include "lab/sources/demonstrations.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "data/world/checker.h"
#include "lab/sources/scene_texts.h"
#include "lab/sources/world_words.h"

namespace gimbal::lab {
namespace {

TEST(SceneTexts, AreKnownWordForWordAndHoldTogether) {
  const WorldWords& words = WorldWords::get();
  world::Checker checker;
  for (const SceneKind kind : kSceneKinds)
    for (uint64_t i = 0; i < 20; ++i) {
      const std::string text = scene_text(kind, Rng(3, "scenes").child(i));
      EXPECT_EQ(text, scene_text(kind, Rng(3, "scenes").child(i)));
      const std::vector<int32_t> ids = words.ids(text);
      EXPECT_EQ(std::ranges::count(ids, WorldWords::kUnknown), 0) << text;
      const std::string read = words.text(ids);
      for (const world::Checked& s : checker.check(read)) EXPECT_EQ(s.verdict, world::Verdict::kAccepted) << s.sentence << " in: " << read;
    }
}

TEST(SceneTexts, AQuestionsAnswerIsOneOfItsChoices) {
  for (uint64_t i = 0; i < 40; ++i) {
    const AskedScene asked = asked_scene(Rng(4, "asked").child(i));
    EXPECT_EQ(std::ranges::count(asked.choices, asked.answer), 1) << asked.text << " " << asked.question << " " << asked.answer;
    EXPECT_GE(asked.choices.size(), 3u);
  }
}

TEST(Demonstrations, ALabelStandsForOneClassInItsRunAndForOthersElsewhere) {
  std::map<std::string, std::set<std::string>> over_all;
  for (const Topic topic : {Topic::kWhere, Topic::kWhat})
    for (uint64_t r = 0; r < 12; ++r) {
      const auto run = draw_run(topic, 40, Rng(5, "runs").child(r));
      EXPECT_EQ(std::set<std::string>(run.labels.begin(), run.labels.end()).size(), static_cast<size_t>(kClassesOfRun));
      std::map<std::string, std::set<std::string>> classes;  // the sentence behind its second word, by label
      for (const Record& record : run.records) {
        const std::string& text = record.texts.at(0);
        classes[record.label].insert(text.substr(text.find(' ')));
      }
      EXPECT_EQ(classes.size(), static_cast<size_t>(kClassesOfRun));
      for (const auto& [label, of_label] : classes) {
        EXPECT_EQ(of_label.size(), 1u) << label;
        over_all[label].insert(*of_label.begin());
      }
    }
  for (const auto& [label, classes] : over_all) EXPECT_GT(classes.size(), 3u) << label;
}

TEST(Demonstrations, OfARunTheLabelsAloneCount) {
  const TokenBatch runs = batch_of(*world_text({.tokens = 60, .runs = 1}, 7), 0, 5),
                   scenes = batch_of(*world_text({.tokens = 60, .runs = 0}, 7), 0, 5);
  std::set<int32_t> labels;
  for (const std::string_view word : label_words()) labels.insert(WorldWords::get().ids(word).at(0));
  ASSERT_EQ(labels.size(), label_words().size());
  for (size_t row = 0; row < runs.targets.size(); ++row) {
    const bool last = std::ranges::find(runs.offsets, static_cast<int64_t>(row) + 1) != runs.offsets.end();
    if (last) continue;
    EXPECT_EQ(runs.targets[row], labels.contains(runs.ids[row + 1]) ? runs.ids[row + 1] : kIgnoredTarget);
  }
  EXPECT_EQ(std::ranges::count(scenes.targets, kIgnoredTarget), 0);
  EXPECT_EQ(runs.ids, batch_of(*world_text({.tokens = 60, .runs = 1}, 7), 0, 5).ids);
  EXPECT_NE(runs.ids, batch_of(*world_text({.tokens = 60, .runs = 1}, 8), 0, 5).ids);
}

}  // namespace
}  // namespace gimbal::lab
