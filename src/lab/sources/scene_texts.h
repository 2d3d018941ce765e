// Scenes of the story world as texts for small models: fewer than three hundred words in sentences of the stories' grammar, so that what a model
// writes can be judged by the world's checker.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "core/rng.h"

namespace gimbal::lab {

/// Who is where after some walking; who has what after some giving; one person; what befalls one of two people; where things are put.
enum class SceneKind : uint8_t { kWalks, kHands, kOne, kFates, kThings };
inline constexpr std::array kSceneKinds = {SceneKind::kWalks, SceneKind::kHands, SceneKind::kOne, SceneKind::kFates, SceneKind::kThings};

/// 15 to 70 words and marks; a pure function of the stream.
std::string scene_text(SceneKind kind, Rng rng);

/// A scene of three people and a question that it answers: "Where was Mia?" "Mia was in the park.", "Who had the kite?" "Ben had the kite."
struct AskedScene {
  std::string text, question, answer;
  std::vector<std::string> choices;  // the answer and the same said of the scene's other places or people, in the order of their coming
};
AskedScene asked_scene(Rng rng);

}  // namespace gimbal::lab
