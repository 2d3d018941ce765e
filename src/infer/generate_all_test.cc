// Answers to many prompts are those of each prompt alone.
#include "infer/generate_all.h"

#include <gtest/gtest.h>

#include "infer/tiny_model.h"

namespace gimbal {
namespace {

using Ids = std::vector<int32_t>;

std::vector<Ids> prompts() {
  std::vector<Ids> prompts;
  for (int32_t i = 0; i < 90; ++i) prompts.push_back(Ids(static_cast<size_t>(1 + i % 9), (7 * i) % 40));
  return prompts;
}

TEST(GenerateAll, AnswersEachPromptWithoutItsStopId) {
  for (const bool encodes : {false, true}) {
    const auto model = tiny_model(encodes ? tiny_encoder_decoder(40, 64) : tiny_decoder(40, 64));
    Decoder decoder(*model, DType::kF32);
    const PromptForm form = prompt_form(model->architecture(), nullptr);
    AnswerOptions options;
    options.max_tokens = 12;
    options.stop_ids = {11, 12, 13, 14, 15, 16, 17, 18};
    const auto answers = generate_all(decoder, form, prompts(), options);
    ASSERT_EQ(answers.size(), prompts().size());
    size_t stopped = 0;
    for (size_t i = 0; i < answers.size(); i += 7) {
      GenerationRequest r = request_for(form, prompts()[i]);
      r.sampling.temperature = 0;
      r.max_tokens = 12;
      r.stop_ids = options.stop_ids;
      Generated alone = generate(decoder, {&r, 1})[0][0];
      if (alone.finish == Finish::kStopToken) alone.ids.pop_back(), ++stopped;
      EXPECT_EQ(answers[i], alone.ids) << i;
    }
    EXPECT_GT(stopped, 0u);
  }
}

TEST(GenerateAll, TakesTheBestBeam) {
  const auto model = tiny_model(tiny_encoder_decoder(40, 64));
  Decoder decoder(*model, DType::kF32);
  const PromptForm form = prompt_form(model->architecture(), nullptr);
  AnswerOptions options;
  options.max_tokens = 5;
  options.beams = BeamOptions{.beams = 3};
  const std::vector<Ids> asked = {{1, 2, 3}, {9}};
  const auto answers = generate_all(decoder, form, asked, options);
  for (size_t i = 0; i < asked.size(); ++i) {
    GenerationRequest r = request_for(form, asked[i]);
    r.max_tokens = 5;
    EXPECT_EQ(answers[i], beam_search(decoder, r, *options.beams)[0].ids);
  }
}

TEST(GenerateAll, RefusesBeforeItComputes) {
  const auto model = tiny_model(tiny_decoder(40, 8));
  Decoder decoder(*model, DType::kF32);
  const std::vector<Ids> asked = {{1, 2}, {1, 99}};
  EXPECT_THROW(generate_all(decoder, {}, asked, {}), Error);
}

}  // namespace
}  // namespace gimbal
