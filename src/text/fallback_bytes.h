// Byte tokens: the names <0x00> to <0xFF>, which vocabularies with byte fallback have for what no other token covers.
#pragma once

#include <string>
#include <string_view>

namespace gimbal::text {

/// "<0xE4>" for the byte E4.
inline std::string fallback_token(unsigned char byte) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  return {'<', '0', 'x', kDigits[byte >> 4], kDigits[byte & 15], '>'};
}

/// The byte that "<0xE4>" or "<0xe4>" names, or -1.
inline int fallback_byte(std::string_view token) {
  const auto digit = [](char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
  };
  if (token.size() != 6 || !token.starts_with("<0x") || token[5] != '>') return -1;
  const int high = digit(token[3]), low = digit(token[4]);
  return high < 0 || low < 0 ? -1 : 16 * high + low;
}

}  // namespace gimbal::text
