// Texts that are to lie near each other: a sentence, another wording of it, and sentences that differ in one part.
#include <algorithm>

#include "data/world/tasks/deeds_of_two.h"
#include "data/world/tasks/world_tasks.h"

namespace gimbal::world {
namespace {

Json embed(Rng rng) {
  Scene s(rng);
  const CastOfTwo cast(s);
  const Event told = cast.deed(s);
  std::vector<std::string> texts = {s.worded(told), s.worded(told), s.worded(swapped(told))};
  constexpr size_t kTexts = 5;
  while (texts.size() < kTexts) texts.push_back(s.worded(cast.changed(s, told, 1)));
  for (auto text = texts.begin(); text != texts.end(); ++text)
    if (std::find(texts.begin(), text, *text) != text) throw Stuck{"other words"};
  return {{"query", texts[0]}, {"positive", texts[1]}, {"negative", {texts[2], texts[3], texts[4]}}};
}

constexpr WorldTask kEmbeddingTasks[] = {
    {"embed", "embed", "accuracy", "which of four sentences tells the same deed in other words", embed},
};

}  // namespace

std::span<const WorldTask> embedding_tasks() { return kEmbeddingTasks; }

}  // namespace gimbal::world
