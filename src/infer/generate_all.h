// One answer to each of many prompts: what tasks that are asked as text call.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "infer/beam_search.h"
#include "infer/prompt.h"

namespace gimbal {

struct AnswerOptions {
  SamplingOptions sampling = {.temperature = 0};
  std::optional<BeamOptions> beams;  // instead of sampling; the best text is the answer
  int64_t max_tokens = 128, min_tokens = 0;
  std::vector<int32_t> stop_ids;
};

/// The ids of each answer, without the stop id that ended it (in a text with several blanks: that of the last one). Prompts are ids as prompt_ids()
/// makes them. Answers are computed side by side, those that end make room for others, and none depends on what it is computed with. Error for a
/// prompt that the model cannot serve, before anything is computed.
std::vector<std::vector<int32_t>> generate_all(Decoder& decoder, const PromptForm& form, std::span<const std::vector<int32_t>> prompts,
                                               const AnswerOptions& options);

}  // namespace gimbal
