// What happens next: of four endings one alone agrees with what the scene has told.
#include <algorithm>

#include "core/error.h"
#include "data/world/tasks/questions.h"
#include "data/world/tasks/world_tasks.h"

namespace gimbal::world {
namespace {

using enum Pred;

// All endings are deeds of the same people with the same things, so that only who has what tells them apart.
Json what_next(Rng rng) {
  Scene s(rng);
  const std::vector<uint8_t> things = hand_around(s), people = {0, 1, 2};
  const std::vector<Pred> deeds = {kGive, kShow, kLose};
  constexpr size_t kEndings = 4;
  const size_t right = s.pick(kEndings);
  Json record = {{"sent1", s.text()}, {"sent2", "Then"}};
  std::vector<std::string> endings;
  while (endings.size() < kEndings) {
    Event e = deed_with(s.one_of(deeds), s.one_of(people), s.one_of(people), s.one_of(things));
    if (e.a == e.b || s.fits(e) != (endings.size() == right)) continue;
    if (e.pred == kLose) e.b = kNobody;
    if (s.fits(e) != (endings.size() == right)) continue;
    std::string text = s.worded(e);
    if (text.starts_with("The ")) text[0] = 't';
    if (std::find(endings.begin(), endings.end(), text) == endings.end()) endings.push_back(std::move(text));
  }
  for (size_t i = 0; i < kEndings; ++i) record[cat("ending", i)] = endings[i];
  record["label"] = right;
  return record;
}

constexpr WorldTask kTasks[] = {
    {"what-next", "swag", "accuracy", "which of four deeds can come next, by who has what", what_next},
};

}  // namespace

std::span<const WorldTask> choice_tasks() { return kTasks; }

}  // namespace gimbal::world
