// Normalizers: their text, their alignment, and that tracking changes only the latter.
#include "text/normalizers/normalizer.h"

#include <gtest/gtest.h>

#include "core/rng.h"
#include "text/samples_for_tests.h"

namespace gimbal::text {
namespace {

AlignedText normalized(const Json& json, std::string_view text, Tracking tracking) {
  AlignedText aligned(text, {0, static_cast<uint32_t>(text.size())}, tracking);
  make_normalizer(json)->apply(aligned);
  return aligned;
}

std::string result(const char* type, std::string_view text) { return std::string(normalized({{"type", type}}, text, Tracking::kOff).text()); }

TEST(Normalizers, UnicodeForms) {
  EXPECT_EQ(result("NFC", "e\u0301 \u1100\u1161\u11a8 ﬁ"), "é \uac01 ﬁ");
  EXPECT_EQ(result("NFD", "é \uac01 ﬁ"), "e\u0301 \u1100\u1161\u11a8 ﬁ");
  EXPECT_EQ(result("NFKC", "ﬁ ② e\u0301"), "fi 2 é");
  EXPECT_EQ(result("NFKD", "ﬁ é"), "fi e\u0301");
  EXPECT_EQ(result("NFC", "q\u0307\u0323"), "q\u0323\u0307");  // marks in canonical order
  EXPECT_EQ(result("NFD", "\U00011938"), "\U00011938");        // decomposes since Unicode 13, not in Hugging Face tokenizers
}

TEST(Normalizers, Lowercase) { EXPECT_EQ(result("Lowercase", "ÀB\u0130Σ"), "àbi\u0307σ"); }

TEST(Normalizers, SequenceAppliesInOrder) {
  const Json json = {{"type", "Sequence"}, {"normalizers", {{{"type", "NFKC"}}, {{"type", "Lowercase"}}}}};
  EXPECT_EQ(normalized(json, "Ⅷ", Tracking::kOff).text(), "viii");
  EXPECT_EQ(Json(make_normalizer(json)->to_json()), json);
}

TEST(Normalizers, AlignmentOfComposedAndDecomposedText) {
  const AlignedText composed = normalized({{"type", "NFC"}}, "e\u0301x", Tracking::kOn);
  EXPECT_EQ(composed.origin({0, 2}), (Span{0, 1}));  // as Hugging Face tokenizers: the mark that joined is not covered
  EXPECT_EQ(composed.origin({2, 3}), (Span{3, 4}));
  const AlignedText decomposed = normalized({{"type", "NFKD"}}, "aﬁé", Tracking::kOn);
  EXPECT_EQ(decomposed.text(), "afie\u0301");
  EXPECT_EQ(decomposed.origin({1, 2}), (Span{1, 4}));
  EXPECT_EQ(decomposed.origin({2, 3}), (Span{1, 4}));
  EXPECT_EQ(decomposed.origin({4, 6}), (Span{4, 6}));
}

TEST(Normalizers, TrackingDoesNotChangeTheText) {
  const Rng rng(5, "normalizers");
  for (const char* type : {"NFC", "NFD", "NFKC", "NFKD", "Lowercase"}) {
    for (uint64_t n = 0; n < 400; ++n) {
      const std::string text = random_text(rng.child(n), 40);
      const Json json = {{"type", type}};
      EXPECT_EQ(normalized(json, text, Tracking::kOn).text(), normalized(json, text, Tracking::kOff).text()) << type << ": " << text;
    }
  }
}

TEST(Normalizers, UnsupportedKindsAreNamed) {
  try {
    make_normalizer({{"type", "Nonsense"}});
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("\"Nonsense\" is not supported"), std::string::npos) << error.what();
  }
}

TEST(Normalizers, EndlessNestingIsRefused) {
  Json json = {{"type", "NFC"}};
  for (int depth = 0; depth < 50; ++depth) json = {{"type", "Sequence"}, {"normalizers", Json::array({json})}};
  EXPECT_THROW(make_normalizer(json), Error);
  EXPECT_NO_THROW(make_normalizer({{"type", "NFC"}}));
}

}  // namespace
}  // namespace gimbal::text
