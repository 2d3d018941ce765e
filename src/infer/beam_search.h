// Beam search: the `beams` likeliest texts side by side, ranked by sum of log-probabilities / tokens ^ length_penalty.
//
// Candidates, finished hypotheses and the three rules for stopping are those of transformers' generate() (version 5), so that it finds the same
// texts: each step looks at the best max(2, 1 + stop ids) * beams continuations, of which only the first `beams` may finish.
#pragma once

#include <vector>

#include "infer/generator.h"

namespace gimbal {

/// When a search ends before max_tokens: with kBestCase as soon as no running beam, were it to end now, could beat the worst finished one;
/// with kFirstFinished as soon as there are as many finished texts as beams; with kNever only when no longer text could (exact for length_penalty <=
/// 0).
enum class EarlyStopping : uint8_t { kBestCase, kFirstFinished, kNever };

struct BeamOptions {
  int64_t beams = 4;
  double length_penalty = 1;  // above 0 favours long texts, below 0 short ones
  EarlyStopping early_stopping = EarlyStopping::kBestCase;
};

struct BeamResult {
  std::vector<int32_t> ids;  // without the prompt; the last one is a stop id where the text ended by itself
  double score = 0;
  Finish finish = Finish::kLength;
};

/// For each request the best texts, best first, at most `beams`. Searches advance side by side, in one pass a step, and do not depend on each other.
/// Of a request's options it honours the penalties that transformers applies to beams (repetition penalty, repeated n-grams), min_tokens, max_tokens
/// and stop_ids; of its samples it needs none. Error as for check(request), and for several blanks.
std::vector<std::vector<BeamResult>> beam_search(Decoder& decoder, std::span<const GenerationRequest> requests, const BeamOptions& options);
inline std::vector<BeamResult> beam_search(Decoder& decoder, const GenerationRequest& request, const BeamOptions& options) {
  return std::move(beam_search(decoder, {&request, 1}, options).front());
}

}  // namespace gimbal
