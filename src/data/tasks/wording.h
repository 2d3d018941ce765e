// Records as text: the text-to-text form of T5, the cloze form of GLM, and in-context prompts.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "data/tasks/tasks.h"

namespace gimbal {

/// What an encoder-decoder reads for this record: "mnli premise: … hypothesis: …". Words of a token task are joined by spaces.
/// Error for chats and triples of texts, which have no such form.
std::string source_text(const Task& task, const Record& record);

/// What it is to write: the label's name; a number to the nearest 0.2, as "3.4" (T5's STS-B); the first right answer, or "" for none (SQuAD 2.0);
/// the right choice, as UnifiedQA has it (arXiv:2005.00700); the tags joined by spaces; the first reference.
std::string target_text(const Task& task, const Record& record);

/// The number that a generated target states; nothing when it is none.
std::optional<double> number_of_target(const std::string& target);
/// The tags that a generated target states, one for each of so many words; "O" where there are too few.
std::vector<std::string> tags_of_target(const std::string& target, size_t words);

/// The record with one [MASK] where a word of cloze_words belongs. Error for tasks without a cloze form.
std::string cloze_text(const Task& task, const Record& record);

/// `shots` solved examples, each followed by an empty line, then the record up to its answer.
std::string in_context_prompt(const Task& task, std::span<const Record> shots, const Record& record);
/// The continuations between which the prompt lets a model choose, each beginning with a space: the words for `labels`, or the record's choices.
/// Empty for kinds whose answer is free text.
std::vector<std::string> in_context_answers(const Task& task, const Record& record, std::span<const std::string> labels);

/// The text-to-text record as one user and one assistant message; a chat as it is. Error for other kinds.
std::vector<Message> as_messages(const Task& task, const Record& record);

}  // namespace gimbal
