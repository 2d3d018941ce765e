// Deeds between two people with a thing: the sentences whose likeness can be counted part by part.
#pragma once

#include "data/world/tasks/scene.h"

namespace gimbal::world {

/// The people and things that such deeds are made of.
class CastOfTwo {
 public:
  explicit CastOfTwo(Scene& s);
  Event deed(Scene& s) const;
  /// The deed with `parts` (0 to 4) of doer, other person, thing and predicate replaced.
  Event changed(Scene& s, Event event, int parts) const;

 private:
  std::vector<uint8_t> people_, things_;
};

/// The other does it to the doer.
Event swapped(Event event);

}  // namespace gimbal::world
