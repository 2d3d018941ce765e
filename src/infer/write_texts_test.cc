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
}

TEST(WriteTexts, BeginOfThemselvesWhereThereIsAToken) {
  for (const std::string& text : written(letters({"<s>", "</s>"}), {}, {.count = 3})) EXPECT_GT(text.size(), 0u);
  EXPECT_THROW(written(letters({}), {}, {.count = 3}), Error);
}

TEST(WriteTexts, AnEncoderDecoderWritesNone) {
  TextModel model = letters({"<pad>", "</s>"});
  model.model = tiny_model(tiny_encoder_decoder(model.tokenizer->vocab_size(), 24));
  EXPECT_THROW(written(model, {}, {.count = 1}), Error);
}

}  // namespace
}  // namespace gimbal
