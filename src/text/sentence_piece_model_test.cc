// SentencePiece models: reading the file, and text cut by it. The ids and texts of the literal cases are those of SentencePiece 0.2.3.
#include "text/sentence_piece_model.h"

#include <gtest/gtest.h>

#include <cstring>

#include "text/fallback_bytes.h"
#include "text/samples_for_tests.h"

namespace gimbal::text {
namespace {

using Ids = std::vector<int32_t>;
using Sort = SentencePieceModel::Sort;
using Algorithm = SentencePieceModel::Algorithm;

// A writer of the wire format: keys are the field's number and, in three bits, its type.
std::string varint(uint64_t value) {
  std::string bytes;
  for (; value >= 0x80; value >>= 7) bytes += static_cast<char>(value | 0x80);
  return bytes + static_cast<char>(value);
}
std::string number(uint64_t field, uint64_t value) { return varint(field << 3) + varint(value); }
std::string block(uint64_t field, const std::string& bytes) { return varint(field << 3 | 2) + varint(bytes.size()) + bytes; }
std::string real(uint64_t field, float value) {
  char bytes[4];
  std::memcpy(bytes, &value, 4);
  return varint(field << 3 | 5) + std::string(bytes, 4);
}

std::string piece(const std::string& token, float score, Sort sort = Sort::kNormal) {
  return block(1, block(1, token) + real(2, score) + number(3, static_cast<uint64_t>(sort)));
}

const std::string kControls = piece("<unk>", 0, Sort::kUnknown) + piece("<s>", 0, Sort::kControl) + piece("</s>", 0, Sort::kControl);

std::string unigram_model(const std::string& normalizer) {
  std::string bytes = kControls;
  bytes += piece("▁", -2) + piece("▁he", -3) + piece("llo", -3.5) + piece("l", -4) + piece("o", -4.5) + piece("h", -5) + piece("e", -5);
  bytes += piece("▁hello", -8) + piece("<sep>", 0, Sort::kUserDefined) + piece("wor", -4) + piece("ld", -4);
  return bytes + block(2, number(3, static_cast<uint64_t>(Algorithm::kUnigram))) + block(3, normalizer);
}

const std::string kKeepSpaces = number(4, 0), kNoDummyPrefix = number(3, 0);

std::string bpe_model() {
  std::string bytes = kControls;
  for (int byte = 0; byte < 256; ++byte) bytes += piece(fallback_token(static_cast<unsigned char>(byte)), 0, Sort::kByte);
  float score = 0;
  for (const char* token : {"ll", "he", "▁he", "llo", "▁hello", "▁", "h", "e", "l", "o", "w", "r", "d"}) bytes += piece(token, score -= 1);
  return bytes + block(2, number(3, static_cast<uint64_t>(Algorithm::kBpe)) + number(35, 1)) + block(3, kKeepSpaces);
}

TEST(SentencePieceModel, ReadsTheFieldsThatCount) {
  const std::string trainer = number(3, 2) + number(24, 1) + number(35, 1) + block(44, "??") + real(99, 1) + varint(98 << 3 | 1) + "8 bytes.";
  const std::string normalizer = block(1, "name") + block(2, "rules") + number(3, 0) + number(4, 0) + number(5, 0);
  const SentencePieceModel model =
      read_sentence_piece_model(piece("▁a", -1.5) + piece("b", -2, Sort::kUserDefined) + block(2, trainer) + block(3, normalizer));
  ASSERT_EQ(model.pieces.size(), 2u);
  EXPECT_EQ(model.pieces[0].token, "▁a");
  EXPECT_EQ(model.pieces[0].score, -1.5f);
  EXPECT_EQ(model.pieces[1].sort, Sort::kUserDefined);
  EXPECT_EQ(model.algorithm, Algorithm::kBpe);
  EXPECT_TRUE(model.space_is_suffix && model.byte_fallback);
  EXPECT_FALSE(model.add_dummy_prefix || model.remove_extra_spaces || model.escape_spaces);
  EXPECT_EQ(model.unknown_surface, "??");
  EXPECT_EQ(model.charsmap, "rules");
}

TEST(SentencePieceModel, RefusesWhatIsNoModel) {
  const std::string whole = piece("▁hello", -1);
  for (size_t length = 0; length < whole.size(); ++length) EXPECT_THROW(read_sentence_piece_model(whole.substr(0, length)), Error) << length;
  EXPECT_NO_THROW(read_sentence_piece_model(whole));
  EXPECT_THROW(read_sentence_piece_model("{\"version\": \"1.0\"}"), Error);
  EXPECT_THROW(read_sentence_piece_model(piece("\xFF", 0)), Error);
  EXPECT_THROW(read_sentence_piece_model(piece("", 0)), Error);
  EXPECT_THROW(read_sentence_piece_model(std::string(11, '\xFF')), Error);  // a number without an end
}

Tokenizer tokenizer_from(const std::string& bytes) { return tokenizer_from_sentence_piece(bytes, nullptr, nullptr); }

struct Case {
  const char* text;
  Ids ids;
  const char* decoded;
};

void expect(const Tokenizer& tokenizer, const std::vector<Case>& cases) {
  for (const Case& c : cases) {
    EXPECT_EQ(tokenizer.encode(c.text, AddSpecial::kNo), c.ids) << c.text;
    EXPECT_EQ(tokenizer.encode_with_offsets(c.text, AddSpecial::kNo).ids, c.ids) << c.text;
    EXPECT_EQ(tokenizer.decode(c.ids, SkipSpecial::kNo), c.decoded) << c.text;
  }
}

TEST(SentencePieceModel, UnigramPieces) {
  expect(tokenizer_from(unigram_model("")), {{"hello", {4, 5}, "hello"},
                                             {"  hello   hello ", {4, 5, 4, 5}, "hello hello"},
                                             {"hello<sep>world", {4, 5, 11, 12, 13}, "hello<sep>world"},
                                             {"héllo", {3, 8, 0, 5}, "h ⁇ llo"},
                                             {"<s>hello</s>", {3, 0, 8, 9, 5, 0}, " ⁇ hello ⁇ "},  // control symbols are never read out of a text
                                             {"", {}, ""},
                                             {"   ", {}, ""},
                                             {"ohello", {3, 7, 8, 9, 5}, "ohello"}});
}

TEST(SentencePieceModel, SpacesAsTheModelWantsThem) {
  expect(tokenizer_from(unigram_model(kKeepSpaces)),
         {{"  hello   hello ", {3, 3, 4, 5, 3, 3, 4, 5, 3}, "  hello   hello "}, {"   ", {3, 3, 3, 3}, "   "}});
  expect(tokenizer_from(unigram_model(kNoDummyPrefix)), {{"hello", {8, 9, 5}, "hello"}, {"  hello   hello ", {8, 9, 5, 4, 5}, "hello hello"}});
}

TEST(SentencePieceModel, BpePiecesAndBytes) {
  expect(tokenizer_from(bpe_model()), {{"hello", {263}, "hello"},
                                       {"  hello   hello ", {264, 264, 263, 264, 264, 263, 264}, "  hello   hello "},
                                       {"héllo", {264, 265, 198, 172, 262}, "héllo"},
                                       {"<s>hello</s>", {264, 63, 118, 65, 260, 262, 63, 50, 118, 65}, "<s>hello</s>"},
                                       {"ohello", {264, 268, 260, 262}, "ohello"},
                                       {"", {}, ""}});
}

TEST(SentencePieceModel, SpecialTokensAreThoseOfTheFamily) {
  const Tokenizer llama = tokenizer_from(bpe_model());
  EXPECT_EQ(llama.encode("hello", AddSpecial::kYes), (Ids{1, 263}));
  EXPECT_EQ(llama.special().bos, 1);
  EXPECT_EQ(llama.special().unk, 0);
  const Json both = {{"add_bos_token", true}, {"add_eos_token", true}};
  EXPECT_EQ(tokenizer_from_sentence_piece(bpe_model(), both, nullptr).encode("hello", AddSpecial::kYes), (Ids{1, 263, 2}));
  std::string t5 = piece("<pad>", 0, Sort::kControl) + piece("</s>", 0, Sort::kControl) + piece("<unk>", 0, Sort::kUnknown) + piece("▁a", -1);
  const Tokenizer with_sentinels = tokenizer_from_sentence_piece(t5, nullptr, {{"model_type", "t5"}});
  EXPECT_EQ(with_sentinels.vocab_size(), 104);
  EXPECT_EQ(with_sentinels.id("<extra_id_0>"), 103);
  EXPECT_EQ(with_sentinels.encode("a<extra_id_99>", AddSpecial::kYes), (Ids{3, 4, 1}));
  EXPECT_EQ(with_sentinels.encode_pair("a", "a").ids, (Ids{3, 1, 3, 1}));
}

TEST(SentencePieceModel, RefusesKindsThatAreNotSupported) {
  EXPECT_NE(error_of([] { tokenizer_from(kControls + block(2, number(3, 4))); }).find("unigram and bpe"), std::string::npos);
  EXPECT_NE(error_of([] { tokenizer_from(piece("a", 0)); }).find("no unknown token"), std::string::npos);
  EXPECT_NE(error_of([] { tokenizer_from(kControls + piece("gone", 0, Sort::kUnused)); }).find("\"gone\""), std::string::npos);
}

}  // namespace
}  // namespace gimbal::text
