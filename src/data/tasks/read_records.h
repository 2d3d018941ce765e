// Reading labelled records from the files in which benchmarks and people keep them.
//
// The format is recognised by the file's extension and by its keys or header:
//   .jsonl .ndjson .json  one object a line, an array of objects, {"data": [objects]}, or SQuAD's nested {"data": [{"paragraphs": …}]};
//                         an object's shape is known by its keys (shapes.h)
//   .tsv .csv             a header and rows, which are then objects by the same keys; TSV has no quoting, CSV has RFC 4180's. CoLA's four columns and
//                         the Quora split's (label, two questions, id) are known without a header
//   .conllu               CoNLL-U: FORM and UPOS
//   .conll .bio .iob .iob2 .txt columns, an empty line between sentences: the word first, the tag last (for the task "pos" of three or more the
//   second) .story                a CNN / Daily Mail story: the article, then @highlight lines
// SNLI's pairs without a majority ("-" or, for the task snli, -1) are passed over unless unlabelled records are kept.
#pragma once

#include <functional>
#include <vector>

#include "core/files.h"
#include "data/tasks/tasks.h"

namespace gimbal {

/// What becomes of a record without a label: an error, or a record that says so (for predictions).
enum class Unlabelled : uint8_t { kRefuse, kKeep };

struct ReadSummary {
  std::string format;    ///< what the file was taken for, such as {"premise", "hypothesis", "label"}
  uint64_t records = 0;  ///< handed on
  uint64_t skipped = 0;  ///< without a majority label, or (TSV only, one row in a hundred at most) with too few columns
};

/// Calls `take` with each record of the file, in order, labels named as the task names them (task_label).
/// Error that names the file, the line (or the record of a JSON array) and what was expected there: malformed text, a shape that is none of those
/// above or does not fit the task, a missing or unknown label, an answer that is not where its offset says, no records.
ReadSummary read_records(const fs::path& path, const Task& task, Unlabelled unlabelled, const std::function<void(Record&&)>& take);

/// The same into a list.
std::vector<Record> read_records(const fs::path& path, const Task& task, Unlabelled unlabelled = Unlabelled::kRefuse);

/// The kind of task that the file's first record is for, so that a command may do without --task. One number a text pair counts as regress when
/// its key is "score".
TaskKind kind_of_records(const fs::path& path);

/// Which files a data path means: a file is for training; of a directory, train.X, valid.X (or validation, val, dev, dev_matched) and test.X, or all
/// its .story files where it has none of these.
struct TaskFiles {
  std::vector<fs::path> train, valid, test;
};
/// Error when there is nothing, or the directory has no train.X, valid.X or test.X.
TaskFiles find_task_files(const fs::path& path);

}  // namespace gimbal
