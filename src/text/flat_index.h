// A hash index: from a 64-bit hash to positions in an array that the caller owns, and hashes of bytes and pairs.
//
// Open addressing with linear probing, at most half full, eight bytes a slot: the tokenizer's inner loops live on these look-ups.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

namespace gimbal::text {

/// Folds the 128-bit product of both words: every input bit reaches every output bit.
inline uint64_t fold_multiply(uint64_t a, uint64_t b) {
  const unsigned __int128 product = static_cast<unsigned __int128>(a) * b;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

inline uint64_t hash_pair(uint64_t a, uint64_t b) { return fold_multiply(a ^ 0x9e3779b97f4a7c15ULL, b ^ 0xd6e8feb86659fd93ULL); }

template <class Word>
Word load(const char* p) {
  Word word;
  std::memcpy(&word, p, sizeof word);
  return word;
}

inline uint64_t hash_bytes(std::string_view bytes) {
  const char* p = bytes.data();
  size_t n = bytes.size();
  uint64_t h = n ^ 0x243f6a8885a308d3ULL;
  for (; n > 8; n -= 8, p += 8) h = hash_pair(h, load<uint64_t>(p));
  uint64_t tail = 0;
  if (n >= 4) {
    tail = load<uint32_t>(p) | static_cast<uint64_t>(load<uint32_t>(p + n - 4)) << 32;
  } else if (n > 0) {
    const auto byte = [p](size_t k) { return static_cast<uint64_t>(static_cast<unsigned char>(p[k])); };
    tail = byte(0) | byte(n / 2) << 8 | byte(n - 1) << 16;
  }
  return hash_pair(h, tail);
}

class FlatIndex {
 public:
  static constexpr uint32_t kAbsent = ~0u;

  /// The position stored under `hash` for which equal(position) holds, or kAbsent.
  template <class Equal>
  uint32_t find(uint64_t hash, Equal&& equal) const {
    if (slots_.empty()) return kAbsent;
    const auto tag = static_cast<uint32_t>(hash >> 32);
    for (size_t i = tag & mask_;; i = (i + 1) & mask_) {
      const Slot& slot = slots_[i];
      if (slot.position == kAbsent) return kAbsent;
      if (slot.tag == tag && equal(slot.position)) return slot.position;
    }
  }

  /// Adds a position; the caller has seen that find() does not know it.
  void insert(uint64_t hash, uint32_t position) {
    if (2 * (size_ + 1) > slots_.size()) grow(slots_.empty() ? 16 : 2 * slots_.size());
    place({static_cast<uint32_t>(hash >> 32), position});
    ++size_;
  }

  void reserve(size_t count) {
    const size_t wanted = std::bit_ceil(2 * count + 2);
    if (wanted > slots_.size()) grow(wanted);
  }

 private:
  struct Slot {
    uint32_t tag = 0, position = kAbsent;
  };

  void place(Slot slot) {
    size_t i = slot.tag & mask_;
    while (slots_[i].position != kAbsent) i = (i + 1) & mask_;
    slots_[i] = slot;
  }

  void grow(size_t slots) {
    std::vector<Slot> old(slots);
    old.swap(slots_);
    mask_ = slots - 1;
    for (const Slot& slot : old) {
      if (slot.position != kAbsent) place(slot);
    }
  }

  std::vector<Slot> slots_;
  size_t mask_ = 0, size_ = 0;
};

}  // namespace gimbal::text
