// Building the double array: strings are sorted, then each node's children are put where they all find a free place.
#include "text/byte_trie.h"

#include <algorithm>

namespace gimbal::text {
namespace {
constexpr uint32_t kBlock = 256;
constexpr uint32_t kSearched = 16 * kBlock;  // free places further back are given up: they are few, and looking at all of them takes long
}  // namespace

ByteTrie::ByteTrie(std::vector<Entry> entries) {
  std::stable_sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.string < b.string; });
  const auto last = std::unique(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.string == b.string; });
  entries.erase(last, entries.end());
  if (!entries.empty() && entries[0].string.empty()) entries.erase(entries.begin());
  nodes_.resize(kBlock);
  is_taken_.resize(kBlock);
  is_taken_[kRoot] = true;
  add_children(kRoot, entries.data(), entries.data() + entries.size(), 0);
  is_taken_ = {};
}

// The entries share their first `depth` bytes, which lead to `node`. The depth of recursion is the length of the longest string.
void ByteTrie::add_children(uint32_t node, const Entry* first, const Entry* last, size_t depth) {
  if (first != last && first->string.size() == depth) nodes_[node].value = (first++)->value;
  std::vector<unsigned char> bytes;
  std::vector<const Entry*> begins;
  for (const Entry* entry = first; entry != last; ++entry) {
    const auto byte = static_cast<unsigned char>(entry->string[depth]);
    if (!bytes.empty() && bytes.back() == byte) continue;
    bytes.push_back(byte);
    begins.push_back(entry);
  }
  if (bytes.empty()) return;
  begins.push_back(last);
  const uint32_t base = find_base(bytes);
  nodes_[node].base = base;
  for (const unsigned char byte : bytes) {
    is_taken_[base ^ byte] = true;
    nodes_[base ^ byte].parent = node;
  }
  for (size_t i = 0; i < bytes.size(); ++i) add_children(base ^ bytes[i], begins[i], begins[i + 1], depth + 1);
}

uint32_t ByteTrie::find_base(const std::vector<unsigned char>& bytes) {
  const auto size = static_cast<uint32_t>(nodes_.size());
  if (size > search_from_ + kSearched) search_from_ = size - kSearched;
  while (search_from_ < size && is_taken_[search_from_]) ++search_from_;
  for (uint32_t place = search_from_;; ++place) {
    if (place == nodes_.size()) {
      nodes_.resize(place + kBlock);
      is_taken_.resize(place + kBlock);
    }
    if (is_taken_[place]) continue;
    const uint32_t base = place ^ bytes[0];
    if (std::none_of(bytes.begin(), bytes.end(), [&](unsigned char byte) { return is_taken_[base ^ byte]; })) return base;
  }
}

uint32_t ByteTrie::walk(uint32_t node, std::string_view string) const {
  for (size_t i = 0; i < string.size() && node != kNowhere; ++i) node = step(node, string[i]);
  return node;
}

ByteTrie::Longest ByteTrie::longest(std::string_view text, uint32_t from) const {
  Longest found{kNoValue, 0};
  uint32_t node = from;
  for (size_t i = 0; i < text.size(); ++i) {
    node = step(node, text[i]);
    if (node == kNowhere) break;
    if (nodes_[node].value != kNoValue) found = {nodes_[node].value, static_cast<uint32_t>(i + 1)};
  }
  return found;
}

}  // namespace gimbal::text
