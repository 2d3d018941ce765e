// The plots: each tells one story from beginning to end, with pieces and choices of its own.
#pragma once

#include "data/world/teller.h"

namespace gimbal::world {

struct Plot {
  std::string_view name;
  void (*tell)(Teller&);
  Tags settings = kAnywhere;
  int weight = 10;
};

std::span<const Plot> plots_of_things();  ///< lost, broken, wanted, hidden things; plots_things.cc
std::span<const Plot> plots_of_people();  ///< quarrels, fears, lessons, friends; plots_people.cc
std::span<const Plot> plots_of_days();    ///< feasts, journeys, gardens, games; plots_days.cc

}  // namespace gimbal::world
