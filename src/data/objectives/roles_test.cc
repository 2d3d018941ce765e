// Roles: special tokens of tokenizers trained for each objective, and what spellings say about words and sentences.
#include "data/objectives/roles.h"

#include "data/objectives/samples_for_tests.h"
#include "data/objectives/sentences.h"
#include "text/train_bpe.h"

namespace gimbal {
namespace {

using namespace samples;

const std::vector<std::string_view> kTexts = {"The cat sat. The cat sat on the mat, and the dog sat on the cat! The cat sat.",
                                              "What a cat? The dog said: the mat; the cat sat on the mat and the dog."};

Tokenizer trained(const std::string& objective) {
  ByteBpeOptions options;
  options.special_tokens = special_tokens_for(objective);
  options.vocab_size = static_cast<int32_t>(options.special_tokens.size()) + 256 + 12;
  return train_byte_bpe(kTexts, options);
}

class RolesTest : public ObjectiveTest {};

TEST_F(RolesTest, ATokenizerTrainedForAnObjectiveHasItsRoles) {
  for (const ObjectiveKind& kind : objective_kinds()) {
    const std::string name(kind.name);
    const Tokenizer tokenizer = trained(name);
    const auto special = static_cast<int32_t>(special_tokens_for(name).size());
    ObjectiveRequest r = request(counting_shard({60, 40}, 3), 32, kind.mask.empty() ? Frame::kEncoderDecoder : Frame::kCausal);
    r.roles = roles_of(tokenizer);
    r.pairs.emplace_back().add(Tokens{300}, Tokens{301});
    EXPECT_EQ(r.roles.ordinary.front(), special) << name;  // special tokens come first
    EXPECT_EQ(r.roles.ordinary.size(), static_cast<size_t>(tokenizer.vocab_size() - special)) << name;
    for (int32_t id = 0; id < tokenizer.vocab_size(); ++id) EXPECT_EQ(r.roles.is_special(id), id < special) << name << " " << tokenizer.token(id);
    EXPECT_EQ(refusal([&] { batch_of(*make_examples(name, r), 0, 4); }), "") << name;
  }
}

TEST_F(RolesTest, RolesAreThoseOfThePublishedNames) {
  const RoleIds t5 = roles_of(trained("span-corruption"));
  EXPECT_EQ(t5.pad, 0);
  EXPECT_EQ(t5.eos, 1);
  EXPECT_EQ(t5.unk, 2);
  EXPECT_EQ(t5.start, 0);
  ASSERT_EQ(t5.sentinels.size(), 100u);
  EXPECT_EQ(t5.sentinels[0], 3);
  EXPECT_EQ(t5.sentinels[99], 102);
  const RoleIds bert = roles_of(trained("mlm+nsp"));
  EXPECT_EQ(bert.pad, 0);
  EXPECT_EQ(bert.cls, 2);
  EXPECT_EQ(bert.sep, 3);
  EXPECT_EQ(bert.mask, 4);
  EXPECT_FALSE(bert.eos || bert.piece_start || !bert.sentinels.empty());
  const RoleIds glm = roles_of(trained("blank-infilling"));
  EXPECT_EQ(glm.eos, 0);
  EXPECT_EQ(glm.cls, 1);
  EXPECT_EQ(glm.mask, 2);
  EXPECT_EQ(glm.sentence_mask, 3);
  EXPECT_EQ(glm.document_mask, 4);
  EXPECT_EQ(glm.piece_start, 5);
  EXPECT_EQ(glm.piece_end, 6);
}

TEST(Roles, ByteLevelWords) {
  const Tokenizer tokenizer = trained("mlm");
  const RoleIds r = roles_of(tokenizer);
  ASSERT_TRUE(r.knows_words());
  const std::string text = "The dogmat sat,\nsaid the caf\u00E9";
  const std::vector<int32_t> ids = tokenizer.encode(text, AddSpecial::kNo);
  std::vector<std::string> words;
  for (size_t i = 0; i < ids.size(); ++i) {
    const std::string piece = tokenizer.decode({&ids[i], 1}, SkipSpecial::kNo);
    const bool goes_on = i > 0 && r.continues_word(ids[i - 1], ids[i]);
    EXPECT_EQ(goes_on, !words.empty() && piece.find_first_of(" ,\n") != 0) << i << " '" << piece << "'";
    goes_on ? words.back() += piece : words.emplace_back(piece);
  }
  EXPECT_EQ(words[0], "The");
  EXPECT_EQ(words[1], " dogmat");
  EXPECT_EQ(words[3], ",");
  EXPECT_FALSE(r.continues_word(ids[0], *r.sep));
  EXPECT_FALSE(r.continues_word(*r.sep, *tokenizer.id("a")));
}

Tokenizer from(const char* json) { return Tokenizer::from_json(nlohmann::json::parse(json)); }

TEST(Roles, WordPieceWords) {
  const Tokenizer tokenizer =
      from(R"({"model":{"type":"WordPiece","unk_token":"[UNK]","continuing_subword_prefix":"##","max_input_chars_per_word":100,
      "vocab":{"[UNK]":0,"play":1,"##ing":2,"now":3,".":4}},"pre_tokenizer":{"type":"BertPreTokenizer"},
      "added_tokens":[{"id":0,"content":"[UNK]","single_word":false,"lstrip":false,"rstrip":false,"normalized":false,"special":true}]})");
  const RoleIds r = roles_of(tokenizer);
  EXPECT_TRUE(r.continues_word(1, 2));
  EXPECT_TRUE(r.continues_word(2, 2));
  EXPECT_FALSE(r.continues_word(2, 3));
  EXPECT_FALSE(r.continues_word(0, 2));
  EXPECT_EQ(r.ordinary, (Tokens{1, 2, 3, 4}));
  EXPECT_TRUE(r.ends_sentence[4]);
  EXPECT_FALSE(r.ends_sentence[1]);
}

TEST(Roles, WordsThatEndWithAMark) {
  const Tokenizer tokenizer = from(R"({"model":{"type":"BPE","unk_token":"<unk>","end_of_word_suffix":"</w>",
      "vocab":{"<unk>":0,"p":1,"lay":2,"now</w>":3,"ing</w>":4},"merges":[]},"pre_tokenizer":{"type":"BertPreTokenizer"}})");
  const RoleIds r = roles_of(tokenizer);
  EXPECT_TRUE(r.continues_word(1, 2));
  EXPECT_TRUE(r.continues_word(2, 4));
  EXPECT_FALSE(r.continues_word(4, 3));
}

TEST(Roles, SpecialTokensWithoutARoleAreNoText) {
  const RoleIds r = roles_of(train_byte({"<|endoftext|>", "<|im_end|>"}));
  EXPECT_EQ(r.eos, 256);
  EXPECT_TRUE(r.is_special(257));
  EXPECT_EQ(r.ordinary.size(), 256u);
}

TEST(Roles, BytesAndCharactersKnowNoWords) {
  EXPECT_FALSE(roles_of(train_byte({"<|endoftext|>"})).knows_words());
  EXPECT_FALSE(roles_of(train_char(kTexts, {"<|endoftext|>"})).knows_words());
}

TEST_F(RolesTest, SentencesComeBackFromTheTokenFile) {
  const Tokenizer tokenizer = trained("mlm+nsp");
  const ObjectiveKind& kind = objective_named("mlm+nsp");
  const ShardRecipe recipe = shard_recipe(kind, tokenizer), plain = shard_recipe(objective_named("mlm"), tokenizer);
  EXPECT_NE(recipe.tokenizer_fingerprint, plain.tokenizer_fingerprint);
  EXPECT_EQ(plain.end_of_document, 3);  // BERT's tokens have no eos
  const ObjectiveKind& prefix = objective_named("prefix");
  EXPECT_EQ(shard_recipe(prefix, tokenizer, Frame::kPrefix).end_of_document, 3);
  EXPECT_FALSE(shard_recipe(prefix, tokenizer, Frame::kEncoderDecoder).end_of_document) << "two stacks get their ends from the objective";
  write_file(folder_ / "a.jsonl", "{\"text\":\"The cat sat. The dog!\"}\n{\"text\":\"one line\\nand two.  Yes.\\n\"}\n{\"text\":\"  \"}\n");
  const TokenShard shard =
      tokenize_files({{folder_ / "a.jsonl", CorpusFile::Kind::kJsonLines}}, recipe, tokenize_for(kind, tokenizer), folder_ / "a.tokens");
  const SentenceIndex index(shard, *recipe.end_of_document);
  ASSERT_EQ(index.documents(), 2);
  std::vector<std::string> sentences;
  for (int64_t i = 0; i < index.sentences(); ++i) {
    const TokenRange range = index.sentence(i);
    sentences.push_back(tokenizer.decode(shard.tokens(range.begin, range.end), SkipSpecial::kNo));
  }
  EXPECT_EQ(sentences, (std::vector<std::string>{"The cat sat.", "The dog!", "one line", "and two.", "Yes."}));
  EXPECT_EQ(index.first_sentence(1), 2);
  EXPECT_EQ(shard.tokens(shard.size() - 1, shard.size()), Tokens{3});

  // BERT's corpora: one sentence a line, an empty line between documents.
  write_file(folder_ / "b.txt", "The cat sat\nThe dog\n\n \nanother one\nits line\n\na third");
  const SentenceIndex plain_text(
      tokenize_files({{folder_ / "b.txt", CorpusFile::Kind::kPlainText}}, recipe, tokenize_for(kind, tokenizer), folder_ / "b.tokens"), 3);
  ASSERT_EQ(plain_text.documents(), 3);
  EXPECT_EQ(plain_text.first_sentence(1), 2);
  EXPECT_EQ(plain_text.first_sentence(2), 4);
}

}  // namespace
}  // namespace gimbal
