// The hand-written matchers against the expressions that they stand for.
#include "text/word_patterns.h"

#include <gtest/gtest.h>

#include "core/rng.h"
#include "text/char_class.h"
#include "text/samples_for_tests.h"

namespace gimbal::text {
namespace {

using Strings = std::vector<std::string>;

Strings words(std::string_view pattern, std::string_view text) {
  std::vector<Span> spans;
  WordPattern::from_regex(pattern).find_all(text, 0, spans);
  Strings found;
  for (const Span span : spans) found.emplace_back(cut(text, span));
  return found;
}

TEST(CharClass, FollowsUnicode) {
  const CharClasses& classes = CharClasses::get();
  for (const char32_t c : {U'a', U'Z', U'é', U'ß', U'中', U'가', U'\u0130', U'\U00020000', U'\U00013460'})
    EXPECT_EQ(classes.of(c), CharClass::kLetter);
  for (const char32_t c : {U'0', U'9', U'²', U'½', U'Ⅷ', U'٣'}) EXPECT_EQ(classes.of(c), CharClass::kNumber);
  for (const char32_t c : {U' ', U'\t', U'\n', U'\r', U'\u0085', U'\u00a0', U'\u2028', U'\u3000'}) EXPECT_EQ(classes.of(c), CharClass::kSpace);
  for (const char32_t c : {U'!', U'_', U'\0', U'\u0301', U'\u200b', U'\u180e', U'😀', U'\U0010FFFF'}) EXPECT_EQ(classes.of(c), CharClass::kOther);
  for (unsigned char c = 0; c < 128; ++c) EXPECT_EQ(classes.ascii(c), classes.of(c));
}

TEST(WordPatterns, CutAsPublished) {
  EXPECT_EQ(words(kGpt2Pattern, "I'll  go,\n\nit's 1234!  "), (Strings{"I", "'ll", " ", " go", ",", "\n", "\n", "it", "'s", " 1234", "!", "  "}));
  EXPECT_EQ(words(kLlama3Pattern, "I'LL (go),\n\n  it's 1234\n"),
            (Strings{"I", "'LL", " (", "go", "),\n\n", " ", " it", "'s", " ", "123", "4", "\n"}));
  EXPECT_EQ(words(kQwen2Pattern, "a12"), (Strings{"a", "1", "2"}));
  EXPECT_EQ(words(kBloomPattern, "Hi [x], (y)。z"), (Strings{"Hi", " [x]", "y", "z"}));
  EXPECT_EQ(words(kAnyCharacterPattern, "é\n😀"), (Strings{"é", "\n", "😀"}));
}

class KnownPatterns : public testing::TestWithParam<KnownPattern> {};

TEST_P(KnownPatterns, EqualTheirExpression) {
  const Regex regex(GetParam().pattern);
  const auto check = [&](const std::string& text) {
    std::vector<Span> expected, found;
    regex.find_all(text, 7, expected);
    GetParam().match_all(text, 7, found);
    ASSERT_EQ(found, expected) << text;
  };
  const Rng rng(3, "patterns");
  for (uint64_t n = 0; n < 3000; ++n) check(random_text(rng.child(n), 1 + n % 60));
  // Few different characters, so that all short sequences of the difficult ones occur.
  static const Strings pieces = {"'",  "s",      "T", "re", "LL", "v",  "e", " ", " ",      "\n", "\r",
                                 "\t", "\u00a0", "1", "½",  "é",  "中", ".", "(", "\u0301", "😀",  "\u017f"};
  Rng draw(4, "pieces");
  for (int n = 0; n < 6000; ++n) {
    std::string text;
    for (uint64_t i = 0, count = 1 + draw.below(12); i < count; ++i) text += pieces[draw.below(pieces.size())];
    check(text);
  }
}

INSTANTIATE_TEST_SUITE_P(All, KnownPatterns, testing::ValuesIn(known_patterns()));

TEST(WordPatterns, LiteralsMatchThemselves) {
  std::vector<Span> spans;
  WordPattern::from_literal("a.b").find_all("a.b axb a.b", 0, spans);
  EXPECT_EQ(spans, (std::vector<Span>{{0, 3}, {8, 11}}));
}

}  // namespace
}  // namespace gimbal::text
