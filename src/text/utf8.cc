// UTF-8 encoding and the classification of broken sequences.
#include "text/utf8.h"

namespace gimbal::text {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

struct ByteRange {
  unsigned low, high;
};

// What the second byte may be: narrower after E0, ED, F0 and F4, which excludes overlong forms, surrogates and values past U+10FFFF.
ByteRange second_byte(unsigned lead) {
  switch (lead) {
    case 0xE0:
      return {0xA0, 0xBF};
    case 0xED:
      return {0x80, 0x9F};
    case 0xF0:
      return {0x90, 0xBF};
    case 0xF4:
      return {0x80, 0x8F};
    default:
      return {0x80, 0xBF};
  }
}

}  // namespace

uint32_t append_character(char32_t character, std::string& out) {
  const auto put = [&out](char32_t byte) { out.push_back(static_cast<char>(static_cast<unsigned char>(byte))); };
  if (character < 0x80) {
    put(character);
    return 1;
  }
  if (character < 0x800) {
    put(0xC0 | character >> 6);
    put(0x80 | (character & 0x3F));
    return 2;
  }
  if (character < 0x10000) {
    put(0xE0 | character >> 12);
    put(0x80 | (character >> 6 & 0x3F));
    put(0x80 | (character & 0x3F));
    return 3;
  }
  put(0xF0 | character >> 18);
  put(0x80 | (character >> 12 & 0x3F));
  put(0x80 | (character >> 6 & 0x3F));
  put(0x80 | (character & 0x3F));
  return 4;
}

Utf8Step first_utf8_step(std::string_view bytes) {
  using Kind = Utf8Step::Kind;
  const auto lead = static_cast<unsigned char>(bytes[0]);
  if (lead < 0x80) return {Kind::kCharacter, 1};
  if (lead < 0xC2 || lead > 0xF4) return {Kind::kBroken, 1};
  const uint32_t length = character_length(bytes[0]);
  ByteRange allowed = second_byte(lead);
  for (uint32_t k = 1; k < length; ++k) {
    if (k == bytes.size()) return {Kind::kUnfinished, k};
    const auto byte = static_cast<unsigned char>(bytes[k]);
    if (byte < allowed.low || byte > allowed.high) return {Kind::kBroken, k};
    allowed = {0x80, 0xBF};
  }
  return {Kind::kCharacter, length};
}

std::string replace_broken_utf8(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size());
  while (!bytes.empty()) {
    const Utf8Step step = first_utf8_step(bytes);
    text += step.kind == Utf8Step::Kind::kCharacter ? bytes.substr(0, step.length) : kReplacement;
    bytes.remove_prefix(step.length);
  }
  return text;
}

}  // namespace gimbal::text
