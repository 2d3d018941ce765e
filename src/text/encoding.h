// What encoding a text yields, and the choices in both directions.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

namespace gimbal {

/// Whether the post-processor adds its special tokens (such as a beginning of text).
enum class AddSpecial : uint8_t { kNo, kYes };

/// Whether special tokens are left out of decoded text.
enum class SkipSpecial : uint8_t { kNo, kYes };

struct Encoding {
  std::vector<int32_t> ids;
  /// Per token the half-open range of characters (code points) of the original text; (0, 0) for tokens that no text stands for.
  std::vector<std::pair<int32_t, int32_t>> offsets;
};

}  // namespace gimbal
