// BertNormalizer: what it drops, spaces out and folds. The normalized texts are those of Hugging Face tokenizers 0.23.
#include <gtest/gtest.h>

#include "text/normalizers/normalizer.h"
#include "text/samples_for_tests.h"

namespace gimbal::text {
namespace {

AlignedText normalized(const Json& settings, std::string_view text, Tracking tracking) {
  Json json = settings;
  json["type"] = "BertNormalizer";
  AlignedText aligned(text, {0, static_cast<uint32_t>(text.size())}, tracking);
  make_normalizer(json)->apply(aligned);
  return aligned;
}

void expect(const Json& settings, std::string_view text, std::string_view result) {
  for (const Tracking tracking : {Tracking::kOff, Tracking::kOn}) EXPECT_EQ(normalized(settings, text, tracking).text(), result) << settings << text;
}

const Json kUncased = Json::object(), kCased = {{"lowercase", false}}, kAccents = {{"strip_accents", false}};

TEST(BertNormalizer, FoldsCaseAndAccents) {
  expect(kUncased, "Héllo Ünïcode", "hello unicode");
  expect(kUncased, "e\u0301A\u030a", "ea");  // marks that stand apart
  expect(kUncased, "İSTANBUL ΣΑΣ", "istanbul σασ");
  expect(kUncased, "ひらがなガ", "ひらかなカ");
  expect(kUncased, "한국", "\u1112\u1161\u11ab\u1100\u116e\u11a8");
  expect(kUncased, "ﬁ Ⅷ", "ﬁ ⅷ");
  expect(kUncased, "\u05e9\u05b8\u05c1\u05dc\u05d5\u05b9\u05dd", "\u05e9\u05dc\u05d5\u05dd");  // Hebrew points
  expect(kCased, "Héllo İ ガ 한", "Héllo İ ガ 한");
  expect(kAccents, "Héllo Ünïcode İ", "héllo ünïcode i\u0307");
  expect({{"lowercase", false}, {"strip_accents", true}}, "Héllo İ", "Hello I");
}

TEST(BertNormalizer, DropsControlCharactersAndEvensOutSpaces) {
  const std::string controls("a\0b\1c\ufffdd", 9);
  expect(kUncased, controls, "abcd");
  expect(kUncased, "tab\there\u00a0nbsp\r\n", "tab here nbsp  ");
  expect(kUncased, "zero\u200bwidth\u200djoin\ufeff", "zerowidthjoin");
  expect(kUncased, "\ue000\U000f0000", "");  // private use
  expect(kUncased, "", "");
  expect({{"clean_text", false}, {"lowercase", false}}, "\tTab\u200b\ue000", "\tTab\u200b\ue000");
  expect({{"clean_text", false}, {"lowercase", false}}, controls, controls);
}

TEST(BertNormalizer, PutsSpacesAroundIdeographsOnly) {
  expect(kUncased, "你好world", " 你  好 world");
  expect(kUncased, "\U00020000x", " \U00020000 x");
  expect(kUncased, "かな 😀👍🏽", "かな 😀👍🏽");
  expect({{"handle_chinese_chars", false}}, "你好World", "你好world");
}

TEST(BertNormalizer, OffsetsPointIntoTheOriginal) {
  const AlignedText text = normalized(kUncased, "\1É你x", Tracking::kOn);  // bytes: \1 0, É 1-2, 你 3-5, x 6
  ASSERT_EQ(text.text(), "e 你 x");
  EXPECT_EQ(text.origin({0, 1}), (Span{1, 3}));
  EXPECT_EQ(text.origin({2, 5}), (Span{3, 6}));
  EXPECT_EQ(text.origin({6, 7}), (Span{6, 7}));
}

TEST(BertNormalizer, TrackingDoesNotChangeTheText) {
  const Rng rng(6, "bert");
  for (const Json& settings : {kUncased, kCased, kAccents}) {
    for (uint64_t n = 0; n < 300; ++n) {
      const std::string text = random_text(rng.child(n), 40);
      EXPECT_EQ(normalized(settings, text, Tracking::kOn).text(), normalized(settings, text, Tracking::kOff).text()) << text;
    }
  }
}

}  // namespace
}  // namespace gimbal::text
