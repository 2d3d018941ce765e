// What the tests of this folder share: tokenizers of a few words, records, and what a batch holds.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/error.h"
#include "data/forms/form.h"
#include "text/train_bpe.h"

namespace gimbal::samples {

using Ids = std::vector<int32_t>;

constexpr int32_t kUnk = 1, kCls = 2, kSep = 3, kMask = 4, kFirstWord = 5;

/// BERT's WordPiece over these pieces, the ids kFirstWord, kFirstWord + 1, …; special tokens behind them.
inline Tokenizer word_pieces(const std::vector<std::string>& pieces, const std::vector<std::string>& more_special = {}) {
  nlohmann::json vocab, added = nlohmann::json::array();
  int32_t next = 0;
  const auto special = [&](const std::string& token) {
    added.push_back(
        {{"id", next}, {"content", token}, {"single_word", false}, {"lstrip", false}, {"rstrip", false}, {"normalized", false}, {"special", true}});
    vocab[token] = next++;
  };
  for (const char* token : {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"}) special(token);
  for (const std::string& piece : pieces) vocab[piece] = next++;
  for (const std::string& token : more_special) special(token);
  return Tokenizer::from_json(
      {{"version", "1.0"},
       {"added_tokens", added},
       {"normalizer",
        {{"type", "BertNormalizer"}, {"clean_text", true}, {"handle_chinese_chars", true}, {"strip_accents", nullptr}, {"lowercase", true}}},
       {"pre_tokenizer", {{"type", "BertPreTokenizer"}}},
       {"post_processor", nullptr},
       {"decoder", {{"type", "WordPiece"}, {"prefix", "##"}, {"cleanup", true}}},
       {"model",
        {{"type", "WordPiece"}, {"unk_token", "[UNK]"}, {"continuing_subword_prefix", "##"}, {"max_input_chars_per_word", 100}, {"vocab", vocab}}}});
}

/// "a" to "j" as the ids 5 to 14, and the same within words as 15 to 24.
inline Tokenizer letters() {
  std::vector<std::string> pieces;
  for (const std::string prefix : {"", "##"})
    for (char c = 'a'; c <= 'j'; ++c) pieces.push_back(prefix + c);
  return word_pieces(pieces);
}

/// A decoder's: one id a byte, then GPT-1's three tokens, 257, 258 and 259.
constexpr int32_t kStart = 257, kDelimiter = 258, kExtract = 259;
inline Tokenizer bytes() { return with_special_tokens(train_byte({"<|endoftext|>"}), decoder_task_tokens()); }

inline Record record_of(std::vector<std::string> texts) {
  Record r;
  r.id = "r";
  r.texts = std::move(texts);
  return r;
}

inline FormRequest encoder_request(const char* task, int64_t context, std::vector<std::string> labels = {}) {
  FormRequest request{.task = task_named(task), .tokenizer = letters(), .labels = std::move(labels)};
  request.context = context;
  request.layout = TextLayout(TextLayout::Kind::kEncoder, request.tokenizer);
  return request;
}

inline FormRequest decoder_request(const char* task, int64_t context, std::vector<std::string> labels = {}) {
  FormRequest request{.task = task_named(task), .tokenizer = bytes(), .labels = std::move(labels)};
  request.context = context;
  request.layout = TextLayout(TextLayout::Kind::kDecoder, request.tokenizer);
  return request;
}

inline TokenBatch batch_of(const TaskForm& form, const Record& record, int64_t part = 0) {
  TokenBatch batch;
  form.add(record, part, batch);
  return batch;
}

inline Ids sequence_ids(const TokenBatch& batch, size_t i) {
  return {batch.ids.begin() + batch.offsets[i], batch.ids.begin() + batch.offsets[i + 1]};
}

inline Ids ascii(std::string_view text) { return {text.begin(), text.end()}; }

inline Ids operator+(Ids a, const Ids& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

template <class F>
std::string refusal(F&& f) {
  try {
    f();
  } catch (const Error& e) {
    return e.what();
  }
  return "";
}
#define EXPECT_SAYS(sentence, part) EXPECT_NE(std::string(sentence).find(part), std::string::npos) << "it says: " << (sentence)

}  // namespace gimbal::samples
