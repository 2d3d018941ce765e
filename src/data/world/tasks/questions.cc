// Asking and answering.
#include "data/world/tasks/questions.h"

#include <algorithm>

#include "core/error.h"

namespace gimbal::world {
namespace {

using enum Pred;

bool part_of_word(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-'; }

// The last event of the scene for which `tells` holds.
template <class Tells>
size_t last_told(const Scene& s, Tells tells) {
  for (size_t i = s.events.size(); i-- > 0;)
    if (tells(s.events[i])) return i;
  GIMBAL_ASSERT(false, "nothing of the scene tells the answer: ", s.text());
}

}  // namespace

uint8_t tell_of_one(Scene& s, std::vector<Topic> topics) {
  const uint8_t who = s.person();
  const bool placed = std::ranges::find(topics, Topic::kWhere) != topics.end();
  s.tell(placed ? deed_at(kAt, who, s.place()) : deed(kThereWas, who));
  s.shuffle(topics);
  for (const Topic topic : topics) switch (topic) {
      case Topic::kWhere:
        for (size_t walks = 1 + s.pick(2); walks > 0; --walks) s.tell(deed_at(kGo, who, s.place()));
        break;
      case Topic::kWhat:
        s.tell(deed_with(kHas, who, s.thing()));
        break;
      case Topic::kWeather:
        s.tell({.pred = kWeather, .w = static_cast<uint16_t>(s.pick(skies().size())), .n = static_cast<uint8_t>(1 + s.pick(3))});
    }
  return who;
}

Question ask_of_one(const Scene& s, uint8_t who, Topic topic) {
  if (topic == Topic::kWhere) return ask_where(s, who);
  const Pred pred = topic == Topic::kWhat ? kHas : kWeather;
  Question q{.text = topic == Topic::kWhat ? cat("What did ", s.name(who), " have?") : "What was the weather like?"};
  for (size_t i = 0; i < s.events.size(); ++i) {
    if (s.events[i].pred != pred) continue;
    q.told_in = i;
    q.answer = topic == Topic::kWhat ? s.noun(s.events[i].t) : skies()[s.events[i].w].text;
    q.sentence = topic == Topic::kWhat ? cat(s.name(who), " had the ", q.answer, ".") : cat("It was ", q.answer, ".");
  }
  return q;
}

std::vector<uint8_t> walk_about(Scene& s, int placed, int unplaced) {
  std::vector<uint8_t> walkers, people;
  std::vector<Event> beginnings;
  for (int i = 0; i < placed; ++i) {
    walkers.push_back(s.person());
    beginnings.push_back(deed_at(kAt, walkers.back(), s.place()));
  }
  people = walkers;
  for (int i = 0; i < unplaced; ++i) {
    people.push_back(s.person());
    beginnings.push_back(deed(kThereWas, people.back()));
  }
  s.shuffle(beginnings);
  for (const Event& e : beginnings) s.tell(e);
  for (size_t moves = 1 + s.pick(2); moves > 0; --moves) s.tell(deed_at(kGo, s.one_of(walkers), s.place()));
  s.shuffle(people);
  return people;
}

std::vector<uint8_t> hand_around(Scene& s) {
  const std::vector<uint8_t> people = {s.person(), s.person(), s.person()}, things = {s.thing(), s.thing()};
  s.tell(deed_at(kAt, people[0], s.place()));
  s.tell(deed(kMeet, people[0], people[1]));
  s.tell(deed(kMeet, people[0], people[2]));
  const std::vector<Pred> deeds = {kGive, kLend, kSnatch};
  for (const uint8_t item : things) s.tell(deed_with(kHas, s.one_of(people), item));
  for (size_t moves = 1 + s.pick(2); moves > 0;) {
    const Event e = deed_with(s.one_of(deeds), s.one_of(people), s.one_of(people), s.one_of(things));
    if (e.a == e.b || !s.fits(e)) continue;
    s.tell(e);
    --moves;
  }
  return things;
}

Question ask_where(const Scene& s, uint8_t who) {
  Question q{.text = cat("Where was ", s.name(who), "?")};
  const uint8_t at = s.facts.people[who].at;
  if (at == kNobody) return q;
  q.answer = s.the_place(at);
  q.told_in = last_told(s, [&](const Event& e) { return e.p == at && (e.a == who || e.a2 == who); });
  q.sentence = cat(s.name(who), " was ", s.at_place(at), ".");
  return q;
}

Question ask_who_has(const Scene& s, uint8_t item) {
  Question q{.text = cat("Who had the ", s.noun(item), "?")};
  const uint8_t holder = s.facts.items[item].holder;
  q.answer = s.name(holder);
  q.told_in = last_told(s, [&](const Event& e) { return e.t == item; });
  q.sentence = cat(q.answer, " had the ", s.noun(item), ".");
  return q;
}

size_t find_word(std::string_view sentence, std::string_view word) {
  for (size_t at = sentence.find(word); at != std::string_view::npos; at = sentence.find(word, at + 1))
    if ((at == 0 || !part_of_word(sentence[at - 1])) && (at + word.size() == sentence.size() || !part_of_word(sentence[at + word.size()]))) return at;
  GIMBAL_ASSERT(false, "\"", word, "\" does not stand in: ", sentence);
}

}  // namespace gimbal::world
