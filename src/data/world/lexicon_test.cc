// The tables hold together: one word, one meaning; whatever breaks can be mended; whatever blocks can be passed.
#include "data/world/lexicon.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "data/world/verbs.h"

namespace gimbal::world {
namespace {

TEST(Lexicon, NamesAreUniqueAndCapitalized) {
  std::set<std::string_view> seen;
  for (const auto table : {names(), animal_names()})
    for (const Name& n : table) {
      EXPECT_TRUE(seen.insert(n.text).second) << n.text;
      EXPECT_TRUE(n.text[0] >= 'A' && n.text[0] <= 'Z') << n.text;
      EXPECT_FALSE(n.text.ends_with('s') && n.text.ends_with("'s")) << n.text;
    }
  EXPECT_GE(names().size(), 200u);
}

TEST(Lexicon, IsLarge) {
  EXPECT_GE(things().size(), 150u);
  EXPECT_GE(places().size(), 60u);
  EXPECT_GE(species().size(), 60u);
  EXPECT_GE(jobs().size(), 40u);
  EXPECT_GE(feelings().size(), 80u);
}

template <class Table, class Text>
void expect_unique(const Table& table, Text text) {
  std::set<std::string_view> seen;
  for (const auto& entry : table) EXPECT_TRUE(seen.insert(text(entry)).second) << text(entry);
}

TEST(Lexicon, NoWordStandsTwiceInItsList) {
  const auto noun = [](const auto& x) { return x.name; };
  const auto text = [](const auto& x) { return x.text; };
  expect_unique(things(), noun);
  expect_unique(places(), noun);
  expect_unique(furniture(), noun);
  expect_unique(species(), noun);
  expect_unique(jobs(), noun);
  expect_unique(adjectives(), text);
  expect_unique(adverbs(), text);
  expect_unique(feelings(), text);
  expect_unique(traits(), text);
  expect_unique(scenes(), text);
  expect_unique(moments(), text);
  expect_unique(morals(), text);
}

// A word in both lists would give a sentence two readings: "she saw a bat".
TEST(Lexicon, ListsThatShareASlotAreDisjoint) {
  std::set<std::string_view> animals, moods;
  for (const auto& s : species()) animals.insert(s.name);
  for (const auto& t : things()) EXPECT_FALSE(animals.contains(t.name)) << t.name;
  for (const auto& f : feelings()) moods.insert(f.text);
  for (const auto& t : traits()) EXPECT_FALSE(moods.contains(t.text)) << t.text;
}

TEST(Lexicon, EveryUseHarmCureAndObstacleHasItsWords) {
  for (const auto& t : things()) {
    const auto listed = [](auto table, auto value) {
      for (const auto& d : table)
        if (d.tags == static_cast<Tags>(value)) return true;
      return false;
    };
    EXPECT_TRUE(t.use == Use::kIdle || listed(uses(), t.use)) << t.name;
    EXPECT_TRUE(t.harm == Break::kSound || listed(harms(), t.harm)) << t.name;
    EXPECT_TRUE(listed(cures(), cure_for(t.harm))) << t.name;
  }
  for (int c = 0; c <= static_cast<int>(Cure::kOil); ++c)
    for (const auto tool : cure_tools(static_cast<Cure>(c))) EXPECT_NE(thing_named(tool), kNoWord) << tool;
  for (const auto& o : obstacles()) EXPECT_NE(o.more & ((1u << ways_past().size()) - 1), 0u) << o.text;
}

TEST(Lexicon, EverySettingHasPlacesOfMostKinds) {
  for (int s = 0; s < 8; ++s) {
    int inside = 0, outside = 0;
    for (const auto& p : places())
      if (p.tags & (1u << s)) (p.tags & kIndoors ? inside : outside)++;
    EXPECT_GE(inside, 3) << s;
    EXPECT_GE(outside, 5) << s;
  }
}

TEST(Lexicon, Articles) {
  EXPECT_EQ(article("apple"), "an");
  EXPECT_EQ(article("kite"), "a");
  EXPECT_EQ(article("umbrella"), "an");
  EXPECT_EQ(article("ukulele"), "a");
  EXPECT_EQ(article("hourglass"), "an");
  EXPECT_EQ(article("honest"), "an");
  EXPECT_EQ(article("horn"), "a");
}

TEST(Verbs, Inflection) {
  const auto forms = [](std::string_view base) {
    return inflect(base, Form::kPast) + " " + inflect(base, Form::kIng) + " " + inflect(base, Form::kPart);
  };
  EXPECT_EQ(forms("go"), "went going gone");
  EXPECT_EQ(forms("carry"), "carried carrying carried");
  EXPECT_EQ(forms("clap"), "clapped clapping clapped");
  EXPECT_EQ(forms("swap"), "swapped swapping swapped");
  EXPECT_EQ(forms("lie"), "lay lying lain");
  EXPECT_EQ(forms("dance"), "danced dancing danced");
  EXPECT_EQ(forms("begin"), "began beginning begun");
  EXPECT_EQ(forms("look"), "looked looking looked");
  EXPECT_EQ(forms("listen"), "listened listening listened");
  EXPECT_EQ(forms("fix"), "fixed fixing fixed");
  EXPECT_EQ(forms("tie"), "tied tying tied");
  EXPECT_EQ(forms("agree"), "agreed agreeing agreed");
  EXPECT_EQ(plural("berry"), "berries");
  EXPECT_EQ(plural("apple"), "apples");
}

}  // namespace
}  // namespace gimbal::world
