// Drawing and changing such deeds.
#include "data/world/tasks/deeds_of_two.h"

#include <algorithm>

namespace gimbal::world {
namespace {

const std::vector<Pred> kDeeds = {Pred::kGive, Pred::kLend, Pred::kShow, Pred::kSnatch};

// One of `choices` that is none of `taken`.
template <class T>
T another(Scene& s, std::vector<T> choices, std::initializer_list<T> taken) {
  std::erase_if(choices, [&](const T& x) { return std::ranges::find(taken, x) != taken.end(); });
  return s.one_of(choices);
}

}  // namespace

CastOfTwo::CastOfTwo(Scene& s) {
  for (int i = 0; i < 4; ++i) people_.push_back(s.person());
  for (int i = 0; i < 2; ++i) things_.push_back(s.thing());
}

Event CastOfTwo::deed(Scene& s) const { return deed_with(s.one_of(kDeeds), people_[0], people_[1], s.one_of(things_)); }

Event CastOfTwo::changed(Scene& s, Event e, int parts) const {
  std::vector<int> which = {0, 1, 2, 3};
  s.shuffle(which);
  const uint8_t a = e.a, b = e.b;
  for (int i = 0; i < parts; ++i) switch (which[static_cast<size_t>(i)]) {
      case 0:
        e.a = another(s, people_, {a, b, e.b});
        break;
      case 1:
        e.b = another(s, people_, {a, b, e.a});
        break;
      case 2:
        e.t = another(s, things_, {e.t});
        break;
      default:
        e.pred = another(s, kDeeds, {e.pred});
    }
  return e;
}

Event swapped(Event e) {
  std::swap(e.a, e.b);
  return e;
}

}  // namespace gimbal::world
