// Prompts to requests, results to answers.
#include "infer/generate_all.h"

namespace gimbal {
namespace {

std::vector<int32_t> answer_of(std::vector<int32_t> ids, Finish finish) {
  if (finish == Finish::kStopToken) ids.pop_back();
  return ids;
}

}  // namespace

std::vector<std::vector<int32_t>> generate_all(Decoder& decoder, const PromptForm& form, std::span<const std::vector<int32_t>> prompts,
                                               const AnswerOptions& options) {
  std::vector<GenerationRequest> requests;
  for (const std::vector<int32_t>& prompt : prompts) {
    GenerationRequest& r = requests.emplace_back(request_for(form, prompt));
    r.sampling = options.sampling;
    r.max_tokens = options.max_tokens;
    r.min_tokens = options.min_tokens;
    r.stop_ids = options.stop_ids;
  }
  std::vector<std::vector<int32_t>> answers;
  if (options.beams) {
    for (auto& best : beam_search(decoder, requests, *options.beams)) answers.push_back(answer_of(std::move(best[0].ids), best[0].finish));
  } else {
    for (auto& samples : generate(decoder, requests)) answers.push_back(answer_of(std::move(samples[0].ids), samples[0].finish));
  }
  return answers;
}

}  // namespace gimbal
