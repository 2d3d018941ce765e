// What a prompt becomes for each kind of model: a text to continue, a source to read, or a text with blanks to fill.
//
//   decoder          the prompt is continued
//   prefix decoder   the same, and the prompt's tokens see each other
//   encoder-decoder  the encoder reads the prompt; the decoder begins with its start token
//   GLM              [MASK], [sMASK] and [gMASK] are filled from left to right, each <|startofpiece|> x1 … xm <|endofpiece|>
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "infer/generator.h"
#include "text/tokenizer.h"

namespace gimbal {

enum class PromptKind : uint8_t { kContinue, kPrefix, kSource, kBlanks };

struct PromptForm {
  PromptKind kind = PromptKind::kContinue;
  int32_t start = 0;                       // kSource: what the decoder reads first; kBlanks: what begins a piece
  int32_t piece_end = 0;                   // kBlanks: what ends one; a stop id
  std::vector<int32_t> masks;              // kBlanks: what stands for a blank; the first one is put behind a text that has none
  std::optional<int32_t> source_end = {};  // one stack taught by pairs: what parts a text from what is said to it
};

/// GLM's tokens, where the tokenizer has them.
std::optional<PromptForm> blanks_form(const Tokenizer& tokenizer);
/// How a model is asked. The tokenizer (may be null) tells a GLM, which has tokens around its blanks, from other prefix decoders, and the start token
/// of a decoder whose architecture has none. Error for an encoder, for an encoder-decoder without a start token, and for block positions without
/// GLM's tokens.
PromptForm prompt_form(const Architecture& a, const Tokenizer* tokenizer);

/// The ids of a text that begins a sequence, with the special tokens that the tokenizer adds. A source ends with eos, a text with blanks begins with
/// [CLS] and has a mask ([gMASK] at its end where it has none). A model of one stack that was taught by pairs of texts (Architecture::source_end)
/// reads that token behind the text, and before a mask that is put there. An empty text to continue becomes the begin-of-text token (the tokenizer's,
/// else the model's), or no ids where there is none.
std::vector<int32_t> prompt_ids(const Tokenizer& tokenizer, const Architecture& a, std::string_view text);

/// Ids of a text without special tokens, with what the kind of model reads around them: eos behind a source, [CLS] and a mask around blanks, the
/// source's end.
std::vector<int32_t> framed_ids(const PromptForm& form, const SpecialIds& special, std::vector<int32_t> ids);

/// A request that asks with these ids; everything else is as it stands by default. Error for ids without a blank where blanks are filled.
GenerationRequest request_for(const PromptForm& form, std::vector<int32_t> ids);

/// The prompt with each mask replaced by what was generated for it (`ids`, where each of the request's stop ids ends a blank). A mask that was not
/// reached has no text.
std::string filled_text(const Tokenizer& tokenizer, const GenerationRequest& request, std::span<const int32_t> ids);

}  // namespace gimbal
