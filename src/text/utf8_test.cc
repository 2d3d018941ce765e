// UTF-8 steps and repairs, against the cases of the Unicode standard.
#include "text/utf8.h"

#include <gtest/gtest.h>

#include "core/files.h"
#include "core/rng.h"
#include "text/samples_for_tests.h"

namespace gimbal::text {
namespace {

using Kind = Utf8Step::Kind;

TEST(Utf8, AppendsAndReadsEveryLength) {
  for (const char32_t c : {U'a', U'\x7F', U'\x80', U'\u07FF', U'\u0800', U'\uFFFF', U'\U00010000', U'\U0010FFFF'}) {
    std::string text;
    const uint32_t length = append_character(c, text);
    EXPECT_EQ(text.size(), length);
    EXPECT_EQ(character_length(text[0]), length);
    EXPECT_EQ(character_at(text.data()), c);
    EXPECT_EQ(find_invalid_utf8(text), std::string::npos);
  }
}

TEST(Utf8, TellsBrokenFromUnfinished) {
  const auto expect = [](std::string_view bytes, Kind kind, uint32_t length) {
    const Utf8Step step = first_utf8_step(bytes);
    EXPECT_EQ(step.kind, kind) << bytes;
    EXPECT_EQ(step.length, length) << bytes;
  };
  expect("a\xFF", Kind::kCharacter, 1);
  expect("\xE4\xBD\xA0x", Kind::kCharacter, 3);
  expect("\x80", Kind::kBroken, 1);
  expect("\xC0\x80", Kind::kBroken, 1);          // overlong
  expect("\xE0\x80\x80", Kind::kBroken, 1);      // overlong
  expect("\xED\xA0\x80", Kind::kBroken, 1);      // a surrogate
  expect("\xF4\x90\x80\x80", Kind::kBroken, 1);  // past U+10FFFF
  expect("\xE4\xBDz", Kind::kBroken, 2);
  expect("\xF0\x9F\x98z", Kind::kBroken, 3);
  expect("\xE4", Kind::kUnfinished, 1);
  expect("\xF0\x9F\x98", Kind::kUnfinished, 3);
}

TEST(Utf8, ReplacesEachMaximalBrokenPartOnce) {
  EXPECT_EQ(replace_broken_utf8("a\xE4\xBDz"), "a\uFFFDz");
  EXPECT_EQ(replace_broken_utf8("\xF0\x9F\x98"), "\uFFFD");
  EXPECT_EQ(replace_broken_utf8("\xED\xA0\x80"), "\uFFFD\uFFFD\uFFFD");
  EXPECT_EQ(replace_broken_utf8("\xC3\xA9"), "é");
}

TEST(Utf8, RepairedBytesAreValidAndValidTextIsUnchanged) {
  Rng rng(1, "utf8");
  for (int n = 0; n < 200; ++n) {
    std::string bytes;
    for (int i = 0; i < 30; ++i) bytes.push_back(static_cast<char>(rng.below(3) == 0 ? rng.below(128) : 128 + rng.below(128)));
    EXPECT_EQ(find_invalid_utf8(replace_broken_utf8(bytes)), std::string::npos);
    const std::string text = random_text(rng.child(static_cast<uint64_t>(n)), 30);
    EXPECT_EQ(replace_broken_utf8(text), text);
  }
}

}  // namespace
}  // namespace gimbal::text
