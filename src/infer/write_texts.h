// Texts that a model writes of itself, for another model to learn from.
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
};

/// `count` texts, each beginning with one of `beginnings` in turn, or where there are none with the token that begins a text. Error for a model that
/// does not continue texts, and for one without such a token when there are no beginnings.
std::vector<std::string> write_texts(const TextModel& model, const Tokenizer& tokenizer, std::span<const std::string> beginnings,
                                     const WrittenTexts& options, DType compute);

}  // namespace gimbal
