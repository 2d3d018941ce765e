// Oniguruma's syntax through PCRE2.
#include "text/regex.h"

#include <gtest/gtest.h>

#include "core/error.h"
#include "text/oniguruma.h"

namespace gimbal::text {
namespace {

std::vector<std::string> matches(std::string_view pattern, std::string_view text) {
  std::vector<Span> spans;
  Regex(pattern).find_all(text, 0, spans);
  std::vector<std::string> found;
  for (const Span span : spans) found.emplace_back(cut(text, span));
  return found;
}

using Strings = std::vector<std::string>;

TEST(Oniguruma, RewritesWhatDiffers) {
  EXPECT_EQ(oniguruma_to_pcre2("a[b[cd]]e"), "a[bcd]e");
  EXPECT_EQ(oniguruma_to_pcre2(R"([^\s\d])"), R"([^\p{wspace}\d])");
  EXPECT_EQ(oniguruma_to_pcre2(R"(\p{L}{1,3}(?m:.)(?i)x\u00e9)"), R"(\p{L}{1,3}(?s:.)(?i)x\x{00e9})");
  EXPECT_EQ(oniguruma_to_pcre2("[]a](?=b)(?<!c)"), "[\\]a](?=b)(?<!c)");
  EXPECT_EQ(oniguruma_to_pcre2("[[:alpha:]_]{2}x{"), "[[:alpha:]_]{2}x\\{");
}

TEST(Oniguruma, RefusesWhatHasNoCounterpart) {
  for (const char* pattern : {"[a&&b]", "[a[^b]]", R"([\W])", "a{2}+", "[a", R"(\u12)"}) {
    EXPECT_THROW(oniguruma_to_pcre2(pattern), Error) << pattern;
  }
}

TEST(Regex, KnowsUnicodeAsOnigurumaDoes) {
  EXPECT_EQ(matches(R"(\s+)", "a\u0085\u00a0\u3000b\u180ec"), Strings{"\u0085\u00a0\u3000"});  // U+180E is no white space since Unicode 6.3
  EXPECT_EQ(matches(R"(\w+)", "é_1 ²-e\u0301"), (Strings{"é_1", "²", "e\u0301"}));
  EXPECT_EQ(matches(R"(\b)", "ab c").size(), 4u);
  EXPECT_EQ(matches(R"(^.)", "ab\ncd"), (Strings{"a", "c"}));
  EXPECT_EQ(matches("(?i)É", "éÉ"), (Strings{"é", "É"}));
  EXPECT_EQ(matches(" ?[^(\\s|[.,!?])]+", "a [b] (c)|d."), (Strings{"a", " [b]", "c", "d"}));
}

TEST(Regex, EmptyMatchesMoveOnByCharacters) {
  EXPECT_EQ(matches("x*", "éxxb").size(), 3u);  // before é, xx, at the end; none right after xx
  EXPECT_EQ(matches("", "éé").size(), 3u);
}

TEST(Regex, ShiftsByTheBase) {
  std::vector<Span> spans;
  Regex("b").find_all("abab", 100, spans);
  EXPECT_EQ(spans, (std::vector<Span>{{101, 102}, {103, 104}}));
}

TEST(Regex, LongMatchesNeedNoStack) { EXPECT_EQ(matches("(?:a|b)*c", std::string(300000, 'a') + "c").size(), 1u); }

TEST(Regex, MalformedPatternsAreRefusedWithTheirText) {
  try {
    Regex("a(b");
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("a(b"), std::string::npos);
  }
}

}  // namespace
}  // namespace gimbal::text
