// Texts that a model writes of itself: their beginnings, and that seed and number decide them.
#include "infer/write_texts.h"

#include <gtest/gtest.h>

#include "infer/tiny_model.h"
#include "text/train_bpe.h"

namespace gimbal {
namespace {

TextModel letters(const std::vector<std::string>& special) {
  const std::string_view alphabet = "abcdefgh ";
  TextModel model;
  model.tokenizer = train_char({&alphabet, 1}, special);
  model.model = tiny_model(model.tokenizer->vocab_size(), 24);
  return model;
}

std::vector<std::string> written(const TextModel& model, std::span<const std::string> beginnings, const WrittenTexts& options) {
  return write_texts(model, *model.tokenizer, beginnings, options, DType::kF32);
}

TEST(WriteTexts, BeginAsTheyAreTold) {
  const TextModel model = letters({"<|endoftext|>"});
  const std::vector<std::string> beginnings = {"abc", "hg f"};
  const auto texts = written(model, beginnings, {.count = 5, .max_tokens = 12, .seed = 1});
  ASSERT_EQ(texts.size(), 5u);
  for (size_t i = 0; i < 5; ++i) {
    EXPECT_TRUE(texts[i].starts_with(beginnings[i % 2])) << texts[i];
    EXPECT_LE(texts[i].size(), 12u);
  }
  EXPECT_NE(texts[0], texts[2]);
  EXPECT_EQ(written(model, beginnings, {.count = 5, .max_tokens = 12, .seed = 1}), texts);
  EXPECT_NE(written(model, beginnings, {.count = 5, .max_tokens = 12, .seed = 2}), texts);
  const auto longer = written(model, beginnings, {.count = 7, .max_tokens = 12, .seed = 1});
  EXPECT_EQ(std::vector<std::string>(longer.begin(), longer.begin() + 5), texts);
  const auto rest = written(model, beginnings, {.count = 2, .max_tokens = 12, .seed = 1, .first = 5});
  EXPECT_EQ(std::vector<std::string>(longer.begin() + 5, longer.end()), rest);
}

TEST(WriteTexts, BeginOfThemselvesWhereThereIsAToken) {
  for (const std::string& text : written(letters({"<s>", "</s>"}), {}, {.count = 3})) EXPECT_GT(text.size(), 0u);
  EXPECT_THROW(written(letters({}), {}, {.count = 3}), Error);
}

TEST(WriteTexts, AnswersAreWhatStandsBehindThePrompt) {
  TextModel model = letters({"<pad>", "</s>"});
  const std::vector<std::string> prompts = {"abc", "h", "abc"};
  for (const bool pair : {false, true}) {
    if (pair) model.model = tiny_model(tiny_encoder_decoder(model.tokenizer->vocab_size(), 24));
    const auto answers = write_answers(model, *model.tokenizer, prompts, 6, DType::kF32);
    ASSERT_EQ(answers.size(), 3u);
    EXPECT_EQ(answers[0], answers[2]);
    EXPECT_EQ(write_answers(model, *model.tokenizer, {&prompts[1], 1}, 6, DType::kF32), std::vector<std::string>{answers[1]});
    for (const std::string& answer : answers) EXPECT_LE(answer.size(), 6u);
    EXPECT_TRUE(fits_with_answer(model, *model.tokenizer, std::string(12, 'a'), 6));
    EXPECT_FALSE(fits_with_answer(model, *model.tokenizer, std::string(25, 'a'), 6));
    EXPECT_FALSE(fits_with_answer(model, *model.tokenizer, "a", 24));
  }
}

TEST(WriteTexts, AnEncoderDecoderWritesNone) {
  TextModel model = letters({"<pad>", "</s>"});
  model.model = tiny_model(tiny_encoder_decoder(model.tokenizer->vocab_size(), 24));
  EXPECT_THROW(written(model, {}, {.count = 1}), Error);
}

}  // namespace
}  // namespace gimbal
