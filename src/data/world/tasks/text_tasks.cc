// One text, one class: what somebody feels, where somebody is, whether the text is English.
#include <algorithm>

#include "core/error.h"
#include "data/world/checker.h"
#include "data/world/tasks/scene.h"
#include "data/world/tasks/world_tasks.h"

namespace gimbal::world {
namespace {

using enum Pred;

// What befalls somebody, by what it makes them feel. `other` stands by and has a thing of its own.
enum Fate : uint8_t { kGlad, kSad, kAngry, kAfraid, kGuilty, kFates };
constexpr std::string_view kFeelings[] = {"glad", "sad", "angry", "afraid", "guilty"};

void befall(Scene& s, uint8_t who, uint8_t own, uint8_t other, uint8_t others, Fate fate) {
  const bool breaks = s.facts.thing(own).harm != Break::kSound;
  switch (fate) {
    case kGlad:
      if (s.chance(50)) s.tell(deed_with(kLose, who, own));
      return s.tell(deed_with(kFind, who, s.facts.items[own].where == Where::kLost ? own : s.thing()));
    case kSad:
      return s.tell(breaks && s.chance(50) ? Event{.pred = kBreak, .t = own} : deed_with(kLose, who, own));
    case kAngry:
      return s.tell(deed_with(kSnatch, other, who, own));
    case kAfraid:
      return s.tell({.pred = kStuck, .a = who, .s = s.spot(s.facts.people[who].at)});
    case kGuilty:
      return s.tell(deed_with(kBreak, who, others));
    case kFates:
      break;
  }
}

// One person meets with two different fates, of which the last counts.
Json feeling(Rng rng) {
  Scene s(rng);
  const uint8_t who = s.person(), other = s.person();
  s.tell(deed_at(kAt, who, s.place()));
  s.tell(deed(kMeet, who, other));
  const uint8_t things[] = {s.thing(), s.thing(), s.thing()};
  if (s.facts.thing(things[2]).harm == Break::kSound) throw Stuck{"thing that breaks"};
  s.tell(deed_with(kHas, who, things[0]));
  s.tell(deed_with(kHas, who, things[1]));
  s.tell(deed_with(kHas, other, things[2]));
  const auto last = static_cast<Fate>(s.pick(kFates)), first = static_cast<Fate>((last + 1 + s.pick(kFates - 1)) % kFates);
  befall(s, who, things[0], other, things[2], first);
  befall(s, who, things[1], other, things[2], last);
  return {{"text", s.text()}, {"label", kFeelings[last]}};
}

// Two people meet with two different fates and a third one is there; whose feeling is asked for cannot be told from the words of either fate.
Json feeling_of_two(Rng rng) {
  Scene s(rng);
  const uint8_t a = s.person(), b = s.person(), other = s.person(), here = s.place();
  s.tell(deed_at(kAt, a, here));
  s.tell(deed(kMeet, a, b));
  s.tell(deed(kMeet, a, other));
  const uint8_t things[] = {s.thing(), s.thing(), s.thing()};
  if (s.facts.thing(things[2]).harm == Break::kSound) throw Stuck{"thing that breaks"};
  s.tell(deed_with(kHas, a, things[0]));
  s.tell(deed_with(kHas, b, things[1]));
  s.tell(deed_with(kHas, other, things[2]));
  const auto asked_fate = static_cast<Fate>(s.pick(kFates)), second = static_cast<Fate>((asked_fate + 1 + s.pick(kFates - 1)) % kFates);
  const bool ask_first = s.chance(50), first_goes_first = s.chance(50);
  const Fate fates[] = {ask_first ? asked_fate : second, ask_first ? second : asked_fate};
  for (const int turn : {0, 1}) {
    const bool first = (turn == 0) == first_goes_first;
    befall(s, first ? a : b, things[first ? 0 : 1], other, things[2], fates[first ? 0 : 1]);
  }
  const uint8_t asked = ask_first ? a : b;
  return {{"text", cat(s.text(), " How did ", s.name(asked), " feel?")}, {"label", kFeelings[asked_fate]}};
}

constexpr std::string_view kRooms[] = {"kitchen", "bedroom", "garden", "library", "market", "park"};

// `count` people walk about; where one of them ends up.
Json walked(Scene s, size_t count) {
  std::vector<uint8_t> people;
  while (people.size() < count) people.push_back(s.person());
  std::vector<uint8_t> rooms;
  for (const std::string_view room : kRooms) rooms.push_back(s.place_called(room));
  for (const uint8_t who : people) s.tell(deed_at(kAt, who, s.one_of(rooms)));
  for (size_t moves = 2 + s.pick(2); moves > 0;) {
    const Event move = deed_at(kGo, s.one_of(people), s.one_of(rooms));
    if (!s.fits(move)) continue;
    s.tell(move);
    --moves;
  }
  const uint8_t asked = s.one_of(people);
  const uint8_t at = s.facts.people[asked].at;
  return {{"text", cat(s.text(), " Where was ", s.name(asked), "?")}, {"label", places()[s.facts.sites[at].noun].name}};
}

Json place(Rng rng) { return walked(Scene(rng), 1); }
Json place_of_two(Rng rng) { return walked(Scene(rng), 2); }

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const size_t end = std::min(text.find(' '), text.size());
    words.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

// Two neighboring words change places, a word is left out, or a verb disagrees with its subject. Capitals and stops stay where they are.
std::string changed(Scene& s) {
  std::vector<std::string> words = words_of(s.text());
  const size_t at = 1 + s.pick(words.size() - 2);
  const auto plain = [&](size_t i) { return i < words.size() && words[i][0] >= 'a' && words[i].back() != '.'; };
  const auto number = std::ranges::find_if(words, [](const std::string& w) { return w == "was" || w == "were"; });
  if (number != words.end() && s.chance(40))
    *number = *number == "was" ? "were" : "was";
  else if (plain(at) && plain(at + 1) && s.chance(60))
    std::swap(words[at], words[at + 1]);
  else if (plain(at))
    words.erase(words.begin() + static_cast<std::ptrdiff_t>(at));
  return joined(words, " ");
}

bool is_english(Checker& checker, std::string_view text) {
  return std::ranges::none_of(checker.check(text), [](const Checked& sentence) { return sentence.verdict == Verdict::kUnparsed; });
}

// Changed until it is no English any more: "Mia quickly ran" and "Mia ran quickly" both are.
std::string spoiled(Scene& s) {
  thread_local Checker checker;
  for (;;) {
    std::string text = changed(s);
    if (!is_english(checker, text)) return text;
  }
}

Json acceptable(Rng rng) {
  Scene s(rng);
  const uint8_t a = s.person(), b = s.person(), item = s.thing();
  const std::vector<uint8_t> sites = {s.place(), s.place()};
  s.tell(deed_at(kAt, a, sites[0]));
  if (s.chance(50)) {
    s.tell(deed(kMeet, a, b));
    s.tell(s.chance(50) ? both(deed_at(kAt, a, sites[0]), b) : both(deed_at(kGo, a, sites[1]), b));
  } else {
    s.tell(deed_with(kHas, a, item));
    s.tell(s.chance(50) ? deed_at(kAt, a, sites[0]) : deed_with(kLose, a, item));
  }
  const bool good = s.chance(50);
  return {{"sentence", good ? s.text() : spoiled(s)}, {"label", good ? "acceptable" : "unacceptable"}};
}

constexpr WorldTask kTextTasks[] = {
    {"feeling", "feeling", "accuracy", "what somebody feels after the last of two things that befell them", feeling},
    {"feeling-of-two", "feeling", "accuracy", "what one of two people feels, after what befell each", feeling_of_two},
    {"place", "place", "accuracy", "in which of six places a walker ends up", place},
    {"place-of-two", "place", "accuracy", "in which of six places one of two walkers ends up", place_of_two},
    {"acceptable", "cola", "mcc", "is the text English: words swapped, left out, or a verb that disagrees", acceptable},
};

}  // namespace

std::span<const WorldTask> text_tasks() { return kTextTasks; }

}  // namespace gimbal::world
