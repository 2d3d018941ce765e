// Token files: round trips, reuse, slices, the same bytes for every thread count, and damaged files.
#include "data/shards.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <fstream>

#include "core/error.h"
#include "core/rng.h"
#include "core/threads.h"

namespace gimbal {
namespace {

std::vector<int32_t> bytes_as_ids(std::string_view text) {
  std::vector<int32_t> ids;
  for (const char c : text) ids.push_back(static_cast<unsigned char>(c));
  return ids;
}

class ShardsTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / cat("gimbal-shards-", testing::UnitTest::GetInstance()->current_test_info()->name(), "-", ::getpid());
    fs::create_directories(folder_);
  }
  void TearDown() override {
    set_num_threads(0);
    fs::remove_all(folder_);
  }

  CorpusFile lines(const std::vector<std::string>& texts, const std::string& name = "a.jsonl") const {
    std::string file;
    for (const std::string& text : texts) file += cat("{\"text\":\"", text, "\"}\n");
    write_file(folder_ / name, file);
    return {folder_ / name, CorpusFile::Kind::kJsonLines};
  }
  TokenShard make(const CorpusFile& file, const ShardRecipe& recipe, const Tokenize& tokenize = bytes_as_ids) const {
    return tokenize_files({file}, recipe, tokenize, folder_ / "x.tokens");
  }

  fs::path folder_;
};

// Without the sync of an atomic write, which would be most of a test's time.
void overwrite(const fs::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

std::string text_of(const TokenShard& shard) {
  std::string text;
  for (const int32_t id : shard.tokens(0, shard.size())) text += id == 256 ? '|' : static_cast<char>(id);
  return text;
}

std::vector<std::string> documents_of(const TokenShard& shard) {
  std::vector<std::string> documents;
  for (int64_t i = 0; i < shard.documents(); ++i) documents.push_back(text_of(shard.slice(shard.document_begin(i), shard.document_begin(i + 1))));
  return documents;
}

using Texts = std::vector<std::string>;
const ShardRecipe kBytes = {.vocab_size = 257, .end_of_document = 256, .tokenizer_fingerprint = 7};

TEST_F(ShardsTest, DocumentsComeBackInOrderEachWithItsEnd) {
  const TokenShard shard = make(lines({"one", "a", "three"}), kBytes);
  EXPECT_EQ(shard.vocab_size(), 257);
  EXPECT_EQ(text_of(shard), "one|a|three|");
  EXPECT_EQ(documents_of(shard), (Texts{"one|", "a|", "three|"}));
  const TokenShard endless = make(lines({"one", "a"}), {.vocab_size = 256, .end_of_document = {}, .tokenizer_fingerprint = 7});
  EXPECT_EQ(documents_of(endless), (Texts{"one", "a"}));
}

TEST_F(ShardsTest, LargeVocabulariesTakeFourBytes) {
  const auto wide = [](std::string_view text) {
    std::vector<int32_t> ids = bytes_as_ids(text);
    for (int32_t& id : ids) id += 70000;
    return ids;
  };
  const TokenShard shard = make(lines({"abc"}), {.vocab_size = 70256, .end_of_document = {}, .tokenizer_fingerprint = 7}, wide);
  EXPECT_EQ(shard.tokens(0, 3), (std::vector<int32_t>{70097, 70098, 70099}));
  const TokenShard narrow = make(lines({"abc"}), {.vocab_size = 65536, .end_of_document = 65535, .tokenizer_fingerprint = 7});
  EXPECT_EQ(narrow.tokens(0, 4), (std::vector<int32_t>{97, 98, 99, 65535}));
}

TEST_F(ShardsTest, SlicesClipDocuments) {
  const TokenShard shard = make(lines({"abc", "de", "f"}), kBytes);  // abc|de|f|
  EXPECT_EQ(documents_of(shard.slice(2, 6)), (Texts{"c|", "de"}));
  EXPECT_EQ(documents_of(shard.slice(4, 7)), (Texts{"de|"}));
  EXPECT_EQ(documents_of(shard.slice(2, 6).slice(1, 3)), (Texts{"|", "d"}));
  EXPECT_EQ(shard.slice(4, 4).documents(), 0);
  EXPECT_EQ(shard.slice(9, 9).size(), 0);
}

TEST_F(ShardsTest, ReusedUntilTheTextOrTheRecipeChanges) {
  std::atomic<int> calls = 0;
  const Tokenize counting = [&](std::string_view text) {
    ++calls;
    return bytes_as_ids(text);
  };
  CorpusFile file = lines({"one", "two"});
  const uint64_t hash = make(file, kBytes, counting).content_hash();
  EXPECT_EQ(make(file, kBytes, counting).content_hash(), hash);
  EXPECT_EQ(calls, 2);

  ShardRecipe other = kBytes;
  other.tokenizer_fingerprint = 8;
  EXPECT_EQ(make(file, other, counting).content_hash(), hash);
  EXPECT_EQ(calls, 4);

  file = lines({"one", "owt"});
  fs::last_write_time(file.path, fs::last_write_time(file.path) + std::chrono::seconds(1));
  EXPECT_NE(make(file, other, counting).content_hash(), hash);
  EXPECT_EQ(calls, 6);

  write_file(folder_ / "x.tokens", "damaged");
  EXPECT_EQ(text_of(make(file, other, counting)), "one|owt|");
  EXPECT_EQ(calls, 8);
}

TEST_F(ShardsTest, TheBytesDoNotDependOnTheThreadCount) {
  Texts texts;
  Rng rng(3, "texts");
  for (int i = 0; i < 300; ++i) texts.emplace_back(1 + rng.below(60), static_cast<char>('a' + rng.below(26)));
  const CorpusFile file = lines(texts);
  set_num_threads(1);
  make(file, kBytes);
  const std::string one = read_file(folder_ / "x.tokens");
  fs::remove(folder_ / "x.tokens");
  set_num_threads(4);
  make(file, kBytes);
  EXPECT_EQ(read_file(folder_ / "x.tokens"), one);
}

TEST_F(ShardsTest, TokenizerErrorsReachTheCaller) {
  const Tokenize failing = [](std::string_view text) -> std::vector<int32_t> { fail("cannot tokenize '", text, "'"); };
  EXPECT_THROW(make(lines({"one", "two", "three"}), kBytes, failing), Error);
  EXPECT_THROW(make(lines({"one"}), {.vocab_size = 100, .end_of_document = {}, .tokenizer_fingerprint = 7}), Error);  // 'o' is 111
  EXPECT_THROW(make(lines({"one"}), kBytes, [](std::string_view) { return std::vector<int32_t>{}; }), Error);
  EXPECT_FALSE(fs::exists(folder_ / "x.tokens"));
}

TEST_F(ShardsTest, EveryTruncationIsRefused) {
  make(lines({"abc", "de"}), kBytes);
  const std::string whole = read_file(folder_ / "x.tokens");
  for (size_t length = 0; length < whole.size(); ++length) {
    overwrite(folder_ / "x.tokens", whole.substr(0, length));
    ASSERT_THROW(TokenShard::open(folder_ / "x.tokens"), Error) << length;
  }
}

TEST_F(ShardsTest, FlippedBytesNeverCrash) {
  make(lines({"abc", "de"}), kBytes);
  const std::string whole = read_file(folder_ / "x.tokens");
  for (size_t i = 0; i < whole.size(); ++i) {
    std::string damaged = whole;
    damaged[i] = static_cast<char>(damaged[i] ^ 0xFF);
    overwrite(folder_ / "x.tokens", damaged);
    try {
      documents_of(TokenShard::open(folder_ / "x.tokens"));
    } catch (const Error&) {
    }
  }
}

TEST_F(ShardsTest, TheEndOfTheStreamIsHeldOut) {
  write_file(folder_ / "a.txt", "0123456789abcdefghijABCDEFGHIJ");
  const ShardRecipe recipe = {.vocab_size = 256, .end_of_document = {}, .tokenizer_fingerprint = 7};
  const Corpus corpus = find_corpus({folder_ / "a.txt"});
  const TokenSplit split = tokenize_corpus(corpus, recipe, bytes_as_ids, folder_ / "cache", 0.1);
  EXPECT_EQ(text_of(split.train), "0123456789abcdefghijABCDEFG");
  EXPECT_EQ(text_of(split.valid), "HIJ");
  EXPECT_EQ(tokenize_corpus(corpus, recipe, bytes_as_ids, folder_ / "cache", 0).valid.size(), 0);
  EXPECT_THROW(tokenize_corpus(corpus, recipe, bytes_as_ids, folder_ / "cache", 1.0), Error);
}

TEST_F(ShardsTest, ValidationFilesAreUsedWhenTheyExist) {
  lines({"train"}, "train.jsonl");
  lines({"valid"}, "valid.jsonl");
  const TokenSplit split = tokenize_corpus(find_corpus({folder_}), kBytes, bytes_as_ids, folder_ / "cache", 0.1);
  EXPECT_EQ(text_of(split.train), "train|");
  EXPECT_EQ(text_of(split.valid), "valid|");
}

}  // namespace
}  // namespace gimbal
