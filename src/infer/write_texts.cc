// Beginnings in turn, samples by number; answers all together.
#include "infer/write_texts.h"

#include <algorithm>

#include "infer/generate_all.h"

namespace gimbal {

std::vector<std::string> write_texts(const TextModel& model, const Tokenizer& tokenizer, std::span<const std::string> beginnings,
                                     const WrittenTexts& options, DType compute) {
  const Architecture& a = model.model->architecture();
  const PromptForm form = prompt_form(a, &tokenizer);
  if (form.kind != PromptKind::kContinue)
    fail("the teacher (family ", a.family, ") answers and does not write texts of its own; choose a causal decoder");
  Decoder decoder(*model.model, compute);
  std::vector<TextRequest> requests;
  const auto beginning_of = [&](int64_t number) {
    return beginnings.empty() ? std::string() : beginnings[static_cast<size_t>(number) % beginnings.size()];
  };
  for (int64_t i = options.first; i < options.first + options.count; ++i) {
    const std::string beginning = beginning_of(i);
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
  for (size_t i = 0; i < written.size(); ++i) texts.push_back(beginning_of(options.first + static_cast<int64_t>(i)) + written[i][0].text);
  return texts;
}

bool fits_with_answer(const TextModel& model, const Tokenizer& tokenizer, std::string_view prompt, int64_t answer_tokens) {
  const Architecture& a = model.model->architecture();
  const auto tokens = static_cast<int64_t>(prompt_ids(tokenizer, a, prompt).size());
  constexpr int64_t kStart = 1;  // what begins an answer in an encoder-decoder's decoder, or a blank's piece
  if (a.encoder_layers > 0) return tokens > 0 && tokens <= a.context && kStart + answer_tokens <= a.context;
  return tokens > 0 && tokens + kStart + answer_tokens <= a.context;
}

std::vector<std::string> write_answers(const TextModel& model, const Tokenizer& tokenizer, std::span<const std::string> prompts,
                                       int64_t answer_tokens, DType compute) {
  const Architecture& a = model.model->architecture();
  const PromptForm form = prompt_form(a, &tokenizer);
  Decoder decoder(*model.model, compute);
  AnswerOptions options;
  options.max_tokens = answer_tokens;
  options.stop_ids = form.kind == PromptKind::kBlanks ? std::vector<int32_t>{form.piece_end} : model.stop_ids;
  std::vector<std::vector<int32_t>> ids;
  for (const std::string& prompt : prompts) ids.push_back(prompt_ids(tokenizer, a, prompt));
  std::vector<std::string> answers;
  for (const std::vector<int32_t>& answer : generate_all(decoder, form, ids, options)) answers.push_back(tokenizer.decode(answer, SkipSpecial::kYes));
  return answers;
}

}  // namespace gimbal
