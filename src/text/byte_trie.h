// A trie over bytes: from the beginning of a text to the tokens that it begins with.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace gimbal::text {

/// A double array (Aoe 1989, doi:10.1109/32.31365): a step is one look-up, and twelve bytes a node keep a vocabulary of 32,000 tokens in the cache.
class ByteTrie {
 public:
  static constexpr uint32_t kRoot = 0, kNowhere = ~0u;
  static constexpr int32_t kNoValue = -1;

  struct Entry {
    std::string_view string;
    int32_t value;  ///< not negative
  };
  ByteTrie() : ByteTrie(std::vector<Entry>()) {}
  /// Of equal strings the first one counts; the empty string is left out.
  explicit ByteTrie(std::vector<Entry> entries);

  /// Where `byte` leads from `node`, or kNowhere.
  uint32_t step(uint32_t node, char byte) const {
    const uint32_t next = nodes_[node].base ^ static_cast<unsigned char>(byte);
    return nodes_[next].parent == node ? next : kNowhere;
  }
  /// Where all of `string` leads, or kNowhere.
  uint32_t walk(uint32_t node, std::string_view string) const;

  /// The value of the string that ends at `node`, or kNoValue.
  int32_t value(uint32_t node) const { return nodes_[node].value; }

  /// The longest string that `text` begins with: its value (or kNoValue) and its length in bytes. Begins at `from`.
  struct Longest {
    int32_t value;
    uint32_t length;
  };
  Longest longest(std::string_view text, uint32_t from = kRoot) const;

 private:
  struct Node {
    uint32_t base = 0;  // the child for byte b stands at base ^ b, which is in the same block of 256
    uint32_t parent = kNowhere;
    int32_t value = kNoValue;
  };
  void add_children(uint32_t node, const Entry* first, const Entry* last, size_t depth);
  uint32_t find_base(const std::vector<unsigned char>& bytes);

  std::vector<Node> nodes_;
  std::vector<bool> is_taken_;
  uint32_t search_from_ = 0;  // where free places are looked for
};

}  // namespace gimbal::text
