// Any model directory as a model of embeddings: one that was fine-tuned for them here, one of sentence-transformers, or a plain pretrained one.
#pragma once

#include <map>

#include "data/forms/setup.h"
#include "infer/text_model.h"

namespace gimbal {

struct EmbeddingModel {
  TextModel text;   // with the head "embed"; of an encoder-decoder the encoder alone
  TaskSetup setup;  // of the form "embed"
  std::map<std::string, std::string> prompts;
  std::string default_prompt;  // a name of `prompts`, or empty
  std::string guessed;         // a sentence for people when nothing beside the weights says how rows are pooled, else empty
};

/// `pooling`, `context`: instead of what the directory says, unless empty or 0. Error for a directory without a tokenizer, or that cannot be read.
EmbeddingModel load_embedding_model(const fs::path& directory, const std::string& pooling, int64_t context);

}  // namespace gimbal
