// Base64 (RFC 4648, section 4), as tokenizer files write binary tables.
#pragma once

#include <string>
#include <string_view>

namespace gimbal::text {

std::string to_base64(std::string_view bytes);

/// Error for a character outside the alphabet, and for a length that no bytes have.
std::string from_base64(std::string_view text);

}  // namespace gimbal::text
