// Unigram: the best of all cuts, unknown characters and their bytes. The literal cases are those of Hugging Face tokenizers 0.23.
#include "text/models/unigram.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "text/samples_for_tests.h"

namespace gimbal::text {
namespace {

using Ids = std::vector<int32_t>;

TokenList tokenize(const TokenModel& unigram, std::string_view text) {
  TextRun run(AlignedText(text, {0, static_cast<uint32_t>(text.size())}, Tracking::kOn));
  TokenList tokens, fast;
  tokens.tracking = Tracking::kOn;
  unigram.tokenize(run, tokens);
  for (int round = 0; round < 2; ++round) {  // the second one finds the word in the cache
    fast.ids.clear();
    unigram.tokenize(run, fast);
    EXPECT_EQ(fast.ids, tokens.ids) << text;
  }
  return tokens;
}

// The definition: the highest sum of scores over every way to cut the text.
double best_sum(const std::vector<UnigramPieces::Piece>& pieces, std::string_view text) {
  if (text.empty()) return 0;
  double best = -INFINITY;
  for (const UnigramPieces::Piece& piece : pieces) {
    if (piece.in_text && text.starts_with(piece.token)) best = std::max(best, piece.score + best_sum(pieces, text.substr(piece.token.size())));
  }
  return best;
}

TEST(Unigram, FindsTheBestOfAllCuts) {
  Rng rng(5, "unigram");
  for (int round = 0; round < 40; ++round) {
    UnigramPieces model;
    model.sums = round % 2 == 0 ? ScoreSums::kDouble : ScoreSums::kFloat;
    const auto score = [&rng] { return -static_cast<double>(1 + rng.below(64)) / 8; };  // sums are exact, in float as well
    for (const char* letter : {"<unk>", "a", "b", "c"}) model.pieces.push_back({letter, score(), letter[0] != '<'});
    for (const char* token : {"ab", "bc", "ca", "aa", "abc", "bca", "abab", "ccc"}) model.pieces.push_back({token, score(), rng.below(5) > 0});
    model.unknown_id = 0;
    model.unknown_score = -100;
    const TokenModelPtr unigram = make_unigram(model);
    for (int i = 0; i < 10; ++i) {
      std::string text;
      for (uint64_t n = rng.below(14); n > 0; --n) text += static_cast<char>('a' + rng.below(3));
      double sum = 0;
      std::string joined;
      const TokenList tokens = tokenize(*unigram, text);
      for (const int32_t id : tokens.ids) {
        const UnigramPieces::Piece& piece = model.pieces[static_cast<size_t>(id)];
        EXPECT_TRUE(piece.in_text) << piece.token;
        sum += piece.score;
        joined += piece.token;
      }
      ASSERT_EQ(joined, text);
      ASSERT_EQ(sum, best_sum(model.pieces, text)) << text;
    }
  }
}

Json model(const Json& vocab, int unknown_id) { return {{"type", "Unigram"}, {"vocab", vocab}, {"unk_id", unknown_id}}; }

const Json& sample() {
  static const Json vocab = Json::parse(R"([["<unk>",0],["a",-1],["b",-2],["ab",-2.5],["abc",-4.5],["c",-1.5],["bc",-4],["▁",-1]])");
  return vocab;
}

TEST(Unigram, KnownAndUnknownText) {
  const TokenModelPtr unigram = make_token_model(model(sample(), 0));
  const auto expect = [&](std::string_view text, const Ids& ids, const std::vector<Span>& spans) {
    const TokenList tokens = tokenize(*unigram, text);
    EXPECT_EQ(tokens.ids, ids) << text;
    EXPECT_EQ(tokens.spans, spans) << text;
  };
  expect("abc", {3, 5}, {{0, 2}, {2, 3}});
  expect("xyab", {0, 3}, {{0, 2}, {2, 4}});  // what is unknown is one token
  expect("axxb", {1, 0, 2}, {{0, 1}, {1, 3}, {3, 4}});
  expect("cabé", {5, 3, 0}, {{0, 1}, {1, 3}, {3, 5}});
  expect("", {}, {});
}

TEST(Unigram, BytesInPlaceOfTheUnknown) {
  Json vocab = Json::array({Json::array({"<unk>", 0.0})});
  for (int byte = 0; byte < 256; ++byte) vocab.push_back({cat("<0x", "0123456789ABCDEF"[byte / 16], "0123456789ABCDEF"[byte % 16], ">"), -9.0});
  vocab.push_back({"a", -1.0});
  Json json = model(vocab, 0);
  json["byte_fallback"] = true;
  const TokenList tokens = tokenize(*make_token_model(json), "aéa");
  EXPECT_EQ(tokens.ids, (Ids{257, 196, 170, 257}));
  EXPECT_EQ(tokens.spans, (std::vector<Span>{{0, 1}, {1, 3}, {1, 3}, {3, 4}}));
  json["vocab"].erase(1 + 0xA9);  // not all bytes of é: then it is unknown
  EXPECT_EQ(tokenize(*make_token_model(json), "aéa").ids, (Ids{256, 0, 256}));
}

TEST(Unigram, RefusesWhatItCannotCut) {
  Json json = model(sample(), 0);
  json["unk_id"] = nullptr;
  EXPECT_NE(error_of([&] { tokenize(*make_token_model(json), "abx"); }).find("no pieces for \"x\""), std::string::npos);
  EXPECT_NE(error_of([&] { make_token_model(model(sample(), 8)); }).find("\"unk_id\" is 8"), std::string::npos);
  EXPECT_NE(error_of([&] { make_token_model(model(Json::array(), 0)); }).find("\"vocab\" is empty"), std::string::npos);
  EXPECT_NE(error_of([&] { make_token_model(model(Json::array({Json::array({"a"})}), 0)); }).find("[token, score]"), std::string::npos);
}

TEST(Unigram, JsonRoundTrip) {
  const TokenModelPtr unigram = make_token_model(model(sample(), 0));
  EXPECT_EQ(make_token_model(Json(unigram->to_json()))->to_json(), unigram->to_json());
  EXPECT_EQ(unigram->unknown_token(), "<unk>");
}

}  // namespace
}  // namespace gimbal::text
