// GPT-2's byte alphabet: one printable character for each of the 256 bytes, in which byte-level vocabularies are written.
//
// Printable bytes of Latin-1 stand for themselves, the other 68 in order for U+0100, U+0101, …; so a space is written Ġ (U+0120).
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace gimbal::text {

char32_t alphabet_character(char byte);

/// The byte that a character of the alphabet stands for, or nothing.
std::optional<char> alphabet_byte(char32_t character);

/// Bytes written in the alphabet.
std::string spell_in_alphabet(std::string_view bytes);

/// The bytes that a token stands for; a token with a character outside the alphabet stands for itself.
std::string bytes_of_token(std::string_view token);

/// The 256 bytes in the order of their characters, which is the order of ids in GPT-2's vocabulary.
std::array<char, 256> bytes_in_alphabet_order();

}  // namespace gimbal::text
