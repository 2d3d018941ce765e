// A directory as the library sentence-transformers keeps an embedding model: a model's own files, and beside them what is done with its rows.
//
//   modules.json                        Transformer, Pooling and Normalize, in this order; the first one's path is where the weights are
//   1_Pooling/config.json               which rows count: the mean, [CLS] or the last one
//   sentence_bert_config.json           max_seq_length
//   config_sentence_transformers.json   prompts: what is written before a text, by name, and which of them is written unasked
//
// https://sbert.net: the files of its version 5.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "core/files.h"

namespace gimbal {

struct SentenceTransformer {
  fs::path weights = {};     // the directory of the model itself
  std::string pooling = {};  // mean, cls or last
  std::optional<int64_t> context = {};
  std::map<std::string, std::string> prompts = {};
  std::string default_prompt = {};  // a name of `prompts`, or empty

  /// Nothing when the directory has no modules.json. Error for a part that is not carried out here: another pooling, or a dense layer.
  static std::optional<SentenceTransformer> load(const fs::path& directory);
  /// Writes these files beside a model of this width and its tokenizer, which gets a padding token where it has none: others cannot do without.
  void save(const fs::path& directory, int64_t width) const;
};

}  // namespace gimbal
