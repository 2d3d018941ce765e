// A tag for each word: people, places, things, and the furniture that things lie on or under.
#include <algorithm>

#include "core/error.h"
#include "data/world/tasks/scene.h"
#include "data/world/tasks/world_tasks.h"

namespace gimbal::world {
namespace {

using enum Pred;

// Words, with stops, commas and 's apart.
std::vector<std::string> tokens_of(std::string_view text) {
  std::vector<std::string> tokens(1);
  for (const char c : text) {
    if (c == ' ' || c == '.' || c == ',' || c == '\'') tokens.emplace_back();
    if (c != ' ') tokens.back() += c;
  }
  std::erase(tokens, "");
  return tokens;
}

struct Mention {
  std::vector<std::string> words;
  std::string_view type;
};

// Everything that the scene names.
std::vector<Mention> mentions_of(const Scene& s) {
  std::vector<Mention> all;
  for (uint8_t i = 0; i < s.facts.people_count; ++i) all.push_back({{std::string(s.name(i))}, "PER"});
  for (uint8_t i = 0; i < s.facts.site_count; ++i) all.push_back({tokens_of(places()[s.facts.sites[i].noun].name), "PLACE"});
  for (uint8_t i = 0; i < s.facts.item_count; ++i) {
    all.push_back({tokens_of(s.noun(i)), "THING"});
    if (const uint8_t color = s.facts.items[i].adjectives[static_cast<size_t>(Family::kColor)]; color != kNobody)
      all.push_back({tokens_of(cat(adjectives()[color].text, " ", s.noun(i))), "THING"});
  }
  for (const Event& e : s.events)
    if (e.s) all.push_back({tokens_of(furniture()[e.s.furniture].name), "SPOT"});
  return all;
}

Json tagging(Rng rng) {
  Scene s(rng);
  const std::vector<uint8_t> people = {s.person(), s.person()}, sites = {s.place(), s.place()};
  const std::vector<uint8_t> things = {s.painted_thing(s.one_of(Scene::colors())), s.painted_thing()};
  s.tell(deed_at(kAt, people[0], sites[0]));
  s.tell(deed(kMeet, people[0], people[1]));
  const uint8_t who = people[s.pick(2)], item = s.one_of(things);
  s.tell(deed_with(kHas, who, item));
  switch (s.pick(4)) {
    case 0:
      s.tell(deed_spot(s.chance(50) ? kHide : kPut, who, item, s.spot(sites[0])));
      break;
    case 1:
      s.tell(deed_with(kGive, who, who == people[0] ? people[1] : people[0], item));
      break;
    case 2:
      s.tell(deed_spot(kFind, who, item == things[0] ? things[1] : things[0], s.spot(sites[0])));
      break;
    default:
      s.tell(deed_at(kGo, who, sites[1]));
  }
  const std::vector<std::string> tokens = tokens_of(s.text());
  std::vector<std::string> tags(tokens.size(), "O");
  const std::vector<Mention> mentions = mentions_of(s);
  for (size_t at = 0; at < tokens.size();) {
    const Mention* found = nullptr;
    for (const Mention& m : mentions)
      if (m.words.size() <= tokens.size() - at && std::equal(m.words.begin(), m.words.end(), tokens.begin() + static_cast<std::ptrdiff_t>(at))) {
        if (found && found->words == m.words && found->type != m.type) throw Stuck{"two meanings"};
        if (!found || m.words.size() > found->words.size()) found = &m;
      }
    const size_t length = found ? found->words.size() : 1;
    if (found)
      for (size_t i = 0; i < length; ++i) tags[at + i] = cat(i == 0 ? "B-" : "I-", found->type);
    at += length;
  }
  return {{"tokens", tokens}, {"tags", tags}};
}

constexpr WorldTask kWordTasks[] = {
    {"tagging", "tokens", "entity-f1", "people, places, things and furniture among the words", tagging},
};

}  // namespace

std::span<const WorldTask> word_tasks() { return kWordTasks; }

}  // namespace gimbal::world
