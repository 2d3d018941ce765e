// Pairs of texts: layouts with type ids, and cutting them to fit. Expected values are those of Hugging Face tokenizers 0.23.
#include <gtest/gtest.h>

#include "text/samples_for_tests.h"

namespace gimbal {
namespace {

using text::error_of;
using text::Json;
using Ids = std::vector<int32_t>;
using Offsets = std::vector<std::pair<int32_t, int32_t>>;

Tokenizer bert_with(const Json& post_processor) {
  Json json = text::tiny_bert();
  json["post_processor"] = post_processor;
  return Tokenizer::from_json(json);
}

TEST(Pairs, BertMarksTheSecondText) {
  const Tokenizer tokenizer = Tokenizer::from_json(text::tiny_bert());
  const PairEncoding pair = tokenizer.encode_pair("the cats", "sat");
  EXPECT_EQ(pair.ids, (Ids{2, 5, 6, 8, 3, 7, 3}));
  EXPECT_EQ(pair.type_ids, (Ids{0, 0, 0, 0, 0, 1, 1}));
  EXPECT_EQ(pair.offsets, (Offsets{{0, 0}, {0, 3}, {4, 7}, {7, 8}, {0, 0}, {0, 3}, {0, 0}}));
  EXPECT_EQ(pair.texts, (std::vector<int8_t>{-1, 0, 0, 0, -1, 1, -1}));
  EXPECT_EQ(tokenizer.encode_pair("the cats", "").type_ids, (Ids{0, 0, 0, 0, 0, 1}));
  EXPECT_EQ(tokenizer.encode_pair("", "sat").ids, (Ids{2, 3, 7, 3}));
}

TEST(Pairs, TheLongerTextIsCutFirst) {
  const Tokenizer tokenizer = Tokenizer::from_json(text::tiny_bert());
  EXPECT_EQ(tokenizer.encode_pair("the cats sat hello", "world!", 7).ids, (Ids{2, 5, 6, 3, 14, 20, 3}));
  const PairEncoding second = tokenizer.encode_pair("hello", "the cats sat, world", 7);
  EXPECT_EQ(second.ids, (Ids{2, 13, 3, 5, 6, 8, 3}));
  EXPECT_EQ(second.type_ids, (Ids{0, 0, 0, 1, 1, 1, 1}));
  EXPECT_EQ(second.offsets.size(), 7u);
  EXPECT_EQ(tokenizer.encode_pair("a a a a a", "a a a a", 8).texts, (std::vector<int8_t>{-1, 0, 0, 0, -1, 1, 1, -1}));
  EXPECT_EQ(tokenizer.encode_pair("the cat", "sat", 3).ids, (Ids{2, 3, 3}));
  EXPECT_EQ(tokenizer.encode_pair("the cat", "sat", 100).ids, (Ids{2, 5, 6, 3, 7, 3}));
  EXPECT_NE(error_of([&] { tokenizer.encode_pair("the cat", "sat", 2); }).find("special tokens alone are 3"), std::string::npos);
}

TEST(Pairs, LongestFirstFillsTheRoom) {
  for (size_t a = 0; a < 9; ++a) {
    for (size_t b = 0; b < 9; ++b) {
      for (size_t room = 0; room < 20; ++room) {
        const auto [kept_a, kept_b] = longest_first(a, b, room);
        EXPECT_EQ(kept_a + kept_b, std::min(a + b, room));
        EXPECT_LE(kept_a, a);
        EXPECT_LE(kept_b, b);
        EXPECT_TRUE(kept_a == a || kept_a + 1 >= kept_b) << a << " " << b << " " << room;  // a text that was cut stays as long as the other
        EXPECT_TRUE(kept_b == b || kept_b + 1 >= kept_a) << a << " " << b << " " << room;
      }
    }
  }
  EXPECT_EQ(longest_first(4, 3, 5), (std::pair<size_t, size_t>(3, 2)));
  EXPECT_EQ(longest_first(3, 4, 5), (std::pair<size_t, size_t>(2, 3)));
  EXPECT_EQ(longest_first(4, 4, 5), (std::pair<size_t, size_t>(2, 3)));
}

TEST(Pairs, OlderPostProcessorsAndNone) {
  const Json cls = {"[CLS]", 2}, sep = {"[SEP]", 3};
  const PairEncoding roberta = bert_with({{"type", "RobertaProcessing"}, {"cls", cls}, {"sep", sep}}).encode_pair("hello", "world");
  EXPECT_EQ(roberta.ids, (Ids{2, 13, 3, 3, 14, 3}));
  EXPECT_EQ(roberta.type_ids, Ids(6, 0));
  const PairEncoding bert = bert_with({{"type", "BertProcessing"}, {"cls", cls}, {"sep", sep}}).encode_pair("hello", "world");
  EXPECT_EQ(bert.ids, (Ids{2, 13, 3, 14, 3}));
  EXPECT_EQ(bert.type_ids, (Ids{0, 0, 0, 1, 1}));
  const PairEncoding none = bert_with(nullptr).encode_pair("hello", "world");
  EXPECT_EQ(none.ids, (Ids{13, 14}));
  EXPECT_EQ(none.type_ids, (Ids{0, 1}));
}

TEST(Pairs, ATemplateForOneTextRefusesTwo) {
  Json post_processor = text::tiny_bert()["post_processor"];
  post_processor["pair"] = Json::array();
  EXPECT_NE(error_of([&] { bert_with(post_processor).encode_pair("hello", "world"); }).find("says nothing about pairs"), std::string::npos);
  const std::string sentence = error_of([] { Tokenizer::from_json(text::tiny_bert()).encode_pair("fine", "not \xFF"); });
  EXPECT_NE(sentence.find("byte 4"), std::string::npos) << sentence;
}

}  // namespace
}  // namespace gimbal
