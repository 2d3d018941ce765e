// Runs of rows: what is written stays with its sequence, whatever opens, grows, moves and closes around it.
#include "infer/sequence_cache.h"

#include <gtest/gtest.h>

#include <map>

#include "core/rng.h"

namespace gimbal {
namespace {

Architecture small() {
  Architecture a;
  a.layers = 2;
  a.width = 8;
  a.heads = 2;
  return a;
}

// Every element of a token's row in every layer holds one number.
void write(SequenceCache& cache, SequenceCache::Id id, int64_t token, float value) {
  for (const Tensor& layer : cache.tensors().layers)
    for (int64_t c = 0; c < layer.cols(); ++c) layer.data<float>()[(cache.row_begin(id) + token) * layer.cols() + c] = value;
}

float read(SequenceCache& cache, SequenceCache::Id id, int64_t token) {
  const Tensor& layer = cache.tensors().layers.back();
  return layer.data<float>()[(cache.row_begin(id) + token) * layer.cols() + layer.cols() - 1];
}

TEST(SequenceCache, HasTheShapeThatAttentionReads) {
  Architecture a = small();
  a.kv_heads = 1;
  SequenceCache cache(a, DType::kBF16, Device::kCpu);
  cache.open(5);
  ASSERT_EQ(cache.tensors().layers.size(), 2u);
  EXPECT_EQ(cache.tensors().layers[0].cols(), 2 * 1 * 4);
  EXPECT_GE(cache.tensors().layers[0].rows(), 5);
  EXPECT_EQ(cache.tensors().layers[0].dtype(), DType::kBF16);
}

TEST(SequenceCache, GapsAreUsedAgain) {
  SequenceCache cache(small(), DType::kF32, Device::kCpu);
  const auto a = cache.open(4);
  cache.open(4);
  const int64_t rows = cache.rows(), begin = cache.row_begin(a);
  cache.close(a);
  EXPECT_EQ(cache.row_begin(cache.open(3)), begin);
  EXPECT_EQ(cache.rows(), rows);
}

TEST(SequenceCache, CopiesAndTruncates) {
  SequenceCache cache(small(), DType::kF32, Device::kCpu);
  const auto a = cache.open(4), b = cache.open(1);
  cache.append(a, 4);
  cache.append(b, 4);
  for (int64_t t = 0; t < 4; ++t) write(cache, a, t, static_cast<float>(t)), write(cache, b, t, -1);
  cache.copy(a, b, 1, 3);
  EXPECT_EQ(read(cache, b, 0), -1);
  EXPECT_EQ(read(cache, b, 1), 1);
  EXPECT_EQ(read(cache, b, 2), 2);
  EXPECT_EQ(read(cache, b, 3), -1);
  cache.truncate(b, 2);
  EXPECT_EQ(cache.length(b), 2);
}

TEST(SequenceCache, GrowthIsAmortized) {
  SequenceCache cache(small(), DType::kF32, Device::kCpu);
  const auto id = cache.open(1);
  int64_t moves = 0, begin = cache.row_begin(id);
  cache.open(1);  // in the way
  for (int64_t t = 0; t < 4096; ++t) {
    cache.append(id, 1);
    write(cache, id, t, static_cast<float>(t));
    moves += cache.row_begin(id) != begin ? 1 : 0;
    begin = cache.row_begin(id);
  }
  EXPECT_LE(moves, 13);
  for (int64_t t = 0; t < 4096; ++t) ASSERT_EQ(read(cache, id, t), static_cast<float>(t));
  EXPECT_LE(cache.rows(), 6 * 4096);
}

TEST(SequenceCache, KeepsEachSequenceThroughManyChanges) {
  SequenceCache cache(small(), DType::kF32, Device::kCpu);
  Rng rng(3, "sequence cache");
  std::map<SequenceCache::Id, std::vector<float>> written;
  float next = 1;
  for (int step = 0; step < 3000; ++step) {
    const uint64_t what = rng.below(10);
    if (written.empty() || (what == 0 && written.size() < 12)) {
      const auto id = cache.open(static_cast<int64_t>(rng.below(6)));
      ASSERT_FALSE(written.contains(id));
      written[id] = {};
      continue;
    }
    const auto at = std::next(written.begin(), static_cast<std::ptrdiff_t>(rng.below(written.size())));
    if (what == 1) {
      cache.close(at->first);
      written.erase(at);
    } else if (what == 2) {
      at->second.resize(rng.below(at->second.size() + 1));
      cache.truncate(at->first, static_cast<int64_t>(at->second.size()));
    } else {
      const auto count = static_cast<int64_t>(1 + rng.below(5));
      cache.append(at->first, count);
      for (int64_t i = 0; i < count; ++i) {
        write(cache, at->first, static_cast<int64_t>(at->second.size()), next);
        at->second.push_back(next++);
      }
    }
    for (const auto& [id, values] : written) {
      ASSERT_EQ(cache.length(id), static_cast<int64_t>(values.size()));
      for (size_t t = 0; t < values.size(); ++t) ASSERT_EQ(read(cache, id, static_cast<int64_t>(t)), values[t]) << "step " << step;
    }
  }
}

}  // namespace
}  // namespace gimbal
