// The four kinds of character that word patterns tell apart, for every code point, from ICU's tables.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace gimbal::text {

/// kLetter is \p{L}, kNumber is \p{N}, kSpace is \s (Unicode White_Space), kOther is the rest.
enum class CharClass : uint8_t { kOther, kLetter, kNumber, kSpace };

class CharClasses {
 public:
  /// The table, built on first use (about a millisecond).
  static const CharClasses& get();

  CharClass ascii(unsigned char c) const { return blocks_[c]; }  // block 0 is stored first
  CharClass of(char32_t c) const { return blocks_[block_of_[c >> kBlockBits] + (c & (kBlockSize - 1))]; }

 private:
  static constexpr uint32_t kBlockBits = 7, kBlockSize = 1u << kBlockBits;
  CharClasses();

  std::array<uint32_t, (0x110000 >> kBlockBits)> block_of_;  // where the block starts in blocks_; equal blocks are stored once
  std::vector<CharClass> blocks_;
};

}  // namespace gimbal::text
