// Casting: people, things and places that fit a plot, common ones more often than rare ones.
#include "core/error.h"
#include "data/world/teller.h"

namespace gimbal::world {
namespace {

bool taken(const Facts& facts, const Species& species) {
  for (int i = 0; i < facts.people_count; ++i)
    if (facts.people[i].species != kNoWord && gimbal::world::species()[facts.people[i].species].name == species.name) return true;
  return false;
}

// Names of a gender, the languages of the world mixed, so that the common names are not all from one.
std::vector<uint16_t> mixed_names(std::span<const Name> table, Gender gender) {
  std::vector<uint16_t> all, mixed;
  for (size_t i = 0; i < table.size(); ++i)
    if (table[i].gender == gender) all.push_back(static_cast<uint16_t>(i));
  constexpr size_t kStride = 61;
  for (size_t start = 0; start < kStride; ++start)
    for (size_t i = start; i < all.size(); i += kStride) mixed.push_back(all[i]);
  return mixed;
}

Gender one_gender(Teller& t, int allowed) {
  return allowed == 1 ? Gender::kHe : allowed == 2 ? Gender::kShe : t.chance(50) ? Gender::kHe : Gender::kShe;
}

}  // namespace

std::span<const uint16_t> names_by_frequency(Beings beings, Gender gender) {
  static const std::vector<uint16_t> kMixed[] = {mixed_names(names(), Gender::kHe), mixed_names(names(), Gender::kShe),
                                                 mixed_names(animal_names(), Gender::kHe), mixed_names(animal_names(), Gender::kShe)};
  return kMixed[(beings == Beings::kPeople ? 0 : 2) + (gender == Gender::kShe)];
}

// Nobody in a story shares a first letter with somebody else: readers mix such names up.
uint16_t Teller::name_for(const Person& person) {
  const auto choices = names_by_frequency(person.species == kNoWord ? Beings::kPeople : Beings::kAnimals, person.gender);
  const auto first_letter = [](const Person& p, uint16_t name) { return (p.species == kNoWord ? names() : animal_names())[name].text[0]; };
  for (int tries = 0; tries < 60; ++tries) {
    const uint16_t name = choices[common(choices.size())];
    bool clash = false;
    for (int i = 0; i < facts.people_count; ++i)
      if (const Person& other = facts.people[i]; other.name != kNoWord) clash |= first_letter(other, other.name) == first_letter(person, name);
    if (!clash) return name;
  }
  throw Stuck{"name"};
}

uint8_t Teller::newcomer(Person person) {
  if (person.gender != Gender::kIt) person.name = name_for(person);
  const uint8_t who = facts.add_person(person);
  if (who == kNobody) throw Stuck{"people"};
  return who;
}

uint8_t Teller::child() {
  Person p;
  p.gender = one_gender(*this, 3);
  if (animals())
    p.species = choose(
        species(), [&](const Species& s) { return (s.settings & kWoods) && (s.gifts & kHero) && !taken(facts, s); }, "animal");
  if (chance(70)) p.traits[0] = static_cast<uint8_t>(common(traits().size()));
  return newcomer(p);
}

uint8_t Teller::kin_of(uint8_t who, std::string_view word) {
  Person p;
  p.kin_of = who;
  const auto fits = [&](const Phrase& k) {
    if (word.empty() ? k.text == "friend" || k.text == "neighbor" : k.text != word) return false;
    for (int i = 0; i < facts.people_count; ++i)
      if (facts.people[i].kin_of == who && facts.people[i].kin != kNobody && kin()[facts.people[i].kin].text == k.text) return false;
    return true;
  };
  p.kin = static_cast<uint8_t>(choose(kin(), fits, "kin"));
  p.grown = kin()[p.kin].more != 0;
  p.gender = one_gender(*this, static_cast<int>(kin()[p.kin].tags));
  p.species = facts.people[who].species;
  return newcomer(p);
}

uint8_t Teller::friend_of(uint8_t who) { return animals() || chance(35) ? child() : kin_of(who, "friend"); }

uint8_t Teller::worker(uint8_t site) {
  if (animals()) return child();
  const Tags tags = facts.place_tags(site);
  Person p;
  const auto fits = [&](const Job& j) {
    for (int i = 0; i < facts.people_count; ++i)
      if (facts.people[i].job != kNoWord && jobs()[facts.people[i].job].name == j.name) return false;
    return (j.places & ~kAnywhere & tags) != 0 && ((j.places & kAnywhere) == 0 || (j.places & setting) != 0);
  };
  p.job = choose(jobs(), fits, "job");
  p.grown = true;
  p.gender = one_gender(*this, jobs()[p.job].gender);
  return newcomer(p);
}

uint8_t Teller::mender(Cure cure) {
  Person p;
  p.job = choose(
      jobs(), [&](const Job& j) { return j.mends && j.cure == cure && ((j.places & kAnywhere) == 0 || (j.places & setting)); }, "mender");
  p.grown = true;
  p.gender = one_gender(*this, jobs()[p.job].gender);
  return newcomer(p);
}

uint8_t Teller::grown_up(uint8_t site) {
  try {
    return worker(site);
  } catch (const Stuck&) {
    return child();
  }
}

uint8_t Teller::animal(Tags gifts, Tags without) {
  Person p;
  p.species = choose(
      species(),
      [&](const Species& s) { return (s.settings & setting) && (gifts == 0 || (s.gifts & gifts)) && !(s.gifts & without) && !taken(facts, s); },
      "animal");
  return newcomer(p);
}

uint8_t Teller::pet_of(uint8_t who) {
  Person p;
  p.kin_of = who;
  p.gender = one_gender(*this, 3);
  p.species = choose(
      species(), [&](const Species& s) { return (s.settings & setting) && (s.gifts & kPet) && !(s.gifts & kBig) && !taken(facts, s); }, "pet");
  return newcomer(p);
}

uint8_t Teller::dress(uint16_t noun, bool plain) {
  Item item;
  item.noun = noun;
  const Tags tags = things()[noun].tags;
  int wanted = plain ? 0 : chance(25) ? 0 : chance(70) ? 1 : 2;
  for (int tries = 0; wanted > 0 && tries < 12; ++tries) {
    const auto i = common(adjectives().size());
    const Adjective& a = adjectives()[i];
    uint8_t& place = item.adjectives[static_cast<size_t>(a.family)];
    if (!(a.things & tags) || place != kNobody || things()[noun].name.find(a.text) != std::string_view::npos) continue;
    place = static_cast<uint8_t>(i);
    --wanted;
  }
  const uint8_t index = facts.add_item(item);
  if (index == kNobody) throw Stuck{"things"};
  return index;
}

uint8_t Teller::thing_where(const std::function<bool(const Thing&)>& fits, bool plain) {
  return dress(choose(
                   things(),
                   [&](const Thing& t) {
                     if (!fits(t) || (animals() && !(t.tags & kWild))) return false;
                     for (int i = 0; i < facts.item_count; ++i)
                       if (facts.thing(static_cast<uint8_t>(i)).name == t.name) return false;
                     return true;
                   },
                   "thing"),
               plain);
}

uint8_t Teller::thing(Tags any, Tags none, bool plain) {
  return thing_where([&](const Thing& t) { return (t.tags & any) && !(t.tags & none); }, plain);
}

uint8_t Teller::thing_called(std::string_view name) {
  const uint16_t noun = thing_named(name);
  GIMBAL_ASSERT(noun != kNoWord, "no thing is called ", name);
  for (uint8_t i = 0; i < facts.item_count; ++i)
    if (facts.items[i].noun == noun) return i;
  return dress(noun, true);
}

uint8_t Teller::site(Tags any, Tags none) {
  const uint16_t noun = choose(
      places(),
      [&](const Place& p) {
        if (!(p.tags & setting) || !(p.tags & any & ~kAnywhere) || (p.tags & none) || p.to == To::kHome) return false;
        for (int i = 0; i < facts.site_count; ++i)
          if (places()[facts.sites[i].noun].name == p.name) return false;
        return true;
      },
      "place");
  const uint8_t index = facts.site(noun);
  if (index == kNobody) throw Stuck{"places"};
  return index;
}

Spot Teller::spot(uint8_t site) {
  const uint16_t piece = choose(
      furniture(),
      [&](const Furniture& f) {
        for (uint8_t side = 0; side < kSideLetters.size(); ++side)
          if (facts.furnished(site, {side, static_cast<uint8_t>(&f - furniture().data())})) return true;
        return false;
      },
      "furniture");
  const std::string_view where = furniture()[piece].where;
  return {static_cast<uint8_t>(kSideLetters.find(where[pick(where.size())])), static_cast<uint8_t>(piece)};
}

}  // namespace gimbal::world
