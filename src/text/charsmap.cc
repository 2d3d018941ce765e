// Reading Darts' double array. A unit holds a label (bits 0-7), an offset to its children (bits 10-30, times 256 when bit 9 is set), whether a string
// ends there (bit 8), or, with bit 31 set, a value.
#include "text/charsmap.h"

#include <cstring>

#include "core/error.h"

namespace gimbal::text {
namespace {

constexpr uint32_t kNowhere = ~0u;
constexpr uint32_t kValueBit = 1u << 31;

uint32_t offset(uint32_t unit) { return (unit >> 10) << ((unit & (1u << 9)) >> 6); }
bool ends_string(uint32_t unit) { return (unit >> 8 & 1) != 0; }

}  // namespace

Charsmap::Charsmap(std::string bytes) : bytes_(std::move(bytes)) {
  uint32_t trie_bytes = 0;
  if (bytes_.size() >= sizeof trie_bytes) std::memcpy(&trie_bytes, bytes_.data(), sizeof trie_bytes);
  if (trie_bytes == 0 || trie_bytes % 4 != 0 || trie_bytes > bytes_.size() - sizeof trie_bytes) {
    fail("the compiled normalization rules are damaged: ", bytes_.size(), " bytes cannot hold a trie of ", trie_bytes);
  }
  units_.resize(trie_bytes / 4);
  std::memcpy(units_.data(), bytes_.data() + sizeof trie_bytes, trie_bytes);
  replacements_ = std::string_view(bytes_).substr(sizeof trie_bytes + trie_bytes);
  for (int c = 0; c < 128; ++c) {
    const uint32_t node = step(0, static_cast<char>(c));
    bool plain = node == kNowhere || !value(node);
    for (int next = 0; plain && node != kNowhere && next < 128; ++next) plain = step(node, static_cast<char>(next)) == kNowhere;
    is_plain_[static_cast<size_t>(c)] = plain;
  }
}

uint32_t Charsmap::step(uint32_t node, char byte) const {
  const auto label = static_cast<unsigned char>(byte);
  const uint32_t next = node ^ offset(units_[node]) ^ label;
  return next < units_.size() && (units_[next] & (kValueBit | 0xFF)) == label ? next : kNowhere;
}

std::optional<uint32_t> Charsmap::value(uint32_t node) const {
  if (!ends_string(units_[node])) return std::nullopt;
  const uint32_t at = node ^ offset(units_[node]);
  const uint32_t value = at < units_.size() ? units_[at] & ~kValueBit : kNowhere;
  if (value >= replacements_.size()) fail("the compiled normalization rules are damaged: a replacement lies outside of them");
  return value;
}

std::optional<Charsmap::Match> Charsmap::find(std::string_view text, Wanted wanted) const {
  std::optional<uint32_t> found;
  size_t length = 0;
  uint32_t node = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    node = step(node, text[i]);
    if (node == kNowhere) break;
    if (const std::optional<uint32_t> here = value(node)) {
      found = here;
      length = i + 1;
      if (wanted == Wanted::kShortest) break;
    }
  }
  if (!found) return std::nullopt;
  const std::string_view rest = replacements_.substr(*found);
  return Match{length, rest.substr(0, rest.find('\0'))};
}

}  // namespace gimbal::text
