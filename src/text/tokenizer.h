// Tokenizers: text to ids and back, read from and written as Hugging Face's tokenizer.json.
//
// The stages are those of the file: added tokens are cut out, then normalizer -> pre-tokenizer -> model -> post-processor; and a decoder for the way
// back. Ids and offsets are those of Hugging Face tokenizers for the same file. The published word patterns (text/word_patterns.h) know Unicode 16,
// as it does; other regular expressions know the Unicode of PCRE2 (10.42: Unicode 14), so letters assigned since then may be cut differently.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/files.h"
#include "text/encoding.h"

namespace gimbal {

/// Ids of the tokens with a role, where the tokenizer has them.
struct SpecialIds {
  std::optional<int32_t> bos, eos, pad, unk, cls, sep, mask;
};

/// Immutable; copies share everything. All functions may be called from several threads.
class Tokenizer {
 public:
  /// From a tokenizer.json, a SentencePiece model (.model) or BERT's vocab.txt; or from a directory that holds one of them (looked for in this order;
  /// models are called spiece.model or tokenizer.model), where a tokenizer_config.json names the special tokens. A model's own special tokens are
  /// never read out of a text; a T5 directory adds the sentinels <extra_id_0> … to it. Error for a malformed file, or naming a component that is not
  /// supported.
  static Tokenizer load(const fs::path& path);

  /// From the contents of a tokenizer.json and, where there is one, a tokenizer_config.json. "truncation" and "padding" are kept but not applied.
  static Tokenizer from_json(const nlohmann::json& tokenizer, const nlohmann::json& config = nullptr);
  nlohmann::ordered_json to_json() const;

  /// Writes tokenizer.json and tokenizer_config.json into `directory` (made if missing), so that transformers loads it.
  void save(const fs::path& directory) const;

  /// Rows that an embedding needs: one more than the largest id.
  int32_t vocab_size() const;
  std::optional<int32_t> id(std::string_view token) const;
  /// The token as the vocabulary writes it. Error for an id that is not in use.
  std::string token(int32_t id) const;
  /// From tokenizer_config.json; roles that it does not name, from the usual names among the added tokens (<s>, <|endoftext|>, [CLS], …).
  const SpecialIds& special() const;
  /// True for added tokens that SkipSpecial::kYes leaves out.
  bool is_special(int32_t id) const;
  /// The contents of tokenizer_config.json (its chat template, for example); null when there is none.
  const nlohmann::json& config() const;

  /// Error naming the byte offset when `text` is not valid UTF-8, and for texts of 2 GiB and more.
  std::vector<int32_t> encode(std::string_view text, AddSpecial add_special) const;
  Encoding encode_with_offsets(std::string_view text, AddSpecial add_special) const;
  /// The same for each text, spread over the threads. An Error names the first text at fault by its index.
  std::vector<std::vector<int32_t>> encode_batch(std::span<const std::string_view> texts, AddSpecial add_special) const;

  /// Two texts with the special tokens of the tokenizer's template for pairs. With `max_length` the texts are cut at their ends, the longer one first
  /// (longest_first), so that all of it has at most so many tokens. Error when the special tokens alone have more.
  PairEncoding encode_pair(std::string_view a, std::string_view b, std::optional<size_t> max_length = std::nullopt) const;

  /// Error for an id outside the vocabulary. Bytes that form no character become U+FFFD.
  std::string decode(std::span<const int32_t> ids, SkipSpecial skip_special) const;

  struct Pipeline;  // tokenizer_pipeline.h, for this folder only
  const Pipeline& pipeline() const { return *pipeline_; }

  explicit Tokenizer(std::shared_ptr<const Pipeline> pipeline) : pipeline_(std::move(pipeline)) {}
 private:
  std::shared_ptr<const Pipeline> pipeline_;
};

}  // namespace gimbal
