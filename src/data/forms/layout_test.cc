// One or two texts between special tokens, cut to fit.
#include "data/forms/samples_for_tests.h"

namespace gimbal {
namespace {

using namespace samples;

TEST(EncoderLayout, OneTextAndTwo) {
  const TextLayout layout(TextLayout::Kind::kEncoder, letters());
  const Ids a = {5, 6}, b = {7, 8, 9};
  const TextLayout::Laid one = layout.lay(a, nullptr, 100);
  EXPECT_EQ(one.sequence.ids, (Ids{kCls, 5, 6, kSep}));
  EXPECT_TRUE(one.sequence.types.empty());
  EXPECT_EQ(one.begin[0], 1);
  EXPECT_EQ(one.kept[0], 2);
  const TextLayout::Laid two = layout.lay(a, &b, 100);
  EXPECT_EQ(two.sequence.ids, (Ids{kCls, 5, 6, kSep, 7, 8, 9, kSep}));
  EXPECT_EQ(two.sequence.types, (Ids{0, 0, 0, 0, 1, 1, 1, 1}));
  EXPECT_EQ(two.begin[1], 4);
  EXPECT_EQ(two.kept[1], 3);
}

TEST(EncoderLayout, TheLongerTextIsCutFirst) {
  const TextLayout layout(TextLayout::Kind::kEncoder, letters());
  const Ids a = {5, 6, 7, 8, 9, 10}, b = {11, 12};
  EXPECT_EQ(layout.lay(a, &b, 11).sequence.ids.size(), 11u);  // just fits
  EXPECT_EQ(layout.lay(a, &b, 10).sequence.ids, (Ids{kCls, 5, 6, 7, 8, 9, kSep, 11, 12, kSep}));
  EXPECT_EQ(layout.lay(a, &b, 7).sequence.ids, (Ids{kCls, 5, 6, kSep, 11, 12, kSep}));
  EXPECT_EQ(layout.lay(a, &b, 6).sequence.ids, (Ids{kCls, 5, 6, kSep, 11, kSep}));  // alike by then: the longer text gets one more
  EXPECT_EQ(layout.lay(a, nullptr, 4).sequence.ids, (Ids{kCls, 5, 6, kSep}));
  EXPECT_SAYS(refusal([&] { layout.lay(a, &b, 3); }), "no room");
  EXPECT_SAYS(refusal([&] { layout.lay(a, nullptr, 2); }), "no room");
}

TEST(DecoderLayout, GptsTokensStandAroundTheTexts) {
  const TextLayout layout(TextLayout::Kind::kDecoder, bytes());
  const Ids a = {1, 2}, b = {3};
  EXPECT_EQ(layout.lay(a, nullptr, 9).sequence.ids, (Ids{kStart, 1, 2, kExtract}));
  const TextLayout::Laid two = layout.lay(a, &b, 9);
  EXPECT_EQ(two.sequence.ids, (Ids{kStart, 1, 2, kDelimiter, 3, kExtract}));
  EXPECT_TRUE(two.sequence.types.empty());
}

TEST(TextLayout, WhatTheTokenizerLacksIsNamed) {
  EXPECT_SAYS(refusal([] { TextLayout(TextLayout::Kind::kEncoder, train_byte({"[CLS]"})); }), "[SEP]");
  EXPECT_SAYS(refusal([] { TextLayout(TextLayout::Kind::kDecoder, letters()); }), "<|start|>");
}

TEST(SpecialTokens, AreAddedBehindTheOthersOnce) {
  const Tokenizer plain = letters(), more = with_special_tokens(plain, {"[SEP]", "<|start|>", "<|end|>"});
  EXPECT_EQ(more.id("[SEP]"), kSep);
  EXPECT_EQ(more.id("<|start|>"), plain.vocab_size());
  EXPECT_EQ(more.id("<|end|>"), plain.vocab_size() + 1);
  EXPECT_TRUE(more.is_special(plain.vocab_size()));
  EXPECT_EQ(more.encode("a<|end|>b", AddSpecial::kNo), (Ids{5, plain.vocab_size() + 1, 6}));
  EXPECT_EQ(with_special_tokens(more, {"<|start|>", "<|end|>"}).vocab_size(), more.vocab_size());
}

}  // namespace
}  // namespace gimbal
