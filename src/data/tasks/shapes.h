// The shapes of JSON objects that are labelled records, each known by its keys.
//
//   {"question", "context", "answers"}                       span; answers {"text": [], "answer_start": []} or [{"text", "answer_start"}]
//   {"messages": [{"role", "content"}]}                      chat; also {"conversations": [{"from", "value"}]}
//   {"sent1", "sent2", "ending0"…, "label"}                  choice (SWAG)
//   {"goal", "sol1", "sol2", "label"}                        choice (PIQA)
//   {"article", "question", "options", "answer"}             choice (RACE; also with lists "questions", "options", "answers")
//   {"question": {"stem", "choices"}, "answerKey"}           choice (CommonsenseQA, ARC)
//   {"question"|"context"|"ctx"|"prompt", "choices"|"endings"|"options", "label"|"answer"|"answerKey"}   choice
//   {"tokens"|"words", "tags"|"ner_tags"|"ner"|"labels"|"pos_tags"|"upos"|"xpos"}                        tokens; for pos
//                                                            "pos_tags", "upos", "xpos" come first
//   {"query"|"anchor", "positive", "negative"}               embed; lists allowed; also for rerank
//   {"query", "positives", "negatives"}                      rerank; also for embed, one record a positive
//   {"query", "documents", "labels"}                         rerank; "labels" may be missing where there are none to know
//   {"query", "document"|"passage", "label"}                 rerank, one document a line; label also score, relevance, grade
//   {"premise", "hypothesis", "label"}                       two texts; also sentence1/sentence2, text_a/text_b, question1/question2,
//   question/sentence,
//                                                            passage/question, "#1 String"/"#2 String"; label also gold_label, Quality,
//                                                            is_duplicate, score
//                                                            (which comes first for a number)
//   {"translation": {"en", "de"}}                            text-to-text, the first language the source
//   {"prompt", "completion"}  {"instruction", "input", "output"}  {"source", "target"}  {"document"|"article", "summary"|"highlights"}   text-to-text
//   {"text"|"sentence", "label"}                             one text
#pragma once

#include <functional>
#include <span>
#include <string_view>

#include "core/json.h"
#include "data/tasks/read_records.h"

namespace gimbal {

/// Where records go on their way out of a file.
struct Sink {
  const Task& task;
  Unlabelled unlabelled;
  const std::function<void(Record&&)>& take;
  ReadSummary summary = {};
  std::string place = {};  ///< of what is being read, for Record::place

  /// Numbers the record when it has no id, refuses it when it lacks a label that is asked for, and hands it on.
  void put(Record&& record);
};

struct Shape {
  std::string_view says;
  TaskKind kind;  ///< classify for texts with a label or a number
  bool (*fits)(const Json& object);
  void (*read)(const Json& object, Sink& sink);
};

/// The first shape of the list that the object has and that the task can use; Error naming the object's keys and what the task takes.
const Shape& shape_of(const Json& object, const Task& task);
/// The same whatever the task; nullptr when it has none.
const Shape* any_shape_of(const Json& object);

/// Answers of a question in SQuAD's forms; null and texts that are empty are none. `start` counts characters of the context. Error when a text is not
/// where its start says.
std::vector<Answer> read_answers(const Json& answers, const std::string& context);

/// The byte where character number `character` begins; text.size() for the end, npos beyond it. Valid UTF-8.
size_t byte_of_character(std::string_view text, size_t character);

/// The string under `key`. Error when it is missing or no string.
std::string string_field(const Json& object, std::string_view key);

}  // namespace gimbal
