// Drawing scenes until one comes out.
#include "lab/sources/scene_texts.h"

#include "data/world/tasks/questions.h"
#include "lab/sources/drawn.h"

namespace gimbal::lab {
namespace {

std::string drawn(SceneKind kind, Rng rng) {
  switch (kind) {
    case SceneKind::kFates:
      return world::world_task_named("feeling").make(rng).at("text").get<std::string>();
    case SceneKind::kThings: {
      const Json record = world::world_task_named("tagging").make(rng);
      std::string text;
      for (const Json& word : record.at("tokens")) text += (text.empty() ? "" : " ") + word.get<std::string>();
      return text;
    }
    default:
      break;
  }
  world::Scene scene(rng);
  if (kind == SceneKind::kWalks) world::walk_about(scene, 2, 0);
  if (kind == SceneKind::kHands) world::hand_around(scene);
  if (kind == SceneKind::kOne) world::tell_of_one(scene, {world::Topic::kWhere, world::Topic::kWhat, world::Topic::kWeather});
  return scene.text();
}

}  // namespace

std::string scene_text(SceneKind kind, Rng rng) {
  return first_that_works(rng, [&](Rng r) { return drawn(kind, r); });
}

AskedScene asked_scene(Rng rng) {
  return first_that_works(rng, [](Rng r) {
    world::Scene scene(r);
    world::Question question;
    std::vector<std::string> choices;
    if (scene.chance(50)) {
      const uint8_t who = world::walk_about(scene, 3, 0).front();
      question = world::ask_where(scene, who);
      for (uint8_t site = 0; site < scene.facts.site_count; ++site) choices.push_back(cat(scene.name(who), " was ", scene.at_place(site), "."));
    } else {
      const uint8_t item = world::hand_around(scene).front();
      question = world::ask_who_has(scene, item);
      for (uint8_t who = 0; who < scene.facts.people_count; ++who) choices.push_back(cat(scene.name(who), " had the ", scene.noun(item), "."));
    }
    return AskedScene{scene.text(), question.text, question.sentence, std::move(choices)};
  });
}

}  // namespace gimbal::lab
