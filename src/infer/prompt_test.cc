// What prompts become: for each kind of model its ids, its request, and the text that comes back.
#include "infer/prompt.h"

#include <gtest/gtest.h>

#include "infer/tiny_model.h"
#include "text/train_bpe.h"

namespace gimbal {
namespace {

using Ids = std::vector<int32_t>;

Tokenizer letters(const std::vector<std::string>& special) {
  const std::string_view alphabet = "abcdefgh ";
  return train_char({&alphabet, 1}, special);
}

const Tokenizer& glm_letters() {
  static const Tokenizer tokenizer = letters({"[CLS]", "[MASK]", "[sMASK]", "[gMASK]", "<|startofpiece|>", "<|endofpiece|>"});
  return tokenizer;
}
Architecture glm() { return tiny_prefix_decoder(glm_letters().vocab_size(), 64); }

TEST(Prompt, AnEncoderIsAskedOtherwise) {
  Architecture a = tiny_decoder(20, 64);
  a.mask = "full";
  EXPECT_THROW(prompt_form(a, nullptr), Error);
}

TEST(Prompt, ADecoderContinuesIt) {
  const PromptForm form = prompt_form(tiny_decoder(20, 64), nullptr);
  EXPECT_EQ(form.kind, PromptKind::kContinue);
  const GenerationRequest r = request_for(form, {1, 2, 3});
  EXPECT_EQ(r.prompt, (Ids{1, 2, 3}));
  EXPECT_TRUE(r.source.empty());
  EXPECT_EQ(r.prefix, 0);
}

TEST(Prompt, AnEncoderDecoderReadsItToItsEnd) {
  const Tokenizer tokenizer = letters({"<pad>", "</s>"});
  ASSERT_TRUE(tokenizer.special().eos);
  Architecture a = tiny_encoder_decoder(tokenizer.vocab_size(), 64);
  a.bos = 0;
  const Ids ids = prompt_ids(tokenizer, a, "abc");
  EXPECT_EQ(ids, (Ids{*tokenizer.id("a"), *tokenizer.id("b"), *tokenizer.id("c"), *tokenizer.special().eos}));
  EXPECT_EQ(prompt_ids(tokenizer, a, ""), Ids{*tokenizer.special().eos});
  const GenerationRequest r = request_for(prompt_form(a, &tokenizer), ids);
  EXPECT_EQ(r.source, ids);
  EXPECT_EQ(r.prompt, Ids{0});

  a.bos = std::nullopt;
  EXPECT_EQ(prompt_form(a, &tokenizer).start, *tokenizer.special().pad);
  EXPECT_THROW(prompt_form(a, nullptr), Error);
  a.eos = 7;
  EXPECT_EQ(prompt_form(a, &tokenizer).start, 7);
}

TEST(Prompt, APrefixDecoderReadsItWhole) {
  const Tokenizer plain = letters({"<|endoftext|>"});
  const PromptForm form = prompt_form(tiny_prefix_decoder(plain.vocab_size(), 64, "learned"), &plain);
  EXPECT_EQ(form.kind, PromptKind::kPrefix);
  const GenerationRequest r = request_for(form, {1, 2, 3});
  EXPECT_EQ(r.prompt, (Ids{1, 2, 3}));
  EXPECT_EQ(r.prefix, 3);
  EXPECT_TRUE(r.blanks.masks.empty());
  EXPECT_THROW(prompt_form(tiny_prefix_decoder(plain.vocab_size(), 64, "blocks"), &plain), Error) << "block positions are those of blanks";
}

TEST(Prompt, OneStackThatWasTaughtByPairsReadsTheirEnd) {
  const Tokenizer plain = letters({"<|endoftext|>"});
  const Ids ab = {*plain.id("a"), *plain.id("b")};
  const int32_t end = *plain.special().eos;
  for (Architecture a : {tiny_decoder(plain.vocab_size(), 64), tiny_prefix_decoder(plain.vocab_size(), 64, "learned")}) {
    EXPECT_EQ(prompt_ids(plain, a, "ab"), ab);
    a.source_end = end;
    EXPECT_EQ(prompt_ids(plain, a, "ab"), (Ids{ab[0], ab[1], end}));
    EXPECT_EQ(prompt_ids(plain, a, "ab<|endoftext|>"), (Ids{ab[0], ab[1], end})) << "once";
  }
  const Tokenizer& t = glm_letters();
  Architecture a = glm();
  a.source_end = *t.id("h");
  EXPECT_EQ(prompt_ids(t, a, "ab"), (Ids{*t.id("[CLS]"), *t.id("a"), *t.id("b"), *t.id("h"), *t.id("[gMASK]")}));
  EXPECT_EQ(prompt_ids(t, a, "a[MASK]b"), (Ids{*t.id("[CLS]"), *t.id("a"), *t.id("[MASK]"), *t.id("b")}));
}

TEST(Prompt, GlmFillsItsBlanks) {
  const Tokenizer& t = glm_letters();
  const auto id = [&](const char* token) { return *t.id(token); };
  const Ids ids = prompt_ids(t, glm(), "a[sMASK]b[MASK]");
  EXPECT_EQ(ids, (Ids{id("[CLS]"), id("a"), id("[sMASK]"), id("b"), id("[MASK]")}));
  const GenerationRequest r = request_for(prompt_form(glm(), &t), ids);
  EXPECT_EQ(r.prompt, (Ids{id("[CLS]"), id("a"), id("[sMASK]"), id("b"), id("[MASK]"), id("<|startofpiece|>")}));
  EXPECT_EQ(r.prefix, 5);
  EXPECT_EQ(r.blanks.masks, (std::vector<int64_t>{2, 4}));
  EXPECT_EQ(r.blanks.start, id("<|startofpiece|>"));
  ASSERT_EQ(form_of(r).blanks.size(), 1u);
  EXPECT_EQ(form_of(r).blanks[0].begin, 5);
  EXPECT_EQ(form_of(r).blanks[0].mask, 2);
  EXPECT_EQ(prompt_ids(t, glm(), "ab"), (Ids{id("[CLS]"), id("a"), id("b"), id("[gMASK]")})) << "a text without a blank goes on at its end";
  EXPECT_THROW(request_for(prompt_form(glm(), &t), {id("a")}), Error);
}

TEST(Prompt, ATextIsPutTogetherFromItsBlanks) {
  const Tokenizer& t = glm_letters();
  GenerationRequest r = request_for(prompt_form(glm(), &t), prompt_ids(t, glm(), "a[MASK]b [sMASK]"));
  const int32_t end = *t.id("<|endofpiece|>");
  r.stop_ids = {end};
  const auto ids = [&](std::string_view text) {
    Ids made;
    for (const char c : text) made.push_back(c == '|' ? end : *t.id(std::string_view(&c, 1)));
    return made;
  };
  EXPECT_EQ(filled_text(t, r, ids("cd|ef|")), "acdb ef");
  EXPECT_EQ(filled_text(t, r, ids("cd|e")), "acdb e");
  EXPECT_EQ(filled_text(t, r, ids("||")), "ab ");
  EXPECT_EQ(filled_text(t, r, ids("c")), "acb ") << "the second blank was not reached";
}

}  // namespace
}  // namespace gimbal
