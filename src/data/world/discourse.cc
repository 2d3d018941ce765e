// The rule of pronouns.
#include "data/world/discourse.h"

namespace gimbal::world {

Referent Discourse::resolve(const Facts& facts, Gender gender, uint8_t except, uint8_t except2) const {
  Referent found;
  int candidates = 0;
  const auto offer = [&](Referent r) {
    found = r;
    ++candidates;
  };
  if (gender != Gender::kThey)
    for (uint8_t i = 0; i < facts.people_count; ++i)
      if (facts.people[i].introduced && facts.people[i].gender == gender && person_seen[i] >= sentence - 1 && i != except && i != except2)
        offer({Referent::kPerson, i});
  if (gender == Gender::kThey && pair_seen >= sentence - 1) offer({Referent::kPair, 0});
  if (gender == Gender::kIt || gender == Gender::kThey)
    for (uint8_t i = 0; i < facts.item_count; ++i)
      if (facts.items[i].introduced && item_seen[i] >= sentence - 1 && gender_of(facts.thing(i)) == gender) offer({Referent::kItem, i});
  return candidates == 1 ? found : Referent{};
}

}  // namespace gimbal::world
