// Tasks that nothing but their demonstrations explains: sentences of the story world whose labels are words drawn anew for each run of
// demonstrations.
//
//   Mia was in the park red   Tom was in the market pink   Ben was in the park red   …
//
// A run has four classes (places or things) out of eight or twelve, and another label word for each. Who knows the task and not the demonstrations is
// right one time in four.
#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "data/batch.h"
#include "data/tasks/tasks.h"

namespace gimbal::lab {

enum class Topic : uint8_t { kWhere, kWhat };
constexpr int64_t kClassesOfRun = 4;

/// The eight words of which each run draws its labels.
std::span<const std::string_view> label_words();

/// Records of one run: sentences without their stops, and labels out of `labels`.
struct Run {
  std::vector<std::string> labels;
  std::vector<Record> records;
};
Run draw_run(Topic topic, int64_t records, Rng rng);
/// How a record reads: the sentence, then the label.
const Task& demonstrated_task();

/// Texts of `tokens` tokens: one run in this share of the examples, else scenes, each closed by the end token; a share `asked` of the scenes is
/// followed by a question and its answer.
struct WorldTextSpec {
  int64_t tokens = 240;
  double runs = 0.5, asked = 0;
};
struct WorldTokens {
  std::vector<int32_t> ids;
  std::vector<bool> label;  // of a run; none in scenes
};
WorldTokens world_tokens(const WorldTextSpec& spec, Rng rng);

/// Next-token prediction on such texts, `tokens` - 1 rows; of a run the labels alone are to be said. Example i of a data seed is a pure function of
/// both.
std::shared_ptr<const Examples> world_text(const WorldTextSpec& spec, uint64_t data_seed);

}  // namespace gimbal::lab
