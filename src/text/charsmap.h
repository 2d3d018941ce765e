// SentencePiece's compiled normalization rules ("precompiled_charsmap"): strings, and what each becomes.
//
// The format is that of SentencePiece's normalizer: the size of a trie in bytes (32 bits, little-endian), the trie as a double array of the Darts
// library, then all replacements, each ended by a NUL byte. A string's value in the trie is where its replacement begins.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gimbal::text {

class Charsmap {
 public:
  /// Error when the bytes are cut off or their numbers point outside.
  explicit Charsmap(std::string bytes);

  struct Match {
    size_t length;  ///< of the string that was found, in bytes
    std::string_view replacement;
  };
  /// The shortest of the strings that `text` begins with, or nothing.
  std::optional<Match> shortest(std::string_view text) const { return find(text, Wanted::kShortest); }
  /// The longest of them, or nothing.
  std::optional<Match> longest(std::string_view text) const { return find(text, Wanted::kLongest); }

  /// True for ASCII characters that stand for themselves wherever another ASCII character, or nothing, follows.
  bool is_plain(unsigned char ascii) const { return is_plain_[ascii]; }

  const std::string& bytes() const { return bytes_; }

 private:
  enum class Wanted : uint8_t { kShortest, kLongest };
  std::optional<Match> find(std::string_view text, Wanted wanted) const;
  uint32_t step(uint32_t node, char byte) const;
  std::optional<uint32_t> value(uint32_t node) const;

  std::string bytes_;
  std::vector<uint32_t> units_;
  std::string_view replacements_;
  std::array<bool, 128> is_plain_{};
};

}  // namespace gimbal::text
