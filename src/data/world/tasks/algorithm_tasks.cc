// Beside the world: sequences whose answer is computed, on which a model from nothing can be perfect.
#include <cstdio>

#include "data/world/tasks/world_tasks.h"

namespace gimbal::world {
namespace {

// "012+345" -> "0357"
Json addition(Rng rng) {
  const auto a = static_cast<int>(rng.below(1000)), b = static_cast<int>(rng.below(1000));
  char source[16], target[16];
  std::snprintf(source, sizeof source, "%03d+%03d", a, b);
  std::snprintf(target, sizeof target, "%04d", a + b);
  return {{"source", source}, {"target", target}};
}

// 16 to 32 of 32 letters, from the last to the first.
Json reversal(Rng rng) {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEF";
  std::string source;
  const uint64_t length = 16 + rng.below(17);
  for (uint64_t i = 0; i < length; ++i) source += kLetters[rng.below(kLetters.size())];
  return {{"source", source}, {"target", std::string(source.rbegin(), source.rend())}};
}

constexpr WorldTask kAlgorithmTasks[] = {
    {"addition", "text-to-text", "exact-match", "the sum of two numbers of three digits", addition},
    {"reversal", "text-to-text", "exact-match", "16 to 32 letters, from the last to the first", reversal},
};

}  // namespace

std::span<const WorldTask> algorithm_tasks() { return kAlgorithmTasks; }

}  // namespace gimbal::world
