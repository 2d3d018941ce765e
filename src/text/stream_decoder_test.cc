// Streams give the text of the whole, in valid pieces.
#include "text/stream_decoder.h"

#include <gtest/gtest.h>

#include "core/error.h"
#include "core/files.h"
#include "text/samples_for_tests.h"

namespace gimbal {
namespace {

using text::Json;

std::string streamed(const Tokenizer& tokenizer, const std::vector<int32_t>& ids) {
  StreamDecoder stream(tokenizer, SkipSpecial::kYes);
  std::string whole;
  for (const int32_t id : ids) {
    const std::string piece = stream.feed(id);
    EXPECT_EQ(find_invalid_utf8(piece), std::string::npos);
    whole += piece;
  }
  return whole + stream.finish();
}

TEST(StreamDecoder, HoldsBackUnfinishedCharacters) {
  const Tokenizer tokenizer = Tokenizer::from_json(text::tiny_gpt2());
  StreamDecoder stream(tokenizer, SkipSpecial::kYes);
  EXPECT_EQ(stream.feed(265), " hello");
  EXPECT_EQ(stream.feed(172), "");
  EXPECT_EQ(stream.feed(253), "");
  EXPECT_EQ(stream.feed(246), "");
  EXPECT_EQ(stream.feed(222), "😀");
  EXPECT_EQ(stream.feed(172), "");
  EXPECT_EQ(stream.feed(259), "\uFFFDhello");  // the character will not be finished
  EXPECT_EQ(stream.feed(172), "");
  EXPECT_EQ(stream.finish(), "\uFFFD");
  EXPECT_EQ(stream.feed(259), "hello");
  EXPECT_THROW(stream.feed(9999), Error);
}

TEST(StreamDecoder, EqualsDecodingTheWhole) {
  Json json = text::tiny_gpt2();
  json["added_tokens"] = Json::array({text::special_token("<s>")});
  const Tokenizer bytewise = Tokenizer::from_json(json);
  Rng rng(10, "stream");
  for (int n = 0; n < 500; ++n) {
    std::vector<int32_t> ids;
    for (int i = 0; i < 20; ++i) ids.push_back(static_cast<int32_t>(rng.below(268)));
    EXPECT_EQ(streamed(bytewise, ids), bytewise.decode(ids, SkipSpecial::kYes));
  }
}

TEST(StreamDecoder, DecodersThatLookAtNeighbours) {
  const Json suffixed = {{"model", {{"type", "BPE"}, {"vocab", {{"he", 0}, {"llo</w>", 1}, {"you</w>", 2}}}, {"merges", Json::array()}}},
                         {"decoder", {{"type", "BPEDecoder"}, {"suffix", "</w>"}}}};
  const Tokenizer words = Tokenizer::from_json(suffixed);
  StreamDecoder stream(words, SkipSpecial::kNo);
  EXPECT_EQ(stream.feed(0), "he");
  EXPECT_EQ(stream.feed(1), "llo");
  EXPECT_EQ(stream.feed(2), " you");

  const Json fallback = {{"model", {{"type", "BPE"}, {"vocab", {{"a", 0}, {"<0xC3>", 1}, {"<0xA9>", 2}}}, {"merges", Json::array()}}},
                         {"decoder", {{"type", "ByteFallback"}}}};
  const Tokenizer bytes = Tokenizer::from_json(fallback);
  for (const std::vector<int32_t>& ids : {std::vector<int32_t>{0, 1, 2, 0}, {1, 0, 2}, {1, 1, 1}, {0, 1}}) {
    EXPECT_EQ(streamed(bytes, ids), bytes.decode(ids, SkipSpecial::kYes));
  }
}

}  // namespace
}  // namespace gimbal
