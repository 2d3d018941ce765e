// Which files a data path means, and the documents in them.
//
// A path is a file or a directory. *.jsonl, *.ndjson and *.json hold one {"text": "..."} a line (other keys are passed over);
// any other file is plain text and one document. A directory that holds train.X and valid.X or test.X (X: jsonl, ndjson or txt;
// "validation" and "val" serve as well) is those, and nothing but train.X is trained on; any other directory is all *.jsonl, *.ndjson, *.txt, *.text
// and *.md files below it, sorted by path, hidden ones left out.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "core/files.h"

namespace gimbal {

struct CorpusFile {
  enum class Kind : uint8_t { kPlainText, kJsonLines };
  fs::path path;
  Kind kind;
};

/// `valid` is empty when the paths name no validation files; a part of the training tokens is then held out (shards.h).
struct Corpus {
  std::vector<CorpusFile> train, valid;
};

/// Error when a path is missing, is of a kind that is not text (compressed, Parquet), or holds no text files.
Corpus find_corpus(const std::vector<fs::path>& paths);

/// What is measured when `split` ("train", "valid" or "test") of a path is asked for: that file of a directory that has any of the three by name; all
/// that there is of any other path. Errors as above, and where the directory has another of them but not this one.
std::vector<CorpusFile> find_split(const fs::path& path, const std::string& split);

/// What the documents of a plain text file are: it is one, or each run of lines without an empty one is (BERT's corpora).
enum class PlainText : uint8_t { kOneDocument, kDividedAtEmptyLines };

/// Calls `take` with each document of the file, in order; empty texts are left out. The view lives for the call only.
/// Error that names the file, and the line where there is one: malformed JSON, no "text", not UTF-8, a NUL character, or an empty file.
void read_documents(const CorpusFile& file, const std::function<void(std::string_view)>& take, PlainText plain = PlainText::kOneDocument);

}  // namespace gimbal
