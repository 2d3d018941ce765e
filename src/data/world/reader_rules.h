// Rules that the writer of a sentence and its reader share: the order of its events, and who is spoken to when nobody says so.
#pragma once

#include "data/world/facts.h"
#include "data/world/grammar.h"

namespace gimbal::world {

/// Whoever spoke last to this speaker; else whom the speaker last spoke to; kNobody when there was no talk.
uint8_t default_hearer(const Facts& facts, uint8_t speaker);

/// Applies a sentence: its moment, its place, then its events in the order that the shape implies. nullptr when all agree.
const char* apply_sentence(Facts& facts, Shape shape, const Event* events, int count, uint16_t moment, uint8_t place);

}  // namespace gimbal::world
