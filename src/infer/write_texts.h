// Texts that a model writes for another model to learn from: of itself, or in answer to prompts (sequence-level distillation, arXiv:1606.07947).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "infer/text_generator.h"
#include "infer/text_model.h"

namespace gimbal {

struct WrittenTexts {
  int64_t count = 0;
  int64_t max_tokens = 0;  // of each, its beginning included; 0: as many as the model's context holds
  double temperature = 1;
  uint64_t seed = 0;
  int64_t first = 0;  // number of the first one; a text is a function of seed and number, whatever is written beside it
};

/// `count` texts, each beginning with one of `beginnings` in turn, or where there are none with the token that begins a text. Error for a model that
/// does not continue texts, and for one without such a token when there are no beginnings.
std::vector<std::string> write_texts(const TextModel& model, const Tokenizer& tokenizer, std::span<const std::string> beginnings,
                                     const WrittenTexts& options, DType compute);

/// Whether the model's context holds the prompt and an answer of so many tokens.
bool fits_with_answer(const TextModel& model, const Tokenizer& tokenizer, std::string_view prompt, int64_t answer_tokens);

/// The likeliest answer to each prompt by greedy decoding, of `answer_tokens` at most: what a decoder says behind it, an encoder-decoder of it, a GLM
/// in its last blank. Prompts fit. Error for an encoder.
std::vector<std::string> write_answers(const TextModel& model, const Tokenizer& tokenizer, std::span<const std::string> prompts,
                                       int64_t answer_tokens, DType compute);

}  // namespace gimbal
