// A model directory as generation needs it: weights, tokenizer, and the ids that end a text.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "infer/prompt.h"
#include "models/weights.h"

namespace gimbal {

struct TextModel {
  std::unique_ptr<Model> model;
  std::optional<Tokenizer> tokenizer;  // absent where the directory holds none
  std::vector<int32_t> stop_ids;       // of generation_config.json, else of config.json, else the tokenizer's end of text; and what ends GLM's pieces

  /// How it is asked; Error as for prompt_form().
  PromptForm form() const { return prompt_form(model->architecture(), tokenizer ? &*tokenizer : nullptr); }
};

/// Error when the directory is no model directory, or its tokenizer is malformed.
TextModel load_text_model(const fs::path& directory, Device device);

/// The tokenizer, or an Error that names the directory's lack of one.
const Tokenizer& tokenizer_of(const TextModel& model, const fs::path& directory);

}  // namespace gimbal
