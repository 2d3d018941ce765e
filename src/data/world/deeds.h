// The pieces of Facts::do_deed. Each takes an event of its kind, changes the facts and answers nullptr, or says what is wrong.
#pragma once

#include "data/world/facts.h"

namespace gimbal::world {

/// One person and a thing. Two people only where the deed takes two: mending, pulling, moving, looking for.
const char* handle(Facts& facts, const Event& event);
/// Cooking and building: the parts go, the new thing comes.
const char* make(Facts& facts, const Event& event);
/// Things that pass between two people.
const char* exchange(Facts& facts, const Event& event);

inline uint8_t bit(uint8_t who) { return static_cast<uint8_t>(1u << who); }

/// The debtor has something to thank the helper for.
inline void oblige(Facts& facts, uint8_t debtor, uint8_t helper) {
  if (debtor != kNobody && debtor != helper) facts.people[debtor].owes |= bit(helper);
}

}  // namespace gimbal::world
