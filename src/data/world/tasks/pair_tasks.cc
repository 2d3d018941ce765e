// Two texts: entailment, paraphrase, whether a sentence answers a question, how much two sentences share.
#include <algorithm>

#include "core/error.h"
#include "data/world/tasks/deeds_of_two.h"
#include "data/world/tasks/questions.h"
#include "data/world/tasks/scene.h"
#include "data/world/tasks/world_tasks.h"

namespace gimbal::world {
namespace {

using enum Pred;

enum class Truth : uint8_t { kTrue, kUnknown, kFalse };
constexpr std::string_view kTruths[] = {"entailment", "neutral", "contradiction"};

// Where people are. Of one nobody says where; every hypothesis is about a place that the premise names.
Json whereabouts(Scene& s, Truth truth) {
  const uint8_t a = s.person(), b = s.person(), unplaced = s.person();
  std::vector<uint8_t> sites = {s.place(), s.place(), s.place()};
  std::vector<Event> beginnings = {deed_at(kAt, a, sites[0]), deed_at(kAt, b, sites[1]), deed(kThereWas, unplaced)};
  s.shuffle(beginnings);
  for (const Event& e : beginnings) s.tell(e);
  s.tell(deed_at(kGo, s.chance(50) ? a : b, sites[2]));
  const uint8_t about = truth == Truth::kUnknown ? unplaced : s.chance(50) ? a : b;
  const uint8_t at = s.facts.people[about].at;
  if (truth == Truth::kFalse) std::erase(sites, at);
  const uint8_t said = truth == Truth::kTrue ? at : s.one_of(sites);
  return {{"premise", s.text()}, {"hypothesis", s.worded(deed_at(kAt, about, said))}};
}

// What things look like. Of one nobody says its color.
Json looks(Scene& s, Truth truth) {
  std::vector<uint16_t> colors = Scene::colors();
  s.shuffle(colors);
  std::vector<uint8_t> things = {s.painted_thing(colors[0]), s.painted_thing(colors[1]), s.painted_thing()};
  const uint8_t plain = things[2];
  const uint8_t a = s.person(), b = s.person();
  s.tell(deed_at(kAt, a, s.place()));
  s.tell(deed(kMeet, a, b));
  std::vector<uint8_t> order = things;
  s.shuffle(order);
  for (const uint8_t item : order) s.tell(deed_with(kHas, s.chance(50) ? a : b, item));
  const size_t which = s.pick(2);
  const uint8_t about = truth == Truth::kUnknown ? plain : things[which];
  const uint16_t color = colors[truth == Truth::kFalse ? 1 - which : which];
  return {{"premise", s.text()}, {"hypothesis", s.worded({.pred = kLooks, .t = about, .w = color})}};
}

// One person, of whom either the place or the color of their thing is told.
Json entails(Rng rng) {
  Scene s(rng);
  const auto truth = static_cast<Truth>(s.pick(3));
  const bool told = truth != Truth::kUnknown, about_place = s.chance(50);
  std::vector<uint16_t> colors = Scene::colors();
  s.shuffle(colors);
  const uint8_t who = s.person();
  const bool placed = about_place == told;
  const uint8_t item = s.painted_thing(placed ? kNoWord : colors[0]);
  s.tell(placed ? deed_at(kAt, who, s.place()) : deed(kThereWas, who));
  if (placed) s.tell(deed_at(kGo, who, s.place()));
  s.tell(deed_with(kHas, who, item));
  const uint8_t elsewhere = s.place();
  const Event said = about_place ? deed_at(kAt, who, truth == Truth::kTrue ? s.facts.people[who].at : elsewhere)
                                 : Event{.pred = kLooks, .t = item, .w = truth == Truth::kTrue ? colors[0] : colors[1]};
  return {{"premise", s.text()}, {"hypothesis", s.worded(said)}, {"label", kTruths[static_cast<size_t>(truth)]}};
}

Json entails_of_three(Rng rng) {
  Scene s(rng);
  const auto truth = static_cast<Truth>(s.pick(3));
  Json record = s.chance(50) ? whereabouts(s, truth) : looks(s, truth);
  record["label"] = kTruths[static_cast<size_t>(truth)];
  return record;
}

// The same deed in other words, or a deed that differs in who, to whom, what with, or what is done.
Json paraphrase(Rng rng) {
  Scene s(rng);
  const CastOfTwo cast(s);
  const Event first = cast.deed(s);
  const bool same = s.chance(50);
  const Event second = same ? first : s.chance(40) ? swapped(first) : cast.changed(s, first, 1);
  const std::string text = s.worded(first);
  std::string other = s.worded(second);
  while (other == text) other = s.worded(second);
  return {{"sentence1", text}, {"sentence2", other}, {"label", same ? "equivalent" : "not_equivalent"}};
}

// What is told of one person, and a question about that or about what is not told.
Json answerable(Rng rng) {
  Scene s(rng);
  std::vector<Topic> topics = {Topic::kWhere, Topic::kWhat, Topic::kWeather};
  s.shuffle(topics);
  const Topic untold = topics.back();
  topics.pop_back();
  const uint8_t who = tell_of_one(s, topics);
  const bool answers = s.chance(50);
  return {{"question", ask_of_one(s, who, answers ? s.one_of(topics) : untold).text},
          {"sentence", s.text()},
          {"label", answers ? "entailment" : "not_entailment"}};
}

// Two people, of whom different things are told, and a question about one of them: what is told of that one, or what is told of the other.
Json answerable_of_two(Rng rng) {
  Scene s(rng);
  const uint8_t people[] = {s.person(), s.person()};
  const uint8_t item = s.thing(), site = s.place();
  enum Topic : size_t { kWhere, kWhat, kHow };
  std::vector<Topic> topics = {kWhere, kWhat, kHow};
  s.shuffle(topics);
  const auto tell_of = [&](uint8_t who, Topic topic) {
    constexpr size_t kCommonFeelings = 12;
    return s.worded(topic == kWhere  ? deed_at(kAt, who, site)
                    : topic == kWhat ? deed_with(kHas, who, item)
                                     : deed_word(kFeel, who, static_cast<uint16_t>(s.pick(kCommonFeelings))));
  };
  const std::string told = cat(tell_of(people[0], topics[0]), " ", tell_of(people[1], topics[1]));
  const size_t about = s.pick(2);
  const bool answers = s.chance(50);
  const std::string_view name = s.name(people[about]);
  const std::string questions[] = {cat("Where was ", name, "?"), cat("What did ", name, " have?"), cat("How did ", name, " feel?")};
  return {{"question", questions[topics[answers ? about : 1 - about]]}, {"sentence", told}, {"label", answers ? "entailment" : "not_entailment"}};
}

constexpr size_t kParts = 5;  // of a deed

// Two deeds at two places: of who, to whom, what with, where and what is done, as many agree as the score says.
Json likeness(Rng rng) {
  Scene s(rng);
  const CastOfTwo cast(s);
  const std::vector<uint8_t> sites = {s.place(), s.place()};
  const size_t score = s.pick(kParts + 1);
  const bool same_place = s.pick(kParts) < score;
  const Event first = cast.deed(s), second = cast.changed(s, first, static_cast<int>(kParts - score) - (same_place ? 0 : 1));
  const std::string texts[] = {s.worded(first, sites[0]), s.worded(second, sites[same_place ? 0 : 1])};
  return {{"sentence1", texts[0]}, {"sentence2", texts[1]}, {"score", score}};
}

// The same with the share of the parts that agree, which is a cosine to be had.
Json similarity(Rng rng) {
  Json record = likeness(rng);
  record["score"] = record["score"].get<double>() / kParts;
  return record;
}

constexpr WorldTask kPairTasks[] = {
    {"entails", "mnli", "accuracy", "does the scene entail where its only person is, or what color their thing has", entails},
    {"entails-of-three", "mnli", "accuracy", "the same with three people or things", entails_of_three},
    {"paraphrase", "mrpc", "accuracy", "do two sentences tell the same deed", paraphrase},
    {"answerable", "qnli", "accuracy", "does the scene answer a question about its only person or the weather", answerable},
    {"answerable-of-two", "qnli", "accuracy", "do two sentences answer a question about one of two people", answerable_of_two},
    {"likeness", "stsb", "pearson", "how many of five parts two sentences share", likeness},
    {"similarity", "similarity", "spearman", "the share of five parts that two sentences have in common", similarity},
};

}  // namespace

std::span<const WorldTask> pair_tasks() { return kPairTasks; }

}  // namespace gimbal::world
