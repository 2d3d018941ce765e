// Added tokens: where they are found, by each flag, and which ids they get.
#include "text/added_tokens.h"

#include <gtest/gtest.h>

namespace gimbal::text {
namespace {

using Stage = AddedTokens::Stage;

TokenModelPtr model() { return make_token_model({{"type", "BPE"}, {"vocab", {{"a", 0}, {"<s>", 1}}}, {"merges", Json::array()}}); }

// Pieces as text, added tokens in braces.
std::vector<std::string> pieces(const Json& tokens, std::string_view text, Stage stage = Stage::kAsGiven) {
  const AddedTokens added(tokens, *model(), nullptr);
  std::vector<std::string> found;
  for (const AddedTokens::Piece& piece : added.split(text, stage)) {
    const std::string part(cut(text, piece.span));
    found.push_back(piece.token ? "{" + part + "}" : part);
  }
  return found;
}

Json token(const char* content, const Json& flags = Json::object()) {
  Json json = {{"id", 0}, {"content", content}, {"special", true}, {"normalized", false}};
  json.update(flags);
  return json;
}

using Strings = std::vector<std::string>;

TEST(AddedTokens, LeftmostThenLongest) {
  const Json tokens = {token("<a"), token("<a>b"), token("a>")};
  EXPECT_EQ(pieces(tokens, "x<a>b<a>y"), (Strings{"x", "{<a>b}", "{<a}", ">y"}));
  EXPECT_EQ(pieces(tokens, ""), Strings{});
  EXPECT_EQ(pieces(tokens, "xy"), Strings{"xy"});
}

TEST(AddedTokens, FlagsTakeSpacesInOrWantWordsAlone) {
  EXPECT_EQ(pieces(Json::array({token("<m>", {{"lstrip", true}})}), "a \u00a0<m> b"), (Strings{"a", "{ \u00a0<m>}", " b"}));
  EXPECT_EQ(pieces(Json::array({token("<m>", {{"rstrip", true}})}), "a <m> \n<m>b"), (Strings{"a ", "{<m> \n}", "{<m>}", "b"}));
  EXPECT_EQ(pieces(Json::array({token("cat", {{"single_word", true}})}), "cat cats écat cat!"), (Strings{"{cat}", " cats écat ", "{cat}", "!"}));
}

TEST(AddedTokens, StagesAreSeparate) {
  const Json tokens = {token("<s>"), token("day", {{"normalized", true}})};
  EXPECT_EQ(pieces(tokens, "day<s>", Stage::kAsGiven), (Strings{"day", "{<s>}"}));
  EXPECT_EQ(pieces(tokens, "day<s>", Stage::kNormalized), (Strings{"{day}", "<s>"}));
}

TEST(AddedTokens, NormalizedTokensAreLookedForInTheirNormalForm) {
  const NormalizerPtr lowercase = make_normalizer({{"type", "Lowercase"}});
  const AddedTokens added(Json::array({token("DAY", {{"normalized", true}})}), *model(), lowercase.get());
  EXPECT_EQ(added.split("day", Stage::kNormalized).size(), 1u);
  EXPECT_NE(added.split("day", Stage::kNormalized)[0].token, nullptr);
}

TEST(AddedTokens, IdsComeFromTheModelOrFollowIt) {
  const AddedTokens added({token("<x>"), token("<s>"), token("<y>")}, *model(), nullptr);
  EXPECT_EQ(added.find("<x>")->id, 2);
  EXPECT_EQ(added.find("<s>")->id, 1);
  EXPECT_EQ(added.find("<y>")->id, 3);
  EXPECT_EQ(added.find("<z>"), nullptr);
  EXPECT_EQ(added.to_json()[0]["content"], "<s>");
}

}  // namespace
}  // namespace gimbal::text
