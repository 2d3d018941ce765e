// Pieces that plots are composed of: openings, journeys, searches, getting hold of a thing, mending, comfort, endings.
#pragma once

#include "data/world/teller.h"

namespace gimbal::world {

/// Who it is about, where they live, what the day is like; ends with the hero standing at `place`.
void open_story(Teller& t, uint8_t hero, uint8_t place);
/// The hero has this thing; brings it in, with its looks, its history or how dear it is.
void own(Teller& t, uint8_t who, uint8_t item);
/// Brings somebody in where `who` is.
void meet(Teller& t, uint8_t who, uint8_t other);
void greet(Teller& t, uint8_t a, uint8_t b);
/// Goes there, alone or with a companion, plainly or past an obstacle.
void travel(Teller& t, uint8_t who, uint8_t to, uint8_t with = kNobody);
/// Looks in one to three wrong spots of the place, then finds it in `where`.
void search(Teller& t, uint8_t who, uint8_t item, Spot where, int wrong_spots);
/// Gets hold of a thing: asks for it, works for it, trades, finds or picks it. `depth` bounds how far errands nest.
void obtain(Teller& t, uint8_t who, uint8_t item, int depth);
/// Has the broken thing mended, with a tool or by somebody whose trade it is.
void mend(Teller& t, uint8_t who, uint8_t item, int depth);
/// The other asks what is wrong, hears it and comforts. `cause` has been told.
void confide(Teller& t, uint8_t sad, uint8_t other, const Event& cause);
void thank(Teller& t, uint8_t who, uint8_t whom);
/// Does something with the thing that it is for; nothing when it is for nothing.
void use(Teller& t, uint8_t who, uint8_t item);
bool usable(const Teller& t, uint8_t item);
/// Last sentences: feelings, a moral, the way home, sleep.
void close_story(Teller& t, uint8_t hero, uint8_t other = kNobody);

}  // namespace gimbal::world
