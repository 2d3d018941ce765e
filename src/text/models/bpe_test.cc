// Merging, its cache, and the options of BPE.
#include <gtest/gtest.h>

#include "core/rng.h"
#include "text/models/merge_table.h"
#include "text/models/token_model.h"
#include "text/models/word_cache.h"

namespace gimbal::text {
namespace {

// The definition: merge the leftmost of the neighbours with the least rank, and look at everything again.
std::vector<int32_t> merged_by_definition(const MergeTable& table, std::vector<int32_t> ids) {
  for (;;) {
    const MergeTable::Merge* best = nullptr;
    size_t at = 0;
    for (size_t i = 0; i + 1 < ids.size(); ++i) {
      const MergeTable::Merge* merge = table.find(ids[i], ids[i + 1]);
      if (merge && (!best || merge->rank < best->rank)) {
        best = merge;
        at = i;
      }
    }
    if (!best) return ids;
    ids[at] = best->merged;
    ids.erase(ids.begin() + static_cast<std::ptrdiff_t>(at) + 1);
  }
}

TEST(MergeTable, BothWaysFollowTheDefinition) {
  Rng rng(6, "merges");
  for (int round = 0; round < 40; ++round) {
    MergeTable table;
    int32_t tokens = 4;
    for (; tokens < 60; ++tokens) {
      const auto any = [&] { return static_cast<int32_t>(rng.below(static_cast<uint64_t>(tokens))); };
      const int32_t left = any(), right = any();
      table.add(left, right, tokens);
    }
    for (const size_t length : {1, 2, 3, 7, 30, 127, 128, 129, 400}) {
      std::vector<int32_t> ids;
      std::vector<Symbol> symbols;
      for (size_t i = 0; i < length; ++i) {
        ids.push_back(static_cast<int32_t>(rng.below(4)));
        symbols.push_back({ids.back(), 2});
      }
      const std::vector<int32_t> expected = merged_by_definition(table, ids);
      table.apply(symbols);
      std::vector<int32_t> found;
      uint32_t covered = 0;
      for (const Symbol& symbol : symbols) {
        found.push_back(symbol.id);
        covered += symbol.length;
      }
      ASSERT_EQ(found, expected) << "length " << length;
      ASSERT_EQ(covered, 2 * length);
    }
  }
}

TEST(MergeTable, AMergeAddedAgainTakesTheLaterRank) {
  MergeTable table;
  table.add(0, 1, 3);
  table.add(1, 2, 4);
  table.add(0, 1, 3);
  std::vector<Symbol> word = {{0, 1}, {1, 1}, {2, 1}};
  table.apply(word);
  EXPECT_EQ(word[0].id, 0);
  EXPECT_EQ(word[1].id, 4);
}

TEST(WordCache, RemembersWordsOfEveryLength) {
  WordCache cache;
  const std::string text = std::string(40, 'x') + std::string(40, '\0') + "end";
  const char* end = text.data() + text.size();
  for (size_t begin : {0u, 30u, 60u}) {
    for (size_t length = 1; begin + length <= text.size(); ++length) {
      const std::string_view word = std::string_view(text).substr(begin, length);
      std::vector<int32_t> tokens(1 + length % 6, static_cast<int32_t>(length));
      std::vector<int32_t> found = {-1};
      if (!cache.find(word, end, found)) {
        cache.insert(word, tokens);
        ASSERT_TRUE(cache.find(word, end, found));
      }
      tokens.insert(tokens.begin(), -1);
      ASSERT_EQ(found, tokens) << begin << " " << length;
    }
  }
}

TEST(WordCache, StartsAnewRatherThanGrowing) {
  WordCache cache;
  std::string word(4000, 'a');
  for (int i = 0; i < 2000; ++i) {
    word[static_cast<size_t>(i)] = 'b';
    cache.insert(word, std::vector<int32_t>{i});
    std::vector<int32_t> found;
    ASSERT_TRUE(cache.find(word, word.data() + word.size(), found));
    ASSERT_EQ(found, std::vector<int32_t>{i});
  }
}

struct Tokens {
  std::vector<int32_t> ids;
  std::vector<Span> spans;
};

Tokens tokenize(const Json& model, std::string_view text) {
  const TokenModelPtr bpe = make_token_model(model);
  TextRun run(AlignedText(text, {0, static_cast<uint32_t>(text.size())}, Tracking::kOn));
  TokenList tokens;
  tokens.tracking = Tracking::kOn;
  bpe->tokenize(run, tokens);
  TokenList fast;
  bpe->tokenize(run, fast);
  EXPECT_EQ(fast.ids, tokens.ids);
  return {tokens.ids, tokens.spans};
}

Json bpe(const Json& vocabulary, const Json& merges) { return {{"type", "BPE"}, {"vocab", vocabulary}, {"merges", merges}}; }

TEST(Bpe, ReadsMergesInBothForms) {
  const Json vocabulary = {{"a", 0}, {"b", 1}, {"ab", 2}, {"c", 3}, {"abc", 4}};
  EXPECT_EQ(tokenize(bpe(vocabulary, {"a b", "ab c"}), "abcab").ids, (std::vector<int32_t>{4, 2}));
  EXPECT_EQ(tokenize(bpe(vocabulary, Json::array({Json::array({"a", "b"}), Json::array({"ab", "c"})})), "abcab").ids, (std::vector<int32_t>{4, 2}));
}

TEST(Bpe, UnknownCharactersAreDroppedMarkedOrFused) {
  Json model = bpe({{"?", 9}, {"a", 0}}, Json::array());
  EXPECT_EQ(tokenize(model, "aéxa").ids, (std::vector<int32_t>{0, 0}));
  model["unk_token"] = "?";
  EXPECT_EQ(tokenize(model, "aéxa").ids, (std::vector<int32_t>{0, 9, 9, 0}));
  model["fuse_unk"] = true;
  EXPECT_EQ(tokenize(model, "aéxa").ids, (std::vector<int32_t>{0, 9, 0}));
  EXPECT_EQ(tokenize(model, "aéxa").spans, (std::vector<Span>{{0, 1}, {1, 4}, {4, 5}}));
}

TEST(Bpe, ByteFallbackNeedsEveryByte) {
  Json model = bpe({{"a", 0}, {"<unk>", 1}, {"<0xC3>", 2}, {"<0xA9>", 3}}, Json::array());
  model["unk_token"] = "<unk>";
  model["byte_fallback"] = true;
  EXPECT_EQ(tokenize(model, "aéè").ids, (std::vector<int32_t>{0, 2, 3, 1}));
}

TEST(Bpe, PrefixAndSuffixAreAttached) {
  Json model = bpe({{"a", 0}, {"##b", 1}, {"##c</w>", 2}, {"ab", 3}, {"abc</w>", 4}}, {"a ##b", "ab ##c</w>"});
  model["continuing_subword_prefix"] = "##";
  model["end_of_word_suffix"] = "</w>";
  EXPECT_EQ(tokenize(model, "abc").ids, std::vector<int32_t>{4});
}

TEST(Bpe, IgnoreMergesTakesWholeWordsFromTheVocabulary) {
  Json model = bpe({{"a", 0}, {"b", 1}, {"ab", 2}}, Json::array());
  EXPECT_EQ(tokenize(model, "ab").ids, (std::vector<int32_t>{0, 1}));
  model["ignore_merges"] = true;
  EXPECT_EQ(tokenize(model, "ab").ids, std::vector<int32_t>{2});
}

TEST(Bpe, MalformedModelsAreRefused) {
  const Json vocabulary = {{"a", 0}, {"b", 1}, {"ab", 2}};
  EXPECT_THROW(make_token_model(bpe(vocabulary, {"a x"})), Error);
  EXPECT_THROW(make_token_model(bpe(vocabulary, {"ab"})), Error);
  EXPECT_THROW(make_token_model(bpe({{"a", 0}, {"b", 0}}, Json::array())), Error);
  EXPECT_THROW(make_token_model(bpe({{"a", -1}}, Json::array())), Error);
  EXPECT_THROW(make_token_model(bpe({{"a", 4000000000}}, Json::array())), Error);
  Json dropout = bpe(vocabulary, Json::array());
  dropout["dropout"] = 0.1;
  EXPECT_THROW(make_token_model(dropout), Error);
}

TEST(WordLevel, UnknownWords) {
  Json model = {{"type", "WordLevel"}, {"vocab", {{"ab", 0}}}, {"unk_token", "<unk>"}};
  EXPECT_EQ(tokenize(model, "ab").ids, std::vector<int32_t>{0});
  EXPECT_THROW(tokenize(model, "b"), Error);
  model["vocab"]["<unk>"] = 1;
  EXPECT_EQ(tokenize(model, "b").ids, std::vector<int32_t>{1});
}

}  // namespace
}  // namespace gimbal::text
