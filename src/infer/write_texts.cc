// Prompts in turn, samples by number.
#include "infer/write_texts.h"

#include <algorithm>

namespace gimbal {

std::vector<std::string> write_texts(const TextModel& model, const Tokenizer& tokenizer, std::span<const std::string> beginnings,
                                     const WrittenTexts& options, DType compute) {
  const Architecture& a = model.model->architecture();
  const PromptForm form = prompt_form(a, &tokenizer);
  if (form.kind != PromptKind::kContinue)
    fail("the teacher (family ", a.family, ") answers and does not write texts of its own; choose a causal decoder");
  Decoder decoder(*model.model, compute);
  std::vector<TextRequest> requests;
  for (int64_t i = 0; i < options.count; ++i) {
    const std::string beginning = beginnings.empty() ? "" : beginnings[static_cast<size_t>(i) % beginnings.size()];
    TextRequest request;
    request.tokens = request_for(form, prompt_ids(tokenizer, a, beginning));
    if (request.tokens.prompt.empty())
      fail("the teacher has no token that begins a text, so it cannot begin of itself; give --data, texts whose first words it is to continue");
    request.tokens.sampling.temperature = options.temperature;
    request.tokens.sampling.seed = static_cast<int64_t>(mix64(options.seed + static_cast<uint64_t>(i)) >> 1);
    const int64_t most = options.max_tokens > 0 ? std::min(options.max_tokens, a.context) : a.context;
    request.tokens.max_tokens = std::max<int64_t>(1, most - static_cast<int64_t>(request.tokens.prompt.size()));
    request.tokens.stop_ids = model.stop_ids;
    requests.push_back(std::move(request));
  }
  std::vector<std::string> texts;
  const auto written = generate_text(decoder, &tokenizer, requests);
  for (size_t i = 0; i < written.size(); ++i) texts.push_back((beginnings.empty() ? "" : beginnings[i % beginnings.size()]) + written[i][0].text);
  return texts;
}

}  // namespace gimbal
