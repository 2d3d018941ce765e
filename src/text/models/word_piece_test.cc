// WordPiece: greedy pieces, words that cannot be cut, and BERT's pipeline around it. Ids and offsets are those of Hugging Face tokenizers 0.23.
#include <gtest/gtest.h>

#include "text/models/token_model.h"
#include "text/samples_for_tests.h"

namespace gimbal::text {
namespace {

using Ids = std::vector<int32_t>;

TokenList tokenize(const Json& model, std::string_view text) {
  const TokenModelPtr word_piece = make_token_model(model);
  TextRun run(AlignedText(text, {0, static_cast<uint32_t>(text.size())}, Tracking::kOn));
  TokenList tokens, fast;
  tokens.tracking = Tracking::kOn;
  word_piece->tokenize(run, tokens);
  for (int round = 0; round < 2; ++round) {  // the second one finds the word in the cache
    fast.ids.clear();
    word_piece->tokenize(run, fast);
    EXPECT_EQ(fast.ids, tokens.ids) << text;
  }
  return tokens;
}

Json model(const Json& vocabulary) { return {{"type", "WordPiece"}, {"vocab", vocabulary}}; }

// The definition: again and again the longest piece that the rest begins with.
Ids cut_by_definition(const Json& vocabulary, const std::string& word) {
  Ids ids;
  for (size_t at = 0; at < word.size();) {
    size_t length = word.size() - at;
    const auto piece = [&] { return (at > 0 ? "##" : "") + word.substr(at, length); };
    while (length > 0 && !vocabulary.contains(piece())) --length;
    if (length == 0) return {vocabulary["[UNK]"].get<int32_t>()};
    ids.push_back(vocabulary[piece()].get<int32_t>());
    at += length;
  }
  return ids;
}

TEST(WordPiece, FollowsTheDefinition) {
  Rng rng(3, "word pieces");
  const auto letters = [&rng](uint64_t most) {
    std::string word;
    for (uint64_t n = 1 + rng.below(most); n > 0; --n) word += static_cast<char>('a' + rng.below(3));
    return word;
  };
  int unknown = 0;
  for (int round = 0; round < 30; ++round) {
    Json vocabulary = {{"[UNK]", 0}};
    for (int i = 0; i < 12; ++i) vocabulary.emplace((rng.below(3) > 0 ? "##" : "") + letters(3), vocabulary.size());
    for (int i = 0; i < 30; ++i) {
      const std::string word = letters(9);
      const Ids expected = cut_by_definition(vocabulary, word);
      unknown += expected[0] == 0 ? 1 : 0;
      ASSERT_EQ(tokenize(model(vocabulary), word).ids, expected) << word << " with " << vocabulary;
    }
  }
  EXPECT_GT(unknown, 100);
  EXPECT_LT(unknown, 800);
}

TEST(WordPiece, UnknownWordsCoverTheirWholeText) {
  const TokenList tokens = tokenize(model({{"[UNK]", 7}, {"un", 1}, {"##a", 2}}), "unab");
  EXPECT_EQ(tokens.ids, Ids{7});
  EXPECT_EQ(tokens.spans, std::vector<Span>({{0, 4}}));
}

TEST(WordPiece, WordsOfMoreThanAHundredCharactersAreUnknown) {
  const Json plain = model({{"[UNK]", 0}, {"é", 1}, {"##é", 2}});
  std::string word;
  for (int i = 0; i < 100; ++i) word += "é";  // 200 bytes
  EXPECT_EQ(tokenize(plain, word).ids.size(), 100u);
  EXPECT_EQ(tokenize(plain, word + "é").ids, Ids{0});
  Json shorter = plain;
  shorter["max_input_chars_per_word"] = 2;
  EXPECT_EQ(tokenize(shorter, "éé").ids, (Ids{1, 2}));
  EXPECT_EQ(tokenize(shorter, "ééé").ids, Ids{0});
}

TEST(WordPiece, PrefixAndUnknownTokenAreThoseOfTheFile) {
  Json json = model({{"<unk>", 0}, {"a", 1}, {"@b", 2}});
  json["continuing_subword_prefix"] = "@";
  json["unk_token"] = "<unk>";
  EXPECT_EQ(tokenize(json, "ab").ids, (Ids{1, 2}));
  EXPECT_EQ(tokenize(json, "b").ids, Ids{0});
  EXPECT_EQ(make_token_model(json)->to_json()["continuing_subword_prefix"], "@");
  const std::string sentence = error_of([] { tokenize(model({{"a", 0}}), "b"); });
  EXPECT_NE(sentence.find("\"[UNK]\" is not in its vocabulary"), std::string::npos) << sentence;
}

struct Case {
  const char* text;
  Ids ids;
  std::vector<std::pair<int32_t, int32_t>> offsets;
  const char* decoded;
};

TEST(WordPiece, BertPipeline) {
  const Tokenizer tokenizer = Tokenizer::from_json(tiny_bert());
  const Case cases[] = {
      {"The cats sat, unable!",
       {5, 6, 8, 7, 15, 9, 10, 20},
       {{0, 3}, {4, 7}, {7, 8}, {9, 12}, {12, 13}, {14, 16}, {16, 20}, {20, 21}},
       "the cats sat, unable!"},
      {"你好,世 Café", {16, 17, 15, 1, 18, 19}, {{0, 1}, {1, 2}, {2, 3}, {3, 4}, {5, 8}, {8, 9}}, "你 好, cafe"},
      {"hello[MASK]world [SEP]", {13, 4, 14, 3}, {{0, 5}, {5, 11}, {11, 16}, {17, 22}}, "hello world"},
      {"😀😀 😀a", {1, 21, 11}, {{0, 2}, {3, 4}, {4, 5}}, "😀a"},
      {"\1Hello\u200b World\ufffd", {13, 14}, {{1, 6}, {8, 13}}, "hello world"},
      {"[mask] [MASK]s", {1, 1, 1, 4, 1}, {{0, 1}, {1, 5}, {5, 6}, {7, 13}, {13, 14}}, ""},
      {"", {}, {}, ""},
      {" \t\u3000 ", {}, {}, ""},
  };
  for (const Case& c : cases) {
    const Encoding encoding = tokenizer.encode_with_offsets(c.text, AddSpecial::kNo);
    EXPECT_EQ(encoding.ids, c.ids) << c.text;
    EXPECT_EQ(encoding.offsets, c.offsets) << c.text;
    EXPECT_EQ(tokenizer.encode(c.text, AddSpecial::kNo), c.ids) << c.text;
    EXPECT_EQ(tokenizer.decode(c.ids, SkipSpecial::kYes), c.decoded) << c.text;
  }
  EXPECT_EQ(tokenizer.encode("", AddSpecial::kYes), (Ids{2, 3}));
  EXPECT_EQ(tokenizer.special().unk, 1);
}

TEST(WordPiece, VocabTxtIsTheSamePipeline) {
  std::string lines;
  const Tokenizer tokenizer = Tokenizer::from_json(tiny_bert());
  for (int32_t id = 0; id < tokenizer.vocab_size(); ++id) lines += tokenizer.token(id) + (id % 2 == 0 ? "\r\n" : "\n");
  EXPECT_EQ(tokenizer_from_word_list(lines, nullptr).to_json(), tokenizer.to_json());
  const Tokenizer cased = tokenizer_from_word_list(lines, {{"do_lower_case", false}});
  EXPECT_EQ(cased.encode("hello Hello", AddSpecial::kNo), (Ids{13, 1}));
  const std::string sentence = error_of([] { tokenizer_from_word_list("[PAD]\n[UNK]\n[CLS]\nthe\n", nullptr); });
  EXPECT_NE(sentence.find("[SEP]"), std::string::npos) << sentence;
}

}  // namespace
}  // namespace gimbal::text
