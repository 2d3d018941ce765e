// A labelled record: what a fine-tuning example says and what is right about it, whatever file it came from.
//
//   kind          texts                          label
//   classify      one or two                     label
//   regress       one or two                     number
//   tokens        none; words instead            tags, one a word
//   span          question, context              answers in the context; none where the question has no answer there
//   choice        what the choices continue      choice, an index into choices
//   text-to-text  the source, one or two parts   references
//   chat          none; messages instead         the assistant's messages
//   embed         query, positive, negatives…    none: the place among the texts says it
//   similarity    two                            number, the cosine that their embeddings are to have
//   rerank        the query; choices are its     grades, one a choice: 0 for a document that does not answer
//                 documents
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gimbal {

enum class TaskKind : uint8_t { kClassify, kRegress, kTokens, kSpan, kChoice, kTextToText, kChat, kEmbed, kSimilarity, kRerank };

/// Kinds that are about texts beside each other rather than about an answer: they have no form as text.
constexpr bool compares_texts(TaskKind kind) { return kind == TaskKind::kEmbed || kind == TaskKind::kSimilarity || kind == TaskKind::kRerank; }

/// "classify", "regress", ...: also the names of the tasks for data of one's own.
std::string_view kind_name(TaskKind kind);

/// A part of a context that answers a question; half-open, in bytes of valid UTF-8.
struct Answer {
  std::string text;
  size_t begin = 0, end = 0;
  friend bool operator==(const Answer&, const Answer&) = default;
};

struct Message {
  std::string role;  ///< system, user, assistant or tool
  std::string content;
  friend bool operator==(const Message&, const Message&) = default;
};

struct Record {
  std::string id;     ///< the file's own; else the number of the record in its file, from 0
  std::string place;  ///< where it was read, such as "dev.tsv line 7"; may be empty
  std::vector<std::string> texts;
  std::vector<std::string> choices;
  std::vector<std::string> words;
  std::vector<Message> messages;

  bool labelled = true;  ///< false: what follows is empty, as in a benchmark's test file
  std::string label;
  double number = 0;
  int32_t choice = -1;
  std::vector<std::string> tags;
  std::vector<Answer> answers;
  std::vector<std::string> references;
  std::vector<double> grades;

  std::vector<std::string> languages;  ///< of a translation: codes of source and target, such as "en", "de"
};

/// How an error names the record: by its place, or else by its id.
inline std::string name_of(const Record& record) { return record.place.empty() ? "record " + record.id : record.place; }

}  // namespace gimbal
