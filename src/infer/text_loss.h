// How well a language model predicts texts that are longer than its context: windows that move by a stride.
//
// Each window reads up to `context` tokens and answers for those that no window before it has answered for: `stride` of them, so that each has at
// least context - stride tokens before it (all but those of the first window). A small stride costs context / stride times the arithmetic and is
// nearer to what the model knows; stride = context cuts the text into pieces.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "models/model.h"
#include "text/tokenizer.h"

namespace gimbal {

struct TextLoss {
  double nats = 0;  // summed negative log-likelihood
  int64_t tokens = 0, bytes = 0;
};

struct Windowing {
  int64_t context = 0, stride = 0;
};

/// Of all texts together. A text's first token has nothing before it unless the tokenizer puts a token there, and is then not counted, nor are its
/// bytes. Error for a model that does not predict the next token, and for a stride outside of [1, context].
TextLoss text_loss(Model& model, const Tokenizer& tokenizer, std::span<const std::string> texts, const Windowing& windowing, DType compute);

}  // namespace gimbal
