// What happens next: of four endings one alone agrees with what the scene has told.
#include <algorithm>

#include "core/error.h"
#include "data/world/tasks/questions.h"
#include "data/world/tasks/world_tasks.h"

namespace gimbal::world {
namespace {

using enum Pred;

constexpr size_t kEndings = 4;

Json choice_record(const Scene& s, const std::vector<std::string>& endings, size_t right) {
  Json record = {{"sent1", s.text()}, {"sent2", "Then"}};
  for (size_t i = 0; i < kEndings; ++i) record[cat("ending", i)] = endings[i];
  record["label"] = right;
  return record;
}

// What "it" is for: one flies a kite and bounces a ball.
Json what_next(Rng rng) {
  Scene s(rng);
  const uint8_t who = s.person(), item = s.thing();
  s.tell(deed_at(kAt, who, s.place()));
  s.tell(deed_at(kGo, who, s.place()));
  s.tell(deed_with(kHas, who, item));
  std::vector<Use> others = {Use::kFly, Use::kBounce, Use::kSpin, Use::kCuddle, Use::kLook, Use::kSail, Use::kRoll};
  std::erase(others, s.facts.thing(item).use);
  s.shuffle(others);
  const size_t right = s.pick(kEndings);
  std::vector<std::string> endings;
  for (size_t i = 0; i < kEndings; ++i) {
    const Use use = i == right ? s.facts.thing(item).use : others[i];
    std::string text = s.worded({.pred = kUse, .a = who, .t = item, .w = static_cast<uint16_t>(use)});
    const std::string thing = cat("the ", s.noun(item));
    endings.push_back(text.replace(text.find(thing), thing.size(), "it"));
  }
  return choice_record(s, endings, right);
}

// All endings are deeds of the same people with the same things, so that only who has what tells them apart.
Json who_next(Rng rng) {
  Scene s(rng);
  const std::vector<uint8_t> things = hand_around(s), people = {0, 1, 2};
  const std::vector<Pred> deeds = {kGive, kShow, kLose};
  const size_t right = s.pick(kEndings);
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
  return choice_record(s, endings, right);
}

constexpr WorldTask kChoiceTasks[] = {
    {"what-next", "swag", "accuracy", "which of four deeds can come next, by what a thing is for", what_next},
    {"who-next", "swag", "accuracy", "which of four deeds can come next, by who of three has what", who_next},
};

}  // namespace

std::span<const WorldTask> choice_tasks() { return kChoiceTasks; }

}  // namespace gimbal::world
