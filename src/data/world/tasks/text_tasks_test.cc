// One text, one class: the labels are what the checker reads in the texts.
#include "data/world/tasks/reading_for_tests.h"

namespace gimbal::world {
namespace {

constexpr size_t kExamples = 300;

// The strongest feeling that the last event with a feeling for anybody but the bystander gives cause for.
TEST(TextTasks, TheLastFateCounts) {
  for (const Json& r : examples("feeling", kExamples)) {
    const std::string text = r.at("text");
    const Facts facts = facts_of(text);
    const size_t last = facts.log.size() - 1;
    const auto caused = [&](Mood m) {
      return std::ranges::any_of(facts.causes, [&](const Cause& c) { return c.who == 0 && c.event == last && c.mood == static_cast<uint8_t>(m); });
    };
    const std::string_view strongest = caused(Mood::kAngry)    ? "angry"
                                       : caused(Mood::kAfraid) ? "afraid"
                                       : caused(Mood::kGuilty) ? "guilty"
                                       : caused(Mood::kSad)    ? "sad"
                                       : caused(Mood::kJoy)    ? "glad"
                                                               : "";
    EXPECT_EQ(r.at("label"), strongest) << text;
  }
}

TEST(TextTasks, FeelingsComeOfWhatBefell) {
  for (const Json& r : examples("feeling-of-two", kExamples)) {
    const std::string text = r.at("text"), name = between(text, "How did ", " feel?");
    const Facts facts = facts_of(text.substr(0, text.rfind(" How did ")));
    const Tags moods = facts.moods_of(person_called(facts, name));
    const auto has = [&](Mood m) { return (moods & mood(m)) != 0; };
    const std::string_view strongest = has(Mood::kAngry)    ? "angry"
                                       : has(Mood::kAfraid) ? "afraid"
                                       : has(Mood::kGuilty) ? "guilty"
                                       : has(Mood::kSad)    ? "sad"
                                       : has(Mood::kJoy)    ? "glad"
                                                            : "";
    EXPECT_EQ(r.at("label"), strongest) << text;
  }
}

TEST(TextTasks, PlacesAreWherePeopleEndUp) {
  for (const std::string_view task : {"place", "place-of-two"}) {
    size_t moved = 0;
    for (const Json& r : examples(task, kExamples)) {
      const std::string text = r.at("text"), name = between(text, "Where was ", "?");
      const std::string told = text.substr(0, text.rfind(" Where was "));
      const Facts facts = facts_of(told);
      EXPECT_EQ(r.at("label"), place_of(facts, person_called(facts, name))) << text;
      moved += facts.people[person_called(facts, name)].been != 1u << facts.people[person_called(facts, name)].at;
    }
    EXPECT_GT(moved, kExamples / 2);
  }
}

TEST(TextTasks, OnlyEnglishIsAcceptable) {
  for (const Json& r : examples("acceptable", kExamples)) {
    const std::string text = r.at("sentence");
    if (r.at("label") == "acceptable") {
      EXPECT_TRUE(accepted(text)) << text;
    } else {
      Checker checker;
      const auto read = checker.check(text);
      EXPECT_TRUE(std::ranges::any_of(read, [](const Checked& s) { return s.verdict == Verdict::kUnparsed; })) << text;
    }
  }
}

}  // namespace
}  // namespace gimbal::world
