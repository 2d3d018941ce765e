// One or two texts as a sequence between special tokens.
//
//   encoder   [CLS] A [SEP]               [CLS] A [SEP] B [SEP]              types 0 … 0 1 … 1   (arXiv:1810.04805)
//   decoder   <start> A <extract>         <start> A <delimiter> B <extract>                      (GPT-1, section 3.3)
#pragma once

#include <array>
#include <string>

#include "data/batch.h"
#include "data/objectives/roles.h"

namespace gimbal {

struct TextLayout {
  enum class Kind : uint8_t { kEncoder, kDecoder };
  Kind kind;
  int32_t first = 0, middle = 0, last = 0;

  TextLayout(Kind kind) : kind(kind) {}
  /// Error naming the special tokens that the tokenizer lacks.
  TextLayout(Kind kind, const Tokenizer& tokenizer);

  /// Tokens besides the texts'.
  static int64_t added(size_t texts) { return static_cast<int64_t>(texts) + 1; }

  struct Laid {
    Sequence sequence;
    std::array<int64_t, 2> begin = {};  // row of each text's first token
    std::array<int64_t, 2> kept = {};   // its tokens that fitted
  };
  /// `b` may be null. Texts are cut at their ends, the longer one first, so that all of it has at most `context` rows.
  Laid lay(std::span<const int32_t> a, const std::vector<int32_t>* b, int64_t context) const;
};

/// Error naming the roles that are missing; `what` is written with them.
void need_roles(std::string_view what, std::initializer_list<NeededRole> roles);

/// GPT-1's tokens for fine-tuning, which a decoder's tokenizer is given: "<|start|>", "<|delimiter|>", "<|extract|>".
std::vector<std::string> decoder_task_tokens();
/// The tokenizer with special tokens behind its own; those that it has already stay.
Tokenizer with_special_tokens(const Tokenizer& tokenizer, const std::vector<std::string>& tokens);

}  // namespace gimbal
