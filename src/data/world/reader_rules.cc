// How a sentence's events follow one another.
#include "data/world/reader_rules.h"

namespace gimbal::world {

uint8_t default_hearer(const Facts& facts, uint8_t speaker) {
  const uint8_t who = facts.last_speaker != speaker ? facts.last_speaker : facts.last_hearer;
  return who != kNobody && facts.together(who, speaker) ? who : kNobody;
}

const char* apply_sentence(Facts& facts, Shape shape, const Event* events, int count, uint16_t moment, uint8_t place) {
  if (moment != kNoWord)
    if (const char* wrong = facts.apply({.pred = Pred::kTime, .w = moment})) return wrong;
  if (place != kNobody) {
    if (events[0].a == kNobody) {
      if (facts.scene != kNobody && facts.scene != place) return "the story is elsewhere";
      facts.scene = place;
    } else if (const char* wrong = facts.apply({.pred = Pred::kAt, .a = events[0].a, .a2 = events[0].a2, .p = place})) {
      return wrong;
    }
  }
  if (shape == Shape::kBecause) return facts.apply_because(events[0], events[1]);
  if (shape == Shape::kWho)
    if (const char* wrong = facts.apply(events[1])) return wrong;
  for (int i = 0; i < count; ++i) {
    if (shape == Shape::kWho && i == 1) continue;
    if (const char* wrong = facts.apply(events[i])) return wrong;
  }
  return nullptr;
}

}  // namespace gimbal::world
