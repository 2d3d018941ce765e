// The table of the byte alphabet, both ways.
#include "text/byte_alphabet.h"

#include <algorithm>
#include <cstdint>

#include "text/utf8.h"

namespace gimbal::text {
namespace {

constexpr bool stands_for_itself(unsigned b) { return (b >= 0x21 && b <= 0x7E) || (b >= 0xA1 && b <= 0xAC) || b >= 0xAE; }

constexpr std::array<char32_t, 256> kCharacters = [] {
  std::array<char32_t, 256> characters{};
  char32_t next = 0x100;
  for (unsigned b = 0; b < 256; ++b) characters[b] = stands_for_itself(b) ? b : next++;
  return characters;
}();

constexpr char32_t kEnd = 0x100 + 68;

constexpr std::array<int16_t, kEnd> kBytes = [] {
  std::array<int16_t, kEnd> bytes{};
  for (int16_t& b : bytes) b = -1;
  for (unsigned b = 0; b < 256; ++b) bytes[kCharacters[b]] = static_cast<int16_t>(b);
  return bytes;
}();

}  // namespace

char32_t alphabet_character(char byte) { return kCharacters[static_cast<unsigned char>(byte)]; }

std::optional<char> alphabet_byte(char32_t character) {
  if (character >= kEnd || kBytes[character] < 0) return std::nullopt;
  return static_cast<char>(kBytes[character]);
}

std::string spell_in_alphabet(std::string_view bytes) {
  std::string spelled;
  for (const char b : bytes) append_character(alphabet_character(b), spelled);
  return spelled;
}

std::string bytes_of_token(std::string_view token) {
  std::string bytes;
  for (size_t i = 0; i < token.size(); i += character_length(token[i])) {
    const std::optional<char> byte = alphabet_byte(character_at(token.data() + i));
    if (!byte) return std::string(token);
    bytes.push_back(*byte);
  }
  return bytes;
}

std::array<char, 256> bytes_in_alphabet_order() {
  std::array<char, 256> bytes;
  for (int b = 0; b < 256; ++b) bytes[static_cast<size_t>(b)] = static_cast<char>(b);
  std::sort(bytes.begin(), bytes.end(), [](char a, char b) { return alphabet_character(a) < alphabet_character(b); });
  return bytes;
}

}  // namespace gimbal::text
