// Casting and telling of scenes.
#include "data/world/tasks/scene.h"

#include <algorithm>

#include "core/error.h"
#include "data/world/realize.h"

namespace gimbal::world {
namespace {

constexpr std::string_view kTownPlaces[] = {"kitchen", "bedroom", "garden", "attic", "library", "market", "park", "bakery"};
constexpr std::string_view kColors[] = {"red", "blue", "green", "yellow", "brown", "purple", "pink", "white"};

// Things of one kind that can be carried, the most frequent first.
std::vector<uint16_t> light_things(Tags any) {
  std::vector<uint16_t> found;
  for (uint16_t i = 0; i < things().size() && found.size() < Scene::kThings; ++i)
    if ((things()[i].tags & any) && !(things()[i].tags & (kHeavy | kPlural | kMass))) found.push_back(i);
  return found;
}

}  // namespace

Scene::Scene(Rng rng) : rng_(rng) { facts.settings = kTown; }

uint8_t Scene::person() {
  Person p;
  p.gender = chance(50) ? Gender::kHe : Gender::kShe;
  const auto choices = names_by_frequency(Beings::kPeople, p.gender).first(kNames);
  std::vector<uint16_t> free;
  for (const uint16_t name : choices) {
    bool clash = false;
    for (int i = 0; i < facts.people_count; ++i) clash |= names()[facts.people[i].name].text[0] == names()[name].text[0];
    if (!clash) free.push_back(name);
  }
  if (free.empty()) throw Stuck{"name"};
  p.name = one_of(free);
  return facts.add_person(p);
}

uint8_t Scene::new_thing(Tags any, uint16_t color) {
  std::vector<uint16_t> free = light_things(any);
  std::erase_if(free, [&](uint16_t noun) {
    for (int i = 0; i < facts.item_count; ++i)
      if (facts.items[i].noun == noun) return true;
    return false;
  });
  if (free.empty()) throw Stuck{"thing"};
  Item item;
  item.noun = one_of(free);
  if (color != kNoWord) item.adjectives[static_cast<size_t>(Family::kColor)] = static_cast<uint8_t>(color);
  return facts.add_item(item);
}

uint8_t Scene::thing() { return new_thing(kToy | kBook | kMusic, kNoWord); }
uint8_t Scene::painted_thing(uint16_t color) { return new_thing(kPainted, color); }

uint8_t Scene::place() {
  std::vector<std::string_view> free;
  for (const std::string_view name : kTownPlaces) {
    bool known = false;
    for (int i = 0; i < facts.site_count; ++i) known |= places()[facts.sites[i].noun].name == name;
    if (!known) free.push_back(name);
  }
  if (free.empty()) throw Stuck{"place"};
  return place_called(one_of(free));
}

uint8_t Scene::place_called(std::string_view name) {
  const uint16_t noun = place_named(name);
  GIMBAL_ASSERT(noun != kNoWord, "no place is called ", name);
  return facts.site(noun);
}

Spot Scene::spot(uint8_t site) {
  std::vector<Spot> found;
  for (uint8_t piece = 0; piece < furniture().size(); ++piece)
    for (uint8_t side = 0; side < kSideLetters.size(); ++side)
      if (facts.furnished(site, {side, piece})) found.push_back({side, piece});
  if (found.empty()) throw Stuck{"furniture"};
  return one_of(found);
}

std::vector<uint16_t> Scene::colors() {
  std::vector<uint16_t> found;
  for (uint16_t i = 0; i < adjectives().size(); ++i)
    if (std::ranges::find(kColors, adjectives()[i].text) != std::end(kColors) && adjectives()[i].family == Family::kColor) found.push_back(i);
  return found;
}

// With nobody mentioned before and nothing owned, the realizer has names and "the" to choose from only.
std::string Scene::write(Facts& shown, const Event& event, uint8_t place) {
  for (Item& item : shown.items) item.owner = kNobody;
  Discourse nothing_said;
  Realizer realizer(shown, nothing_said, rng_);
  Message message;
  message.events[0] = event;
  message.place = place;
  std::string out;
  const bool written = realizer.write(message, out);
  GIMBAL_ASSERT(written, "no sentence says predicate ", static_cast<int>(event.pred));
  return out;
}

void Scene::tell(const Event& event) {
  Facts shown = facts;
  sentences.push_back(write(shown, event, kNobody));
  events.push_back(event);
  for (size_t i = 0; i < facts.people.size(); ++i) facts.people[i].introduced = shown.people[i].introduced;
  for (size_t i = 0; i < facts.items.size(); ++i) facts.items[i].introduced = shown.items[i].introduced;
  const char* wrong = facts.apply(event);
  GIMBAL_ASSERT(!wrong, "the scene contradicts itself (", wrong, "): ", text());
}

bool Scene::fits(const Event& event) const {
  Facts trial = facts;
  return trial.apply(event) == nullptr;
}

std::string Scene::worded(const Event& event, uint8_t place) {
  Facts shown = facts;
  for (int i = 0; i < shown.people_count; ++i) shown.people[i].introduced = true;
  if (event.pred != Pred::kHas)  // which brings things in
    for (int i = 0; i < shown.item_count; ++i) shown.items[i].introduced = true;
  if (event.pred == Pred::kLooks) shown.items[event.t].adjectives.fill(kNobody);  // no "the red kite was red"
  return write(shown, event, place);
}

std::string Scene::text() const { return joined(sentences, " "); }

std::string_view Scene::name(uint8_t who) const { return names()[facts.people[who].name].text; }

std::string Scene::the_place(uint8_t site) const { return cat("the ", places()[facts.sites[site].noun].name); }

std::string Scene::at_place(uint8_t site) const {
  constexpr std::string_view kAt[] = {"at", "in", "on", "by"};
  return cat(kAt[static_cast<int>(places()[facts.sites[site].noun].at)], " ", the_place(site));
}

}  // namespace gimbal::world
