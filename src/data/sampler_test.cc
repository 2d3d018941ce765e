// Orders and batches: bijections, nanoGPT's windows, every token once an epoch, and refusals with their numbers.
#include "data/sampler.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "core/error.h"
#include "data/batch.h"
#include "data/permutation.h"

namespace gimbal {
namespace {

// A shard of the documents of these lengths whose tokens are 0, 1, 2, ... through all of them.
class SamplerTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / cat("gimbal-sampler-", testing::UnitTest::GetInstance()->current_test_info()->name(), "-", ::getpid());
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  TokenShard shard_of(const std::vector<int>& lengths) const {
    std::string file;
    int begin = 0;
    for (const int length : lengths) {
      file += cat("{\"text\":\"", begin, " ", length, "\"}\n");
      begin += length;
    }
    write_file(folder_ / "a.jsonl", file);
    const auto counting = [](std::string_view text) {
      std::vector<int32_t> ids(std::stoul(std::string(text.substr(text.find(' ') + 1))));
      std::iota(ids.begin(), ids.end(), std::stoi(std::string(text)));
      return ids;
    };
    const std::vector<CorpusFile> files = {{folder_ / "a.jsonl", CorpusFile::Kind::kJsonLines}};
    return tokenize_files(files, {.vocab_size = 60000, .end_of_document = {}, .tokenizer_fingerprint = hash_name(file)}, counting,
                          folder_ / "x.tokens");
  }

  fs::path folder_;
};

template <class F>
std::string refusal(F&& f) {
  try {
    f();
  } catch (const Error& e) {
    return e.what();
  }
  return "";
}
#define EXPECT_SAYS(sentence, part) EXPECT_NE((sentence).find(part), std::string::npos) << "it says: " << (sentence)

TEST(Permutation, IsABijectionForEverySize) {
  for (uint64_t n = 1; n <= 300; ++n) {
    std::vector<bool> seen(n);
    for (uint64_t i = 0; i < n; ++i) seen[permuted(i, n, n * 31)] = true;
    EXPECT_EQ(std::count(seen.begin(), seen.end(), true), static_cast<std::ptrdiff_t>(n)) << n;
  }
  const uint64_t large = 1'000'000'007ULL * 1'000'003;
  EXPECT_LT(permuted(large - 1, large, 5), large);
}

TEST(Permutation, PlacesLookUniform) {
  // Where item 0 lands over 20,000 keys, in 10 places: chi-squared of 9 degrees of freedom stays under 33 (p = 1e-4).
  std::vector<int> counts(10);
  for (uint64_t key = 0; key < 20000; ++key) ++counts[permuted(0, 10, Rng(key, "order").key())];
  double chi = 0;
  for (const int count : counts) chi += (count - 2000.0) * (count - 2000.0) / 2000.0;
  EXPECT_LT(chi, 33);
  // Neighbours do not stay neighbours: the rank correlation of a long order is near zero.
  const int n = 5000;
  double sum = 0;
  for (int i = 0; i < n; ++i) sum += (i - (n - 1) / 2.0) * (static_cast<double>(permuted(static_cast<uint64_t>(i), n, 99)) - (n - 1) / 2.0);
  EXPECT_LT(std::abs(sum / (n * (static_cast<double>(n) * n - 1) / 12)), 0.06);
}

TEST_F(SamplerTest, WindowsBeginAnywhereWithEqualChance) {
  const Sampler sampler(shard_of({14}), Sampling::kWindows, 4, 1);
  std::vector<int> begins(14);
  for (int64_t s = 0; s < 20000; ++s) {
    const Window window = sampler.at(s);
    ASSERT_EQ(window.count, 5);
    ++begins[static_cast<size_t>(window.begin)];
  }
  for (int64_t i = 0; i < 14; ++i) {
    if (i < 10)
      EXPECT_NEAR(begins[static_cast<size_t>(i)], 2000, 220) << i;  // 5 standard deviations
    else
      EXPECT_EQ(begins[static_cast<size_t>(i)], 0) << i;
  }
}

TEST_F(SamplerTest, AnEpochOfShuffleHasEveryTargetOnceAndTheNextAnotherOrder) {
  const TokenShard shard = shard_of({30, 73});
  const Sampler sampler(shard, Sampling::kShuffle, 8, 5);
  ASSERT_EQ(sampler.sequences_per_epoch(), 13);  // 102 targets: twelve windows of 8, one of 6
  std::vector<std::vector<int32_t>> orders;
  for (int64_t epoch = 0; epoch < 2; ++epoch) {
    const TokenBatch batch = batch_of(SampledWindows(sampler), epoch * 13, 13);
    std::vector<int32_t> targets = batch.targets;
    orders.push_back(targets);
    std::sort(targets.begin(), targets.end());
    std::vector<int32_t> expected(102);
    std::iota(expected.begin(), expected.end(), 1);
    EXPECT_EQ(targets, expected);
  }
  EXPECT_NE(orders[0], orders[1]);
  EXPECT_NE(orders[0], batch_of(SampledWindows(Sampler(shard, Sampling::kShuffle, 8, 6)), 0, 13).targets);
}

TEST_F(SamplerTest, DocumentsAreNeverCrossedAndLongOnesAreCut) {
  const TokenShard shard = shard_of({3, 1, 10, 2, 5});
  const Sampler sampler(shard, Sampling::kDocuments, 4, 5);
  std::set<std::pair<int64_t, int64_t>> windows;
  for (int64_t s = 0; s < sampler.sequences_per_epoch(); ++s) windows.insert({sampler.at(s).begin, sampler.at(s).count});
  EXPECT_EQ(windows, (std::set<std::pair<int64_t, int64_t>>{{0, 3}, {4, 5}, {8, 5}, {12, 2}, {14, 2}, {16, 5}}));
}

TEST_F(SamplerTest, ASequenceIsAFunctionOfItsNumber) {
  const TokenShard shard = shard_of({500, 400, 300});
  for (const char* name : {"windows", "shuffle", "documents"}) {
    const Sampler first(shard, sampling_named(name), 16, 9), resumed(shard, sampling_named(name), 16, 9);
    for (int64_t s = 300; s-- > 0;) ASSERT_EQ(resumed.at(s), first.at(s)) << name;
    EXPECT_EQ(batch_of(SampledWindows(resumed), 123, 4).ids, batch_of(SampledWindows(first), 123, 4).ids);
  }
}

TEST_F(SamplerTest, ABatchIsRaggedAndPredictsItsSuccessors) {
  TokenBatch batch;
  batch.add_successors(std::vector<int32_t>{10, 11, 12, 13});
  batch.add_successors(std::vector<int32_t>{0, 1, 2});
  EXPECT_EQ(batch.ids, (std::vector<int32_t>{10, 11, 12, 0, 1}));
  EXPECT_EQ(batch.targets, (std::vector<int32_t>{11, 12, 13, 1, 2}));
  EXPECT_EQ(batch.positions, (std::vector<int32_t>{0, 1, 2, 0, 1}));
  EXPECT_EQ(batch.offsets, (std::vector<int64_t>{0, 3, 5}));
}

// Columns that an objective leaves out are zeros beside those of a sequence that has them.
TEST(TokenBatch, ColumnsKeepTheirRows) {
  TokenBatch batch;
  batch.add({.ids = {5, 6}});
  batch.add({.ids = {7, 8, 9}, .targets = {1, kIgnoredTarget, 2}, .types = {0, 1, 1}, .positions = {0, 4, 4}, .block_positions = {0, 1, 2}, .prefix = 1});
  batch.add({.ids = {3}});
  EXPECT_EQ(batch.ids, (std::vector<int32_t>{5, 6, 7, 8, 9, 3}));
  EXPECT_EQ(batch.targets, (std::vector<int32_t>{-100, -100, 1, -100, 2, -100}));
  EXPECT_EQ(batch.types, (std::vector<int32_t>{0, 0, 0, 1, 1, 0}));
  EXPECT_EQ(batch.positions, (std::vector<int32_t>{0, 1, 0, 4, 4, 0}));
  EXPECT_EQ(batch.block_positions, (std::vector<int32_t>{0, 0, 0, 1, 2, 0}));
  EXPECT_EQ(batch.prefixes, (std::vector<int64_t>{0, 1, 0}));
  EXPECT_EQ(batch.offsets, (std::vector<int64_t>{0, 2, 5, 6}));
}

TEST_F(SamplerTest, ValidationCoversTheSplitOnceInOrder) {
  const TokenShard shard = shard_of({60}).slice(20, 50);
  const OrderedWindows windows(shard, 8);
  ASSERT_EQ(windows.size(), 4);
  const std::vector<int32_t> targets = batch_of(windows, 0, 4).targets;
  std::vector<int32_t> expected(29);
  std::iota(expected.begin(), expected.end(), 21);
  EXPECT_EQ(targets, expected);
  EXPECT_EQ(batch_of(windows, 3, 1).offsets, (std::vector<int64_t>{0, 5}));
}

TEST_F(SamplerTest, RefusesTooLittleDataWithItsNumbers) {
  const TokenShard shard = shard_of({5, 1});
  EXPECT_SAYS(refusal([&] { Sampler(shard, Sampling::kWindows, 8, 0); }),
              "has 6 tokens, fewer than the 9 that a context of 8 and its next token need; use more data or a context of at most 5");
  EXPECT_SAYS(refusal([&] { Sampler(shard, Sampling::kShuffle, 6, 0); }), "has 6 tokens, fewer than the 7");
  EXPECT_SAYS(refusal([&] { Sampler(shard.slice(5, 6), Sampling::kDocuments, 6, 0); }), "none of the 1 training documents has two tokens");
  EXPECT_SAYS(refusal([&] { Sampler(shard, Sampling::kShuffle, 0, 0); }), "the context is 0");
  EXPECT_SAYS(refusal([&] { OrderedWindows(shard.slice(0, 1), 4); }), "the validation data has 1 tokens");
  EXPECT_SAYS(refusal([&] { sampling_named("shufle"); }), "did you mean 'shuffle'?");
  EXPECT_EQ(Sampler(shard, Sampling::kWindows, 5, 0).at(7), (Window{0, 6}));
}

}  // namespace
}  // namespace gimbal
