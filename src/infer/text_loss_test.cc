// Windows over a text against the logits of each token's own window, computed one at a time.
#include "infer/text_loss.h"

#include <gtest/gtest.h>

#include "infer/tiny_model.h"
#include "text/train_bpe.h"

namespace gimbal {
namespace {

constexpr int64_t kContext = 12;
const std::string kText = "abcdefgh hgfedcba aabbccddeeffgghh abcabcabc";

Tokenizer letters() {
  const std::string_view alphabet = kText;
  return train_char({&alphabet, 1}, {});
}

// Token `at` from the tokens [begin, at).
double nats_of(Model& model, const std::vector<int32_t>& ids, int64_t begin, int64_t at) {
  const Tensor logits = uncached_logits(model, {ids.begin() + begin, ids.begin() + at});
  const auto row = row_of(logits, at - begin - 1);
  double sum = 0;
  for (const float x : row) sum += std::exp(static_cast<double>(x));
  return std::log(sum) - row[static_cast<size_t>(ids[static_cast<size_t>(at)])];
}

TEST(TextLoss, EachTokenIsAnsweredForOnce) {
  const Tokenizer tokenizer = letters();
  const auto model = tiny_model(tokenizer.vocab_size(), kContext);
  const std::vector<int32_t> ids = tokenizer.encode(kText, AddSpecial::kYes);
  for (const int64_t stride : {int64_t{1}, int64_t{5}, kContext}) {
    double expected = 0;
    for (int64_t at = 1, end = kContext; at < static_cast<int64_t>(ids.size()); ++at) {
      if (at > end) end = std::min(end + stride, static_cast<int64_t>(ids.size()) - 1);
      expected += nats_of(*model, ids, std::max<int64_t>(0, end - kContext), at);
    }
    const TextLoss loss = text_loss(*model, tokenizer, {&kText, 1}, {kContext, stride}, DType::kF32);
    EXPECT_NEAR(loss.nats, expected, 1e-3) << stride;
    EXPECT_EQ(loss.tokens, static_cast<int64_t>(ids.size()) - 1);
    EXPECT_EQ(loss.bytes, static_cast<int64_t>(kText.size()) - 1);
  }
}

TEST(TextLoss, BytesAreThoseOfThePredictedTokens) {
  const Tokenizer bytes = train_byte({});  // a token is a byte, and characters have one to four
  const auto model = tiny_model(bytes.vocab_size(), kContext);
  for (const std::string text : {"\u00E9", "\u20ACa", "a\u20AC", "\U0001F600", "\u00E9\u00E9"}) {
    const TextLoss loss = text_loss(*model, bytes, {&text, 1}, {kContext, kContext}, DType::kF32);
    EXPECT_EQ(loss.tokens, static_cast<int64_t>(text.size()) - 1) << text;
    EXPECT_EQ(loss.bytes, static_cast<int64_t>(text.size()) - 1) << text;
  }
  const std::string_view alphabet = "\u00E9\u20ACa";
  const Tokenizer characters = train_char({&alphabet, 1}, {});
  const auto other = tiny_model(characters.vocab_size(), kContext);
  const std::string text = "\u20AC\u00E9a";
  EXPECT_EQ(text_loss(*other, characters, {&text, 1}, {kContext, kContext}, DType::kF32).bytes, 3);
}

TEST(TextLoss, TextsAreSeparate) {
  const Tokenizer tokenizer = letters();
  const auto model = tiny_model(tokenizer.vocab_size(), kContext);
  const std::vector<std::string> texts = {kText, "a", "", "hgfe", kText};
  const TextLoss all = text_loss(*model, tokenizer, texts, {kContext, 4}, DType::kF32);
  double nats = 0;
  int64_t tokens = 0;
  for (const std::string& text : texts) {
    const TextLoss one = text_loss(*model, tokenizer, {&text, 1}, {kContext, 4}, DType::kF32);
    nats += one.nats, tokens += one.tokens;
  }
  EXPECT_NEAR(all.nats, nats, 1e-3);
  EXPECT_EQ(all.tokens, tokens);
}

TEST(TextLoss, RefusesWhatMakesNoSense) {
  const Tokenizer tokenizer = letters();
  const auto model = tiny_model(tokenizer.vocab_size(), kContext), pair = tiny_model(tiny_encoder_decoder(tokenizer.vocab_size(), kContext));
  const auto measure = [&](Model& m, Windowing w) { return text_loss(m, tokenizer, {&kText, 1}, w, DType::kF32); };
  EXPECT_THROW(measure(*model, {kContext, 0}), Error);
  EXPECT_THROW(measure(*model, {kContext, kContext + 1}), Error);
  EXPECT_THROW(measure(*model, {kContext + 1, 1}), Error);
  EXPECT_THROW(measure(*pair, {kContext, kContext}), Error);
}

}  // namespace
}  // namespace gimbal
