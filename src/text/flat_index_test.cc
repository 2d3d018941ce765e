// The hash index against a plain map, and hashes that spread.
#include "text/flat_index.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "core/rng.h"

namespace gimbal::text {
namespace {

TEST(FlatIndex, FindsWhatWasInserted) {
  Rng rng(13, "index");
  std::vector<uint64_t> keys;
  FlatIndex index;
  const auto find = [&](uint64_t key) { return index.find(hash_pair(key, 1), [&](uint32_t i) { return keys[i] == key; }); };
  EXPECT_EQ(find(0), FlatIndex::kAbsent);
  std::set<uint64_t> known;
  for (int n = 0; n < 5000; ++n) {
    const uint64_t key = rng.below(4000);
    EXPECT_EQ(find(key) != FlatIndex::kAbsent, known.contains(key));
    if (!known.insert(key).second) continue;
    index.insert(hash_pair(key, 1), static_cast<uint32_t>(keys.size()));
    keys.push_back(key);
  }
  for (size_t i = 0; i < keys.size(); ++i) EXPECT_EQ(find(keys[i]), i);
}

TEST(FlatIndex, CollidingHashesAreToldApart) {
  FlatIndex index;
  for (uint32_t i = 0; i < 100; ++i) index.insert(7, i);
  for (uint32_t i = 0; i < 100; ++i) EXPECT_EQ(index.find(7, [i](uint32_t k) { return k == i; }), i);
  EXPECT_EQ(index.find(7, [](uint32_t) { return false; }), FlatIndex::kAbsent);
}

// The index uses the upper half of a hash. Of n random numbers below 2^16, about n - n²/2^17 differ.
TEST(HashBytes, ShortStringsOfEachLengthSpread) {
  std::vector<std::string> strings;
  for (size_t length = 1; length <= 20; ++length) {
    strings.clear();
    for (int b = 0; b < 256; ++b) {
      std::string string(length, 'a');
      string[static_cast<size_t>(b) % length] = static_cast<char>(b);
      strings.push_back(string);
    }
    const std::set<std::string> distinct(strings.begin(), strings.end());
    std::set<uint64_t> places;
    for (const std::string& string : distinct) places.insert(hash_bytes(string) >> 32 & 0xFFFF);
    EXPECT_GE(places.size() + 6, distinct.size()) << "length " << length;
  }
}

}  // namespace
}  // namespace gimbal::text
