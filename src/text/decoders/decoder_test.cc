// Decoders, by small examples.
#include "text/decoders/decoder.h"

#include <gtest/gtest.h>

namespace gimbal::text {
namespace {

using Strings = std::vector<std::string>;

Strings decoded(const Json& json, Strings tokens) {
  make_decoder(json)->apply(tokens);
  return tokens;
}

TEST(Decoders, ByteLevel) {
  const Json json = {{"type", "ByteLevel"}};
  EXPECT_EQ(decoded(json, {"Ġhello", "Ċ", "Ã", "©"}), Strings{" hello\né"});
  EXPECT_EQ(decoded(json, {"Ã"}), Strings{"\uFFFD"});
  EXPECT_EQ(decoded(json, {"a b", "Ġ"}), Strings{"a b "});  // a token outside the alphabet stands for itself
}

TEST(Decoders, ByteFallback) {
  const Json json = {{"type", "ByteFallback"}};
  EXPECT_EQ(decoded(json, {"a", "<0xE5>", "<0x8F>", "<0xab>", "b"}), (Strings{"a", "叫", "b"}));
  EXPECT_EQ(decoded(json, {"<0xE5>", "<0x8F>", "b", "<0xZZ>"}), (Strings{"\uFFFD", "\uFFFD", "b", "<0xZZ>"}));
}

TEST(Decoders, BpeSuffix) {
  EXPECT_EQ(decoded({{"type", "BPEDecoder"}, {"suffix", "</w>"}}, {"he", "llo</w>", "you</w>"}), (Strings{"he", "llo ", "you"}));
}

TEST(Decoders, FuseAndSequence) {
  const Json json = {{"type", "Sequence"}, {"decoders", {{{"type", "ByteFallback"}}, {{"type", "Fuse"}}}}};
  EXPECT_EQ(decoded(json, {"a", "<0x62>", "c"}), Strings{"abc"});
  EXPECT_EQ(Json(make_decoder(json)->to_json()), json);
}

}  // namespace
}  // namespace gimbal::text
