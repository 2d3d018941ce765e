// One shape and schedule.
#include "lab/stand/on_task_texts.h"

#include <utility>

namespace gimbal::lab {

Training on_task_texts(const Cell& cell, int64_t layers, std::shared_ptr<const TaskTexts> texts, const TaskTextsSpec& spec) {
  Training t;
  t.model = {{"preset", "llama"},
             {"layers", layers},
             {"width", cell.count("width")},
             {"heads", 4},
             {"ffn_width", 2 * cell.count("width")},
             {"vocab", texts->vocab()},
             {"context", TaskTexts::kLongest}};
  t.examples = task_examples(std::move(texts), spec, static_cast<uint64_t>(cell.seed));
  t.seed = cell.seed;
  t.settings = {{"train", {{"clip", 1}}}, {"schedule", {{"kind", "linear"}, {"warmup_steps", 50}}}};
  return t;
}

}  // namespace gimbal::lab
