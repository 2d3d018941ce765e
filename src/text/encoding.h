// What encoding a text yields, and the choices in both directions.
#pragma once

#include <cstddef>
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

/// Two texts as one sequence, such as a question and a passage.
struct PairEncoding {
  std::vector<int32_t> ids;
  std::vector<int32_t> type_ids;  ///< BERT's segment of each token, as the tokenizer's template has it
  /// As in Encoding, each in its own text.
  std::vector<std::pair<int32_t, int32_t>> offsets;
  std::vector<int8_t> texts;  ///< per token: 0 for the first text, 1 for the second, -1 for special tokens of the template
};

/// How many tokens two texts of `a` and `b` tokens keep when there is room for `room`: the longer one is cut first, then both alike; of an odd room
/// the longer one, or of equal ones the second, gets one more. As Hugging Face tokenizers' "longest_first".
std::pair<size_t, size_t> longest_first(size_t a, size_t b, size_t room);

}  // namespace gimbal
