// UTF-8: reading characters of valid text, writing them, and telling broken bytes from unfinished ones.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace gimbal::text {

/// Half-open range of bytes.
struct Span {
  uint32_t begin = 0, end = 0;
  uint32_t size() const { return end - begin; }
  friend bool operator==(const Span&, const Span&) = default;
};

inline std::string_view cut(std::string_view text, Span span) { return text.substr(span.begin, span.size()); }

/// True for bytes that continue a character begun before them.
inline bool continues_character(char byte) { return (static_cast<unsigned char>(byte) & 0xC0u) == 0x80u; }

/// Bytes of the character that `lead` opens, in valid text.
inline uint32_t character_length(char lead) {
  const auto b = static_cast<unsigned char>(lead);
  return b < 0x80 ? 1 : b < 0xE0 ? 2 : b < 0xF0 ? 3 : 4;
}

/// The character at `p`, in valid text.
inline char32_t character_at(const char* p) {
  const auto byte = [p](int k) { return static_cast<char32_t>(static_cast<unsigned char>(p[k])); };
  const char32_t lead = byte(0);
  if (lead < 0x80) return lead;
  if (lead < 0xE0) return (lead & 0x1F) << 6 | (byte(1) & 0x3F);
  if (lead < 0xF0) return (lead & 0x0F) << 12 | (byte(1) & 0x3F) << 6 | (byte(2) & 0x3F);
  return (lead & 0x07) << 18 | (byte(1) & 0x3F) << 12 | (byte(2) & 0x3F) << 6 | (byte(3) & 0x3F);
}

/// Appends one character and returns its length in bytes.
uint32_t append_character(char32_t character, std::string& out);

/// What the first bytes of a sequence are.
struct Utf8Step {
  enum class Kind : uint8_t { kCharacter, kBroken, kUnfinished } kind;
  uint32_t length;  ///< of the character, of the maximal broken subpart (Unicode 15, section 3.9), or of all that is there
};
Utf8Step first_utf8_step(std::string_view bytes);

/// `bytes` with each maximal broken or unfinished part replaced by U+FFFD, as Rust's from_utf8_lossy does.
std::string replace_broken_utf8(std::string_view bytes);

}  // namespace gimbal::text
