// Reading a task's texts back, by the checker alone: what the tests hold the labels against.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "core/error.h"
#include "data/world/checker.h"
#include "data/world/tasks/world_tasks.h"
#include "data/world/teller.h"

namespace gimbal::world {

inline std::vector<Json> examples(std::string_view name, size_t count) {
  const WorldTask& task = world_task_named(name);
  const Rng stream(7, "examples");
  std::vector<Json> made;
  for (uint64_t i = 0; made.size() < count; ++i) {
    try {
      made.push_back(task.make(stream.child(i)));
    } catch (const Stuck&) {
      continue;
    }
  }
  return made;
}

/// What a text tells, every sentence of which the checker accepts.
inline Facts facts_of(std::string_view text) {
  Checker checker;
  for (const Checked& s : checker.check(text)) EXPECT_EQ(s.verdict, Verdict::kAccepted) << s.reason << ": " << s.sentence << "\nin: " << text;
  return checker.facts();
}

inline bool accepted(std::string_view text) {
  Checker checker;
  const auto sentences = checker.check(text);
  return !sentences.empty() && std::ranges::all_of(sentences, [](const Checked& s) { return s.verdict == Verdict::kAccepted; });
}

inline uint8_t person_called(const Facts& facts, std::string_view name) {
  for (uint8_t i = 0; i < facts.people_count; ++i)
    if (names()[facts.people[i].name].text == name) return i;
  ADD_FAILURE() << "nobody is called " << name;
  return 0;
}

inline uint8_t item_called(const Facts& facts, std::string_view noun) {
  for (uint8_t i = 0; i < facts.item_count; ++i)
    if (facts.thing(i).name == noun) return i;
  ADD_FAILURE() << "there is no " << noun;
  return 0;
}

inline std::string place_of(const Facts& facts, uint8_t who) {
  const uint8_t at = facts.people[who].at;
  return at >= kMaxSites ? "" : std::string(places()[facts.sites[at].noun].name);
}

inline std::string name_of(const Facts& facts, uint8_t who) { return who == kNobody ? "" : std::string(names()[facts.people[who].name].text); }

/// The word between two pieces of text: the name in "Where was Mia?".
inline std::string between(std::string_view text, std::string_view before, std::string_view after) {
  const size_t begin = text.rfind(before) + before.size();
  return std::string(text.substr(begin, text.find(after, begin) - begin));
}

inline bool has_word(std::string_view text, std::string_view word) {
  const auto letter = [](char c) { return std::isalpha(static_cast<unsigned char>(c)) || c == '-'; };
  for (size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1))
    if ((at == 0 || !letter(text[at - 1])) && (at + word.size() >= text.size() || !letter(text[at + word.size()]))) return true;
  return false;
}

/// The longest word of a table that stands in the text; empty when none does.
template <class Table, class TextOf>
std::string longest_in(std::string_view text, const Table& table, TextOf text_of) {
  std::string found;
  for (const auto& entry : table)
    if (text_of(entry).size() > found.size() && has_word(text, text_of(entry))) found = text_of(entry);
  return found;
}
inline std::string thing_in(std::string_view text) {
  return longest_in(text, things(), [](const Thing& t) { return t.name; });
}
inline std::string place_in(std::string_view text) {
  return longest_in(text, places(), [](const Place& p) { return p.name; });
}
inline std::vector<Name> names_in(std::string_view text) {
  std::vector<Name> found;
  for (const Name& name : names())
    if (has_word(text, name.text)) found.push_back(name);
  return found;
}

/// What a lone sentence says of whom, read after every beginning that may have led to it.
struct Told {
  Facts facts;
  Event event;
};

inline std::optional<Told> told_by(const std::string& sentence) {
  const std::vector<Name> people = names_in(sentence);
  const std::string thing = thing_in(sentence), place = place_in(sentence);
  const auto stand = [&](std::string_view where) {
    std::string text;
    if (where.empty()) return text;
    constexpr std::string_view kAt[] = {"at", "in", "on", "by"};
    for (const Name& name : people) text += cat(name.text, " was ", kAt[static_cast<int>(places()[place_named(where)].at)], " the ", where, ". ");
    return text;
  };
  std::string everybody;
  for (const Name& name : people) everybody += cat("There was a ", name.gender == Gender::kShe ? "girl" : "boy", " named ", name.text, ". ");
  std::vector<std::string> havings = {""};
  for (const Name& name : people) {
    const std::string has = cat(name.text, " had ", article(thing), " ", thing, ". ");
    havings.push_back(has);
    havings.push_back(cat(has, name.text, " lost the ", thing, ". "));
  }
  if (thing.empty()) havings.resize(1);
  for (const std::string& where : {std::string(), place, std::string("kitchen")})
    for (const std::string& having : havings) {
      Checker checker;
      const std::string text = everybody + stand(where) + having + sentence;
      const auto read = checker.check(text);
      if (std::ranges::all_of(read, [](const Checked& s) { return s.verdict == Verdict::kAccepted; }))
        return Told{checker.facts(), checker.facts().log.back()};
    }
  return std::nullopt;
}

/// A deed by what it is made of, to compare the deeds of two sentences.
inline std::vector<std::string> parts_of(const std::string& sentence) {
  const auto told = told_by(sentence);
  EXPECT_TRUE(told.has_value()) << sentence;
  if (!told) return std::vector<std::string>(5);
  const auto& [facts, e] = *told;
  return {cat(static_cast<int>(e.pred)), name_of(facts, e.a), name_of(facts, e.b), e.t == kNobody ? "" : std::string(facts.thing(e.t).name),
          place_in(sentence)};
}

}  // namespace gimbal::world
