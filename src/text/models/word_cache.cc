// The less travelled paths of the word cache: long words, insertion, and loans.
#include "text/models/word_cache.h"

#include <algorithm>

namespace gimbal::text {

bool WordCache::find_long(std::string_view word, std::vector<int32_t>& ids) const {
  if (word.size() > kMaxWord) return false;
  const uint64_t hash = hash_bytes(word);
  const Slot& slot = slots_[hash >> (64 - kSlotBits)];
  const uint64_t tag = long_tag(word);
  if (slot.key.low != hash || (slot.key.high & ~uint64_t{0xFFFFFFFF}) != tag) return false;
  if (std::string_view(words_).substr(slot.key.high & 0xFFFFFFFF, word.size()) != word) return false;
  append(slot, ids);
  return true;
}

void WordCache::insert(std::string_view word, std::span<const int32_t> tokens) {
  if (word.size() > kMaxWord) return;
  if (words_.size() > kMaxArena || tokens_.size() > kMaxArena) *this = WordCache();
  Slot fresh;
  size_t at;
  if (word.size() <= kInlineKey) {
    fresh.key = short_key(word, word.data() + word.size());
    at = place(fresh.key);
  } else {
    const uint64_t hash = hash_bytes(word);
    fresh.key = {hash, long_tag(word) | words_.size()};
    words_ += word;
    at = hash >> (64 - kSlotBits);
  }
  fresh.count = static_cast<uint32_t>(tokens.size());
  if (tokens.size() <= kInlineTokens) {
    std::copy(tokens.begin(), tokens.end(), fresh.tokens);
  } else {
    fresh.tokens[0] = static_cast<int32_t>(tokens_.size());
    tokens_.insert(tokens_.end(), tokens.begin(), tokens.end());
  }
  slots_[at] = fresh;
}

std::unique_ptr<WordCache> WordCachePool::take() {
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      std::unique_ptr<WordCache> cache = std::move(idle_.back());
      idle_.pop_back();
      return cache;
    }
  }
  return std::make_unique<WordCache>();
}

void WordCachePool::give_back(std::unique_ptr<WordCache> cache) {
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(cache));
}

}  // namespace gimbal::text
