// Token files: a corpus tokenized once, kept beside the run, and memory-mapped from then on.
//
// File, little-endian: 32-byte header {"gimbaltk", u32 version, u32 bytes per token (2 up to 65,536 ids, else 4), u64 vocabulary
// size, u64 fingerprint}; the tokens, padded with zeros to 8 bytes; u64 start of each document; 32-byte footer {u64 tokens,
// u64 documents, u64 content hash, "gimbaltk"}. The footer comes last because a corpus is tokenized in one pass of unknown length.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "core/files.h"
#include "data/corpus.h"

namespace gimbal {

/// A stretch of a token file: cheap to copy, and safe to read from many threads. Positions count from the stretch's own begin.
class TokenShard {
 public:
  /// Error when the file is cut short or damaged.
  static TokenShard open(const fs::path& path);

  int64_t size() const { return end_ - begin_; }
  int64_t vocab_size() const;
  /// Of the recipe and the sources that the whole file was made from.
  uint64_t fingerprint() const;
  /// Of all tokens and document starts of the whole file: equal hashes train equally.
  uint64_t content_hash() const;

  /// Copies tokens [begin, begin + out.size()).
  void copy(int64_t begin, std::span<int32_t> out) const;
  std::vector<int32_t> tokens(int64_t begin, int64_t end) const;

  int64_t documents() const { return document_end_ - document_begin_; }
  /// Document i holds tokens [document_begin(i), document_begin(i + 1)), its end-of-document token included. A document that
  /// the stretch cuts is as long as what the stretch holds of it.
  int64_t document_begin(int64_t i) const;

  /// Tokens [begin, end) as a shard of their own.
  TokenShard slice(int64_t begin, int64_t end) const;

 private:
  struct File;
  std::shared_ptr<const File> file_;
  int64_t begin_ = 0, end_ = 0;                    // tokens of the file
  int64_t document_begin_ = 0, document_end_ = 0;  // documents of the file that the stretch touches
};

/// Ids of one document, without any end-of-document token. Called from several threads at once.
using Tokenize = std::function<std::vector<int32_t>(std::string_view)>;

/// Everything besides the text that decides which tokens come out.
struct ShardRecipe {
  int64_t vocab_size = 0;
  std::optional<int32_t> end_of_document;  // appended to each document
  uint64_t tokenizer_fingerprint = 0;
  PlainText plain = PlainText::kOneDocument;
};

/// Progress of a long tokenization, called now and then on the calling thread.
using TokenizeProgress = std::function<void(int64_t documents, int64_t tokens)>;

/// Opens `path` when it was made from the same recipe and files (by path, size and time of change), else makes it.
/// A document is tokenized whole, on one thread; the file is the same for every thread count.
/// Error when an id falls outside the vocabulary, or when no tokens come out.
TokenShard tokenize_files(const std::vector<CorpusFile>& files, const ShardRecipe& recipe, const Tokenize& tokenize, const fs::path& path,
                          const TokenizeProgress& progress = {});

struct TokenSplit {
  TokenShard train, valid;  // valid is of size 0 when nothing is held out
};

/// Tokenizes a corpus into `folder` (train.tokens, valid.tokens; created when missing). Without validation files the last
/// `validation_share` of the token stream is held out: train keeps its first floor(n * (1 - share)) tokens, as nanoGPT does.
TokenSplit tokenize_corpus(const Corpus& corpus, const ShardRecipe& recipe, const Tokenize& tokenize, const fs::path& folder, double validation_share,
                           const TokenizeProgress& progress = {});

}  // namespace gimbal
