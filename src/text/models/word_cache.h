// A cache of words and their tokens: text repeats its words, and a hit costs a fraction of the merging.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "text/flat_index.h"

namespace gimbal::text {

/// Direct-mapped: a new word takes the place of an old one with the same slot, so it never grows beyond a few MiB. For one thread at a time.
class WordCache {
 public:
  WordCache() : slots_(kSlots) {}

  /// Appends the tokens of `word` to `ids` if they are known. [word.data(), readable_end) must be readable memory that holds the word.
  bool find(std::string_view word, const char* readable_end, std::vector<int32_t>& ids) const {
    if (word.size() > kInlineKey) return find_long(word, ids);
    const Key key = short_key(word, readable_end);
    const Slot& slot = slots_[place(key)];
    if (slot.key.low != key.low || slot.key.high != key.high) return false;
    append(slot, ids);
    return true;
  }

  void insert(std::string_view word, std::span<const int32_t> tokens);

 private:
  static constexpr uint32_t kSlotBits = 15;
  static constexpr size_t kSlots = size_t{1} << kSlotBits;
  static constexpr size_t kInlineKey = 15, kInlineTokens = 3;
  static constexpr size_t kMaxWord = 4096;
  static constexpr size_t kMaxArena = size_t{1} << 20;  // of either arena, in its own elements; past it the cache starts anew

  /// Words of up to 15 bytes: the bytes and, in the last one, 1 + their number. Longer ones: a hash, and where the bytes are.
  struct Key {
    uint64_t low = 0, high = 0;
  };
  struct Slot {
    Key key;
    uint32_t count = 0;
    int32_t tokens[kInlineTokens] = {};  // or, when they are more, where they begin in tokens_
  };
  static_assert(sizeof(Slot) == 32);

  static size_t place(const Key& key) { return hash_pair(key.low, key.high) >> (64 - kSlotBits); }

  static Key short_key(std::string_view word, const char* readable_end) {
    Key key;
    const size_t n = word.size();
    if (readable_end - word.data() >= 16) {
      key.low = load<uint64_t>(word.data());
      key.high = load<uint64_t>(word.data() + 8);
      // Bytes after the word are cleared; a shift by 64 is avoided by shifting in two steps.
      key.low &= n >= 8 ? ~uint64_t{0} : (uint64_t{1} << (8 * n)) - 1;
      key.high &= n <= 8 ? 0 : (uint64_t{1} << (8 * (n - 8))) - 1;
    } else {
      char bytes[16] = {};
      std::memcpy(bytes, word.data(), n);
      key = {load<uint64_t>(bytes), load<uint64_t>(bytes + 8)};
    }
    key.high |= (n + 1) << 56;
    return key;
  }

  static uint64_t long_tag(std::string_view word) { return uint64_t{0xFF} << 56 | static_cast<uint64_t>(word.size()) << 32; }

  void append(const Slot& slot, std::vector<int32_t>& ids) const {
    if (slot.count == 1) {
      ids.push_back(slot.tokens[0]);
      return;
    }
    const int32_t* first = slot.count <= kInlineTokens ? slot.tokens : tokens_.data() + slot.tokens[0];
    ids.insert(ids.end(), first, first + slot.count);
  }

  bool find_long(std::string_view word, std::vector<int32_t>& ids) const;

  std::vector<Slot> slots_;
  std::string words_;            // bytes of words too long for a slot
  std::vector<int32_t> tokens_;  // tokens of words with more than a slot holds
};

/// Caches on loan: each thread that encodes borrows one and gives it back, so that nothing is locked while it works.
class WordCachePool {
 public:
  class Loan {
   public:
    explicit Loan(WordCachePool& pool) : pool_(pool), cache_(pool.take()) {}
    ~Loan() { pool_.give_back(std::move(cache_)); }
    Loan(const Loan&) = delete;
    Loan& operator=(const Loan&) = delete;
    WordCache& operator*() { return *cache_; }

   private:
    WordCachePool& pool_;
    std::unique_ptr<WordCache> cache_;
  };

 private:
  std::unique_ptr<WordCache> take();
  void give_back(std::unique_ptr<WordCache> cache);

  std::mutex mutex_;
  std::vector<std::unique_ptr<WordCache>> idle_;
};

}  // namespace gimbal::text
