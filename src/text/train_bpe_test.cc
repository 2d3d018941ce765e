// Training: against a plain re-count of all pairs, for any number of threads, and with honest refusals.
#include "text/train_bpe.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "core/error.h"
#include "core/rng.h"
#include "core/threads.h"
#include "text/pair_merges.h"
#include "text/samples_for_tests.h"

namespace gimbal {
namespace {

using text::error_of;
using Views = std::vector<std::string_view>;

using Word = std::vector<int32_t>;

Word merged(const Word& word, std::pair<int32_t, int32_t> pair, int32_t token) {
  Word result;
  for (size_t i = 0; i < word.size(); ++i) {
    const bool is_pair = i + 1 < word.size() && word[i] == pair.first && word[i + 1] == pair.second;
    result.push_back(is_pair ? token : word[i]);
    i += is_pair ? 1 : 0;
  }
  return result;
}

// The definition: count all pairs anew for each merge. Adds to `tokens` up to `vocab_size`.
std::vector<std::pair<int32_t, int32_t>> merges_by_definition(std::map<Word, int64_t> words, std::vector<std::string>& tokens, size_t vocab_size,
                                                              int64_t threshold) {
  std::vector<std::pair<int32_t, int32_t>> merges;
  while (tokens.size() < vocab_size) {
    std::map<std::pair<int32_t, int32_t>, int64_t> counts;
    for (const auto& [word, count] : words) {
      for (size_t i = 0; i + 1 < word.size(); ++i) counts[{word[i], word[i + 1]}] += count;
    }
    std::pair<int32_t, int32_t> best;
    int64_t most = 0;
    for (const auto& [pair, count] : counts) {
      if (count <= most) continue;  // the map is in the order of pairs: the smallest of the most frequent stays
      most = count;
      best = pair;
    }
    if (most < threshold) break;
    merges.push_back(best);
    const std::string token = tokens[static_cast<size_t>(best.first)] + tokens[static_cast<size_t>(best.second)];
    const auto known = std::find(tokens.begin(), tokens.end(), token);
    const auto id = static_cast<int32_t>(known - tokens.begin());
    if (known == tokens.end()) tokens.push_back(token);
    std::map<Word, int64_t> merged_words;
    for (const auto& [word, count] : words) merged_words[merged(word, best, id)] += count;
    words = std::move(merged_words);
  }
  return merges;
}

TEST(PairMerges, FollowTheDefinition) {
  Rng rng(11, "pairs");
  for (int round = 0; round < 60; ++round) {
    text::WordCounts words;
    std::map<Word, int64_t> plain;
    for (int n = 0; n < 60; ++n) {
      std::string word;
      Word ids;
      for (uint64_t i = 0, length = 1 + rng.below(9); i < length; ++i) {
        const auto letter = static_cast<int32_t>(rng.below(3));  // few letters, so that runs such as "aaaa" are common
        word.push_back(static_cast<char>('a' + letter));
        ids.push_back(letter);
      }
      const uint64_t count = 1 + rng.below(5);
      words.add(word, count);
      plain[ids] += static_cast<int64_t>(count);
    }
    std::vector<int32_t> byte_ids(256, -1);
    for (int letter = 0; letter < 3; ++letter) byte_ids[static_cast<size_t>('a' + letter)] = letter;
    const text::PairMerges trained = merge_pairs(words, {{"a", "b", "c"}, text::spell_by_bytes(byte_ids), ""}, 40, 2);
    std::vector<std::pair<int32_t, int32_t>> found;
    for (const text::PairMerges::Merge merge : trained.merges) found.emplace_back(merge.left, merge.right);
    std::vector<std::string> tokens = {"a", "b", "c"};
    EXPECT_EQ(found, merges_by_definition(plain, tokens, 40, 2));
    EXPECT_EQ(trained.tokens, tokens);
  }
}

TEST(TrainBpe, LearnsTheFrequentPairs) {
  const Views texts = {"low low low low lower", " newest newest newest", "widest low"};
  const Tokenizer tokenizer = train_byte_bpe(texts, {.vocab_size = 262, .special_tokens = {"<|endoftext|>"}});
  EXPECT_EQ(tokenizer.vocab_size(), 262);
  EXPECT_EQ(tokenizer.id("<|endoftext|>"), 0);
  EXPECT_EQ(tokenizer.special().eos, 0);
  EXPECT_EQ(tokenizer.token(257), "lo");  // l o and o w occur equally often; l has the smaller id
  EXPECT_EQ(tokenizer.token(258), "low");
  const std::vector<int32_t> ids = tokenizer.encode(" low<|endoftext|>", AddSpecial::kNo);
  EXPECT_EQ(ids.back(), 0);
  EXPECT_EQ(tokenizer.decode(ids, SkipSpecial::kYes), " low");
}

std::vector<std::string> corpus(size_t texts, size_t characters) {
  std::vector<std::string> lines;
  const Rng rng(12, "corpus");
  for (uint64_t n = 0; n < texts; ++n) lines.push_back(text::random_text(rng.child(n), characters));
  return lines;
}

TEST(TrainBpe, ThreadsDoNotChangeTheTokenizer) {
  std::vector<std::string> lines = corpus(200, 300);
  lines.push_back({});
  for (int i = 0; i < 9000; ++i) lines.back() += "a line of text " + std::to_string(i * i) + (i % 7 ? "\n" : " ");  // longer than one part
  for (int i = 0; i < 4; ++i) lines.back() += lines.back();
  const Views views(lines.begin(), lines.end());
  const int threads = num_threads();
  set_num_threads(1);
  const auto alone = train_byte_bpe(views, {.vocab_size = 600}).to_json();
  set_num_threads(5);
  const auto together = train_byte_bpe(views, {.vocab_size = 600}).to_json();
  set_num_threads(threads);
  EXPECT_EQ(alone, together);
}

TEST(TrainBpe, EveryPatternRoundTrips) {
  const std::vector<std::string> lines = corpus(100, 200);
  const Views views(lines.begin(), lines.end());
  for (const std::string_view pattern : {text::kGpt2Pattern, text::kLlama3Pattern, text::kBloomPattern, std::string_view(R"(\w+)")}) {
    const Tokenizer tokenizer = train_byte_bpe(views, {.vocab_size = 400, .special_tokens = {"<s>"}, .pattern = std::string(pattern)});
    for (const std::string& line : lines) EXPECT_EQ(tokenizer.decode(tokenizer.encode(line, AddSpecial::kYes), SkipSpecial::kNo), line);
  }
}

TEST(TrainBpe, RefusalsNameTheSizes) {
  const Views texts = {"aaab aaab", "aaab"};
  const std::string large = error_of([&] { train_byte_bpe(texts, {.vocab_size = 5000}); });
  const size_t at = large.find("at most ");
  ASSERT_NE(at, std::string::npos) << large;
  const int32_t largest = std::stoi(large.substr(at + 8));
  EXPECT_GT(largest, 256);
  EXPECT_EQ(train_byte_bpe(texts, {.vocab_size = largest}).vocab_size(), largest);
  EXPECT_NE(error_of([&] { train_byte_bpe(texts, {.vocab_size = largest + 1}); }), "");
  EXPECT_NE(error_of([&] { train_byte_bpe(texts, {.vocab_size = 256, .special_tokens = {"<s>"}}); }).find("need 257"), std::string::npos);
  EXPECT_NE(error_of([&] { train_byte_bpe(texts, {.vocab_size = 300, .special_tokens = {"<s>", "<s>"}}); }).find("twice"), std::string::npos);
  EXPECT_NE(error_of([&] { train_byte_bpe(Views{"ok", "\xFF"}, {.vocab_size = 256}); }).find("text 1 of the corpus"), std::string::npos);
  EXPECT_THROW(train_byte_bpe(texts, {.vocab_size = 257, .pattern = "("}), Error);
}

TEST(TrainChar, OneTokenACharacter) {
  const Views texts = {"hé\n", "ah"};
  const Tokenizer tokenizer = train_char(texts, {"<unk>", "<s>"});
  EXPECT_EQ(tokenizer.vocab_size(), 6);
  EXPECT_EQ(tokenizer.encode("ah<s>é\nz", AddSpecial::kNo), (std::vector<int32_t>{3, 4, 1, 5, 2, 0}));
  EXPECT_EQ(tokenizer.decode(std::vector<int32_t>{4, 5, 2}, SkipSpecial::kNo), "hé\n");
  const Encoding encoding = tokenizer.encode_with_offsets("éa", AddSpecial::kNo);
  EXPECT_EQ(encoding.offsets, (std::vector<std::pair<int32_t, int32_t>>{{0, 1}, {1, 2}}));
  const Tokenizer strict = train_char(texts, {});
  EXPECT_NE(error_of([&] { strict.encode("haz", AddSpecial::kNo); }).find("\"z\""), std::string::npos);
  EXPECT_THROW(train_char(Views{}, {}), Error);
}

TEST(TrainByte, IdsAreBytes) {
  const Tokenizer tokenizer = train_byte({"<|endoftext|>"});
  EXPECT_EQ(tokenizer.vocab_size(), 257);
  EXPECT_EQ(tokenizer.encode("aé<|endoftext|>", AddSpecial::kNo), (std::vector<int32_t>{97, 195, 169, 256}));
  std::string all;
  for (char32_t c = 0; c < 0x800; ++c) text::append_character(c, all);
  EXPECT_EQ(tokenizer.decode(tokenizer.encode(all, AddSpecial::kNo), SkipSpecial::kNo), all);
}

}  // namespace
}  // namespace gimbal
