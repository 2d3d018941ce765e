// Trained tokenizers of every kind: what they hold, that threads do not matter, and that limits are named and meant.
#include "text/train_tokenizer.h"

#include <gtest/gtest.h>

#include "core/threads.h"
#include "text/samples_for_tests.h"
#include "text/train_unigram.h"
#include "text/train_word_piece.h"

namespace gimbal {
namespace {

using text::error_of;
using text::Json;
using Ids = std::vector<int32_t>;
using Texts = std::vector<std::string>;

EachText each_of(const Texts& texts) {
  return [texts](const std::function<void(std::string_view)>& take) {
    for (const std::string& text : texts) take(text);
  };
}

Texts random_texts(const char* stream, uint64_t count) {
  const Rng rng(4, stream);
  Texts texts;
  for (uint64_t n = 0; n < count; ++n) texts.push_back(text::random_text(rng.child(n), 60) + " the cat sat on the mat");
  return texts;
}

Tokenizer word_piece(const Texts& texts, int32_t size) {
  WordPieceOptions options;
  options.vocab_size = size;
  return train_word_piece(each_of(texts), options);
}

Tokenizer unigram(const Texts& texts, int32_t size) {
  UnigramOptions options;
  options.vocab_size = size;
  return train_unigram(each_of(texts), options);
}

int64_t last_number(const std::string& sentence, const std::string& phrase) {
  const size_t at = sentence.find(phrase);
  return at == std::string::npos ? -1 : std::stoll(sentence.substr(at + phrase.size()));
}

TEST(TrainUnigram, RareCharactersArePiecesWhereTheyFit) {
  Rng rng(4, "unigram/rare");
  Texts texts(5000, "the cat ate ");
  for (std::string& text : texts)
    for (int i = 0; i < 12; ++i) text += "abcdehst"[rng.below(8)];
  texts.push_back("4.2");  // 3 characters of 90,000
  const auto again = [&](int32_t size) {
    const Tokenizer tokenizer = unigram(texts, size);
    return tokenizer.decode(tokenizer.encode("the cat ate 4.2", AddSpecial::kNo), SkipSpecial::kYes);
  };
  EXPECT_EQ(again(100 + 56), "the cat ate 4.2");
  EXPECT_NE(again(100 + 24), "the cat ate 4.2");  // here they would be more than a quarter
}

// The counts leave no choice, so that the pieces are those of Hugging Face's WordPieceTrainer.
TEST(TrainWordPiece, PiecesOfASmallCorpus) {
  Texts texts(10, "hug");
  texts.insert(texts.end(), 5, "pug");
  texts.insert(texts.end(), 4, "Bún");
  texts.insert(texts.end(), 2, "nun");
  const Tokenizer tokenizer = word_piece(texts, 19);
  Ids ids;
  for (const char* token :
       {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "b", "g", "h", "n", "p", "u", "##g", "##n", "##u", "##ug", "hug", "##un", "pug", "bun"}) {
    ids.push_back(tokenizer.id(token).value_or(-1));
  }
  for (size_t i = 0; i < ids.size(); ++i) EXPECT_EQ(ids[i], static_cast<int32_t>(i));
  EXPECT_EQ(tokenizer.encode("HUG pun bun?", AddSpecial::kYes), (Ids{2, 15, 9, 16, 18, 1, 3}));
  EXPECT_EQ(tokenizer.decode(Ids{2, 15, 9, 16, 18, 3}, SkipSpecial::kYes), "hug pun bun");
  EXPECT_EQ(tokenizer.special().mask, 4);
}

TEST(TrainWordPiece, RareCharactersGetNoTokens) {
  WordPieceOptions options;
  options.vocab_size = 8;
  options.max_characters = 2;
  options.lowercase = false;
  const Tokenizer tokenizer = train_word_piece(each_of({"AA AA B AAA C"}), options);
  EXPECT_EQ(tokenizer.id("B"), 6);  // of the equally frequent B and C the first in Unicode
  EXPECT_EQ(tokenizer.id("C"), std::nullopt);
  EXPECT_EQ(tokenizer.encode("A C a", AddSpecial::kNo), (Ids{5, 1, 1}));
}

TEST(TrainUnigram, LaysOutItsVocabularyAsT5) {
  Texts texts;
  for (int i = 0; i < 200; ++i) texts.push_back(i % 3 == 0 ? "the lower tower glows" : "a slow flower grows lower");
  const Tokenizer tokenizer = unigram(texts, 118);
  EXPECT_EQ(tokenizer.vocab_size(), 118);
  EXPECT_EQ(tokenizer.id("<pad>"), 0);
  EXPECT_EQ(tokenizer.id("</s>"), 1);
  EXPECT_EQ(tokenizer.id("<unk>"), 2);
  EXPECT_EQ(tokenizer.id("<extra_id_99>"), 18);
  EXPECT_EQ(tokenizer.id("<extra_id_0>"), 117);
  EXPECT_EQ(tokenizer.special().eos, 1);
  const Ids ids = tokenizer.encode("the flower glows", AddSpecial::kYes);
  EXPECT_EQ(ids.back(), 1);
  EXPECT_LT(ids.size(), 15u);  // pieces, not characters
  EXPECT_EQ(tokenizer.decode(ids, SkipSpecial::kYes), "the flower glows");
  EXPECT_EQ(tokenizer.encode("<extra_id_0>ｔｈｅ</s>", AddSpecial::kNo).front(), 117);
  EXPECT_EQ(tokenizer.encode("the", AddSpecial::kNo), tokenizer.encode(" ｔｈｅ ", AddSpecial::kNo));  // NFKC
  EXPECT_EQ(tokenizer.encode("Ω", AddSpecial::kNo).back(), 2);
}

TEST(TrainTokenizer, TheNumberOfThreadsDoesNotMatter) {
  const Texts texts = random_texts("threads", 400);
  const int threads = num_threads();
  for (const TokenizerKind& kind : tokenizer_kinds()) {
    TokenizerPlan plan;
    plan.kind = kind.name;
    plan.size = 3000;
    if (plan.kind == "byte-bpe") plan.size = 500;
    if (plan.kind == "wordpiece") plan.size = 2200;
    std::vector<Json> files;
    for (const int count : {1, 3}) {
      set_num_threads(count);
      files.emplace_back(train_tokenizer(plan, each_of(texts)).to_json());
    }
    EXPECT_EQ(files[0], files[1]) << kind.name;
  }
  set_num_threads(threads);
}

TEST(TrainTokenizer, NamesTheLargestAndTheSmallestVocabulary) {
  const Texts texts(20, "the cat sat on the mat and the dog sat on the log");
  const struct {
    const char* kind;
    Tokenizer (*train)(const Texts&, int32_t);
    const char* least;
  } kinds[] = {{"wordpiece", word_piece, "need "}, {"unigram", unigram, "sentinels need "}};
  for (const auto& [kind, train, least] : kinds) {
    const int64_t most = last_number(error_of([&, train = train] { train(texts, 50000); }), "supports at most ");
    ASSERT_GT(most, 20) << kind;
    EXPECT_EQ(train(texts, static_cast<int32_t>(most)).vocab_size(), most) << kind;
    EXPECT_THROW(train(texts, static_cast<int32_t>(most + 1)), Error) << kind;
    const int64_t fewest = last_number(error_of([&, train = train] { train(texts, 106); }), least);
    if (std::string(kind) == "unigram") {
      ASSERT_GT(fewest, 110);
      EXPECT_EQ(unigram(texts, static_cast<int32_t>(fewest)).vocab_size(), fewest);
      EXPECT_THROW(unigram(texts, static_cast<int32_t>(fewest - 1)), Error);
    }
  }
  EXPECT_NE(error_of([&] { word_piece(texts, 12); }).find("is too small: 5 special tokens"), std::string::npos);
  EXPECT_NE(error_of([&] { unigram(texts, 80); }).find("need 103"), std::string::npos);
}

TEST(TrainTokenizer, RefusesAnEmptyCorpus) {
  const Texts corpora[] = {{}, {"", " \n\t"}, {"\u200b \1 \u202e"}};
  for (const Texts& texts : corpora) {
    EXPECT_NE(error_of([&] { unigram(texts, 300); }).find("the corpus is empty"), std::string::npos);
    EXPECT_NE(error_of([&] { word_piece(texts, 300); }).find("the corpus is empty"), std::string::npos);
  }
  EXPECT_NE(error_of([] { unigram({"▁▁ \u2585"}, 300); }).find("the corpus is empty"), std::string::npos);
}

TEST(TrainTokenizer, KindsAndTheirSpecialTokens) {
  const std::string unknown = error_of([] { tokenizer_kind("wordpeice"); });
  EXPECT_NE(unknown.find("byte-bpe, wordpiece, unigram, char, byte"), std::string::npos) << unknown;
  EXPECT_NE(unknown.find("did you mean"), std::string::npos) << unknown;
  TokenizerPlan plan;
  plan.kind = "wordpiece";
  plan.special_tokens = {"<s>"};
  EXPECT_NE(error_of([&] { train_tokenizer(plan, each_of({"a"})); }).find("its own special tokens"), std::string::npos);
  plan.kind = "byte";
  EXPECT_EQ(train_tokenizer(plan, nullptr).encode("é<s>", AddSpecial::kNo), (Ids{195, 169, 256}));
  plan.kind = "char";
  plan.special_tokens = {"<s>", "<unk>"};
  EXPECT_EQ(train_tokenizer(plan, each_of({"ba", "é"})).encode("ébz", AddSpecial::kNo), (Ids{4, 3, 1}));
  const std::string broken = error_of([&] { train_tokenizer(plan, each_of({"fine", "b\xC3"})); });
  EXPECT_NE(broken.find("text 1 of the corpus is not valid UTF-8: byte 1"), std::string::npos) << broken;
}

}  // namespace
}  // namespace gimbal
