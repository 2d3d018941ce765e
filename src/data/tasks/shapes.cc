// JSON objects to records.
#include "data/tasks/shapes.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include "core/error.h"
#include "text/utf8.h"

namespace gimbal {
namespace {

using enum TaskKind;
using Keys = std::span<const std::string_view>;

const Json* find(const Json& object, std::string_view key) {
  for (auto item = object.begin(); item != object.end(); ++item)
    if (item.key() == key) return &item.value();
  return nullptr;
}

bool has(const Json& object, std::string_view key) { return find(object, key) != nullptr; }

const Json* first_of(const Json& object, Keys keys) {
  for (const std::string_view key : keys)
    if (const Json* value = find(object, key)) return value;
  return nullptr;
}

std::string as_string(const Json& value, std::string_view key) {
  if (!value.is_string()) fail("\"", key, "\" must be a string, but is of type ", value.type_name());
  return value.get<std::string>();
}

std::vector<std::string> as_strings(const Json& value, std::string_view key) {
  if (value.is_string()) return {value.get<std::string>()};
  if (!value.is_array()) fail("\"", key, "\" must be a list of strings, but is of type ", value.type_name());
  std::vector<std::string> list;
  for (const Json& item : value) list.push_back(as_string(item, key));
  return list;
}

// A label or an id as text: 1, "1" and 1.0 are the same.
std::string as_word(const Json& value, std::string_view key) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_boolean()) return value.get<bool>() ? "true" : "false";
  if (value.is_number_float() && std::abs(value.get<double>()) < 1e15 && value.get<double>() == std::floor(value.get<double>()))
    return cat(static_cast<int64_t>(value.get<double>()));
  if (value.is_number()) return value.dump();
  fail("\"", key, "\" must be a word or a number, but is of type ", value.type_name());
}

double as_number(const Json& value, std::string_view key) {
  if (value.is_number()) return value.get<double>();
  if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error == std::errc() && end == text.data() + text.size() && std::isfinite(number)) return number;
    fail("\"", key, "\" must be a number, but is \"", text, "\"");
  }
  fail("\"", key, "\" must be a number, but is of type ", value.type_name());
}

// A class. "1.0" is 1 too, since that is how tables write numbers of a column in which some are missing; true and false are a task's two classes.
std::string as_class(const Json& value, std::string_view key, const Task& task) {
  if (value.is_boolean() && task.labels.size() == 2) return std::string(task.labels[value.get<bool>() ? 1 : 0]);
  std::string word = as_word(value, key);
  const size_t point = word.find_first_not_of("0123456789", word.starts_with('-') ? 1 : 0);
  const bool whole = point != std::string::npos && point + 1 < word.size() && word[point] == '.' &&
                     word.find_first_not_of('0', point + 1) == std::string::npos && point > (word.starts_with('-') ? 1 : 0);
  return task_label(task, whole ? word.substr(0, point) : word);
}

// What stands where a benchmark keeps its labels secret: nothing, or -1 where that is no label.
bool is_absent(const Json* value, const Task& task) {
  if (value == nullptr || value->is_null() || (value->is_string() && value->get_ref<const std::string&>().empty())) return true;
  const bool counted = !task.labels.empty() || task.kind == kChoice;
  return counted && (*value == -1 || *value == "-1");
}

void read_id(const Json& object, Record& record) {
  for (const std::string_view key : {"id", "pairID", "guid", "idx", "index", "example_id", ""})
    if (const Json* value = find(object, key); value && (value->is_string() || value->is_number_integer())) {
      record.id = as_word(*value, key);
      return;
    }
}

// One text or two with a class or a number.

constexpr std::string_view kPairs[][2] = {{"premise", "hypothesis"},  {"sentence1", "sentence2"}, {"text_a", "text_b"},    {"question1", "question2"},
                                          {"#1 String", "#2 String"}, {"passage", "question"},    {"question", "sentence"}};
constexpr std::string_view kClasses[] = {"gold_label", "label", "Quality", "is_duplicate", "score"};
constexpr std::string_view kNumbers[] = {"score", "label", "gold_label", "Quality", "is_duplicate"};

// SNLI's annotators disagreed: "-" in its own files, -1 in the Hugging Face copy.
bool lacks_majority(const Json& value, const Task& task) { return value == "-" || (task.name == "snli" && (value == -1 || value == "-1")); }

void put_labelled(const Json& object, Record&& record, Sink& sink) {
  read_id(object, record);
  const bool number = sink.task.kind == kRegress || sink.task.kind == kSimilarity;
  const Json* value = nullptr;
  std::string_view key;
  for (const std::string_view candidate : number ? Keys(kNumbers) : Keys(kClasses))
    if (!value && (value = find(object, candidate))) key = candidate;
  if (!value && sink.task.name == "boolq" && (value = find(object, "answer"))) key = "answer";
  const bool undecided = value && lacks_majority(*value, sink.task);
  if (undecided && sink.unlabelled == Unlabelled::kRefuse) {
    ++sink.summary.skipped;
    return;
  }
  record.labelled = !undecided && !is_absent(value, sink.task);
  if (record.labelled) {
    if (number)
      record.number = as_number(*value, key);
    else
      record.label = as_class(*value, key, sink.task);
  }
  sink.put(std::move(record));
}

const std::string_view* pair_of(const Json& object) {
  for (const auto& pair : kPairs)
    if (has(object, pair[0]) && has(object, pair[1])) return pair;
  return nullptr;
}

bool fits_pair(const Json& object) { return pair_of(object) != nullptr; }

void read_pair(const Json& object, Sink& sink) {
  const std::string_view* keys = pair_of(object);
  Record record;
  record.texts = {string_field(object, keys[0]), string_field(object, keys[1])};
  put_labelled(object, std::move(record), sink);
}

bool fits_single(const Json& object) { return has(object, "text") || has(object, "sentence"); }

void read_single(const Json& object, Sink& sink) {
  Record record;
  record.texts = {string_field(object, has(object, "text") ? "text" : "sentence")};
  put_labelled(object, std::move(record), sink);
}

// Choices.

// What may follow, and what the file calls each: strings, {"label", "text"} objects, or an object of two lists.
void read_choice_list(const Json& list, Record& record, std::vector<std::string>& names) {
  if (list.is_object()) {
    const Json *texts = find(list, "text"), *labels = find(list, "label");
    if (!texts || !labels) fail("the choices must be a list, or {\"label\": [...], \"text\": [...]}");
    record.choices = as_strings(*texts, "text");
    for (const Json& label : *labels) names.push_back(as_word(label, "label"));
  } else if (list.is_array()) {
    for (const Json& item : list) {
      if (item.is_object()) {
        record.choices.push_back(string_field(item, "text"));
        if (const Json* label = find(item, "label")) names.push_back(as_word(*label, "label"));
      } else {
        record.choices.push_back(as_string(item, "choices"));
      }
    }
  } else {
    fail("the choices must be a list, but are of type ", list.type_name());
  }
  if (record.choices.size() < 2) fail("there must be at least two choices, but there are ", record.choices.size());
  if (!names.empty() && names.size() != record.choices.size())
    fail("there are ", record.choices.size(), " choices but ", names.size(), " labels of choices");
}

// Which choice is right: by the file's name for it, by letter, or by number from 0.
void put_choice(const Json& object, Record&& record, const Json* answer, const std::vector<std::string>& names, Sink& sink) {
  if (record.id.empty()) read_id(object, record);
  record.labelled = !is_absent(answer, sink.task);
  if (record.labelled) {
    const std::string word = as_word(*answer, "label");
    const auto count = static_cast<int32_t>(record.choices.size());
    if (const auto found = std::ranges::find(names, word); found != names.end()) {
      record.choice = static_cast<int32_t>(found - names.begin());
    } else if (names.empty() && word.size() == 1 && word[0] >= 'A' && word[0] <= 'Z') {
      record.choice = word[0] - 'A';
    } else {
      const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), record.choice);
      if (!names.empty() || error != std::errc() || end != word.data() + word.size()) record.choice = -1;
    }
    if (record.choice < 0 || record.choice >= count)
      fail("the answer \"", word, "\" names none of the ", count, " choices; it may be ",
           names.empty() ? cat("a number from 0 to ", count - 1, " or a letter from A") : joined(names));
  }
  sink.put(std::move(record));
}

bool fits_swag(const Json& object) { return has(object, "sent1") && has(object, "sent2") && has(object, "ending0"); }

void read_swag(const Json& object, Sink& sink) {
  Record record;
  record.texts = {string_field(object, "sent1")};
  const std::string beginning = string_field(object, "sent2");
  for (int i = 0; has(object, cat("ending", i)); ++i) record.choices.push_back(beginning + " " + string_field(object, cat("ending", i)));
  put_choice(object, std::move(record), find(object, "label"), {}, sink);
}

bool fits_piqa(const Json& object) { return has(object, "goal") && has(object, "sol1") && has(object, "sol2"); }

void read_piqa(const Json& object, Sink& sink) {
  Record record;
  record.texts = {string_field(object, "goal")};
  record.choices = {string_field(object, "sol1"), string_field(object, "sol2")};
  put_choice(object, std::move(record), find(object, "label"), {}, sink);
}

bool fits_race(const Json& object) {
  return has(object, "article") && has(object, "options") && (has(object, "question") || has(object, "questions"));
}

void read_race(const Json& object, Sink& sink) {
  const std::string article = string_field(object, "article");
  const auto put = [&](const std::string& id, const Json& question, const Json& options, const Json* answer) {
    Record record;
    record.id = id;
    record.texts = {article, as_string(question, "question")};
    std::vector<std::string> names;
    read_choice_list(options, record, names);
    put_choice(object, std::move(record), answer, names, sink);
  };
  if (const Json* question = find(object, "question")) return put("", *question, *find(object, "options"), find(object, "answer"));
  const Json &questions = *find(object, "questions"), &options = *find(object, "options");
  const Json* answers = find(object, "answers");
  if (!questions.is_array() || !options.is_array() || options.size() != questions.size() ||
      (answers && (!answers->is_array() || answers->size() != questions.size())))
    fail("\"questions\", \"options\" and \"answers\" must be lists of one length");
  const std::string id = has(object, "id") ? as_word(*find(object, "id"), "id") : cat(sink.summary.records);
  for (size_t i = 0; i < questions.size(); ++i) put(cat(id, "-", i), questions[i], options[i], answers ? &(*answers)[i] : nullptr);
}

constexpr std::string_view kChoiceLists[] = {"choices", "endings", "options"}, kRight[] = {"answerKey", "label", "answer"};

const Json* choices_in(const Json& object) { return first_of(object, kChoiceLists); }
const Json* answer_in(const Json& object) { return first_of(object, kRight); }

bool fits_stem(const Json& object) {
  const Json* question = find(object, "question");
  return question && question->is_object() && has(*question, "stem") && has(*question, "choices");
}

void read_stem(const Json& object, Sink& sink) {
  const Json& question = *find(object, "question");
  Record record;
  record.texts = {string_field(question, "stem")};
  std::vector<std::string> names;
  read_choice_list(*find(question, "choices"), record, names);
  put_choice(object, std::move(record), answer_in(object), names, sink);
}

constexpr std::string_view kBeforeChoices[] = {"context", "ctx", "question", "question_stem", "prompt"};

bool fits_choices(const Json& object) { return choices_in(object) && first_of(object, kBeforeChoices); }

void read_choices(const Json& object, Sink& sink) {
  Record record;
  if (has(object, "context") && has(object, "question")) record.texts = {string_field(object, "context"), string_field(object, "question")};
  if (record.texts.empty()) record.texts = {as_string(*first_of(object, kBeforeChoices), "question")};
  std::vector<std::string> names;
  read_choice_list(*choices_in(object), record, names);
  put_choice(object, std::move(record), answer_in(object), names, sink);
}

// Words with tags.

constexpr std::string_view kWords[] = {"tokens", "words"};
constexpr std::string_view kTags[] = {"tags", "ner_tags", "ner", "labels", "pos_tags", "upos", "xpos"};
constexpr std::string_view kPosTags[] = {"pos_tags", "upos", "xpos", "tags", "labels", "ner_tags", "ner"};

bool fits_tokens(const Json& object) { return first_of(object, kWords) && (first_of(object, kTags) || object.size() == 1); }

void read_tokens(const Json& object, Sink& sink) {
  Record record;
  read_id(object, record);
  record.words = as_strings(*first_of(object, kWords), "tokens");
  const Json* tags = first_of(object, sink.task.name == "pos" ? Keys(kPosTags) : Keys(kTags));
  record.labelled = tags != nullptr;
  if (tags && !tags->is_array()) fail("the tags must be a list, but are of type ", tags->type_name());
  if (tags)
    for (const Json& tag : *tags) record.tags.push_back(task_label(sink.task, as_word(tag, "tags")));
  if (tags && record.tags.size() != record.words.size()) fail("there are ", record.words.size(), " words but ", record.tags.size(), " tags");
  sink.put(std::move(record));
}

// Spans.

bool fits_span(const Json& object) { return has(object, "question") && has(object, "context") && !choices_in(object); }

void read_span(const Json& object, Sink& sink) {
  Record record;
  read_id(object, record);
  record.texts = {string_field(object, "question"), string_field(object, "context")};
  const Json* answers = find(object, "answers");
  record.labelled = answers != nullptr;
  if (answers) record.answers = read_answers(*answers, record.texts[1]);
  sink.put(std::move(record));
}

// Conversations.

bool fits_chat(const Json& object) { return has(object, "messages") || has(object, "conversations"); }

std::string role_of(const std::string& name) {
  if (name == "human") return "user";
  if (name == "gpt" || name == "bot" || name == "model") return "assistant";
  if (name == "system" || name == "user" || name == "assistant" || name == "tool") return name;
  fail("a message's role is \"", name, "\"; it must be system, user, assistant or tool");
}

void read_chat(const Json& object, Sink& sink) {
  Record record;
  read_id(object, record);
  const bool plain = has(object, "messages");
  const Json& messages = *find(object, plain ? "messages" : "conversations");
  if (!messages.is_array() || messages.empty())
    fail("\"", plain ? "messages" : "conversations", "\" must be a list of messages with something in it");
  for (const Json& message : messages) {
    if (!message.is_object()) fail("a message must be an object like {\"role\": \"user\", \"content\": \"...\"}");
    record.messages.push_back({role_of(string_field(message, plain ? "role" : "from")), string_field(message, plain ? "content" : "value")});
  }
  record.labelled = std::ranges::any_of(record.messages, [](const Message& m) { return m.role == "assistant"; });
  sink.put(std::move(record));
}

// Texts from texts.

void put_text(const Json& object, std::vector<std::string> texts, const Json* target, Sink& sink) {
  Record record;
  read_id(object, record);
  record.texts = std::move(texts);
  record.labelled = target && !target->is_null();
  if (record.labelled) record.references = as_strings(*target, "target");
  sink.put(std::move(record));
}

bool fits_translation(const Json& object) { return has(object, "translation"); }

void read_translation(const Json& object, Sink& sink) {
  const Json& pair = *find(object, "translation");
  if (!pair.is_object() || pair.size() != 2) fail("\"translation\" must hold two languages, such as {\"en\": \"...\", \"de\": \"...\"}");
  Record record;
  read_id(object, record);
  for (auto item = pair.begin(); item != pair.end(); ++item) record.languages.push_back(item.key());
  record.texts = {string_field(pair, record.languages[0])};
  record.references = {string_field(pair, record.languages[1])};
  sink.put(std::move(record));
}

template <const std::string_view& kSource, const std::string_view& kTarget>
struct TwoKeys {
  static bool fits(const Json& object) { return has(object, kSource) && (has(object, kTarget) || object.size() == 1); }
  static void read(const Json& object, Sink& sink) { put_text(object, {string_field(object, kSource)}, find(object, kTarget), sink); }
};
constexpr std::string_view kPrompt = "prompt", kCompletion = "completion", kSourceKey = "source", kTargetKey = "target";

bool fits_instruction(const Json& object) { return has(object, "instruction"); }

void read_instruction(const Json& object, Sink& sink) {
  std::vector<std::string> texts = {string_field(object, "instruction")};
  if (const Json* input = find(object, "input"); input && !input->is_null() && *input != "") texts.push_back(as_string(*input, "input"));
  put_text(object, std::move(texts), find(object, "output"), sink);
}

constexpr std::string_view kLongTexts[] = {"document", "article", "dialogue"}, kSummaries[] = {"summary", "highlights"};

bool fits_summary(const Json& object) { return first_of(object, kLongTexts) && (first_of(object, kSummaries) || object.size() == 1); }

// A list of summaries are so many references; highlights are the lines of one.
void read_summary(const Json& object, Sink& sink) {
  const Json *target = first_of(object, kSummaries), *highlights = find(object, "highlights");
  Json lines;
  if (target && target == highlights && target->is_array()) lines = joined(as_strings(*target, "highlights"), "\n");
  put_text(object, {as_string(*first_of(object, kLongTexts), "document")}, lines.is_null() ? target : &lines, sink);
}

// Embeddings.

constexpr std::string_view kQueries[] = {"query", "anchor"}, kPositives[] = {"positive", "positives"}, kNegatives[] = {"negative", "negatives"};

bool fits_triple(const Json& object) { return first_of(object, kQueries) && has(object, "positive"); }
bool fits_relevant(const Json& object) { return first_of(object, kQueries) && has(object, "positives"); }

std::vector<std::string> texts_under(const Json& object, Keys keys) {
  const Json* value = first_of(object, keys);
  return value && !value->is_null() ? as_strings(*value, keys.front()) : std::vector<std::string>();
}

// A query with what is near to it and what is not: one record for embeddings a positive, or all of them as documents to be ranked.
void read_relevant(const Json& object, Sink& sink) {
  Record record;
  read_id(object, record);
  const std::string query = as_string(*first_of(object, kQueries), "query");
  const std::vector<std::string> positives = texts_under(object, kPositives), negatives = texts_under(object, kNegatives);
  if (sink.task.kind == kRerank) {
    record.texts = {query};
    record.choices = positives;
    record.choices.insert(record.choices.end(), negatives.begin(), negatives.end());
    if (record.choices.empty()) fail("there are no documents for the query");
    record.grades.assign(positives.size(), 1);
    record.grades.resize(record.choices.size(), 0);
    return sink.put(std::move(record));
  }
  if (positives.empty()) fail("there is no positive, the text that is to lie near the query");
  const std::string id = record.id.empty() ? cat(sink.summary.records) : record.id;
  for (size_t i = 0; i < positives.size(); ++i) {
    Record one;
    one.id = positives.size() == 1 ? id : cat(id, "-", i);
    one.texts = {query, positives[i]};
    one.texts.insert(one.texts.end(), negatives.begin(), negatives.end());
    sink.put(std::move(one));
  }
}

// Documents with grades.

constexpr std::string_view kDocuments[] = {"documents", "docs", "passages"}, kDocument[] = {"document", "doc", "passage"},
                           kGrades[] = {"labels", "grades"}, kGrade[] = {"label", "score", "relevance", "grade"};

bool fits_documents(const Json& object) { return has(object, "query") && first_of(object, kDocuments); }
bool fits_document(const Json& object) { return has(object, "query") && first_of(object, kDocument); }

double as_grade(const Json& value) {
  const double grade = as_number(value, "label");
  if (grade < 0) fail("a document's label is ", grade, "; it must be 0, for a document that does not answer the query, or more");
  return grade;
}

void read_documents(const Json& object, Sink& sink) {
  Record record;
  read_id(object, record);
  record.texts = {string_field(object, "query")};
  record.choices = as_strings(*first_of(object, kDocuments), "documents");
  if (record.choices.empty()) fail("there are no documents for the query");
  const Json* grades = first_of(object, kGrades);
  record.labelled = grades && !grades->is_null();
  if (record.labelled && (!grades->is_array() || grades->size() != record.choices.size()))
    fail("\"labels\" must be a list of as many numbers as there are documents, which are ", record.choices.size());
  if (record.labelled)
    for (const Json& grade : *grades) record.grades.push_back(as_grade(grade));
  sink.put(std::move(record));
}

void read_document(const Json& object, Sink& sink) {
  Record record;
  read_id(object, record);
  record.texts = {string_field(object, "query")};
  record.choices = {as_string(*first_of(object, kDocument), "document")};
  const Json* grade = first_of(object, kGrade);
  record.labelled = grade && !grade->is_null() && *grade != "";
  if (record.labelled) record.grades = {as_grade(*grade)};
  sink.put(std::move(record));
}

constexpr Shape kShapes[] = {
    {R"({"messages": [{"role", "content"}]})", kChat, fits_chat, read_chat},
    {R"({"sent1", "sent2", "ending0", ..., "label"})", kChoice, fits_swag, read_swag},
    {R"({"goal", "sol1", "sol2", "label"})", kChoice, fits_piqa, read_piqa},
    {R"({"article", "question", "options", "answer"})", kChoice, fits_race, read_race},
    {R"({"question": {"stem", "choices"}, "answerKey"})", kChoice, fits_stem, read_stem},
    {R"({"question", "choices", "answer"})", kChoice, fits_choices, read_choices},
    {R"({"question", "context", "answers"})", kSpan, fits_span, read_span},
    {R"({"tokens", "tags"})", kTokens, fits_tokens, read_tokens},
    {R"({"query", "positive", "negative"})", kEmbed, fits_triple, read_relevant},
    {R"({"query", "positives", "negatives"})", kRerank, fits_relevant, read_relevant},
    {R"({"query", "documents", "labels"})", kRerank, fits_documents, read_documents},
    {R"({"query", "document", "label"})", kRerank, fits_document, read_document},
    {R"({"premise", "hypothesis", "label"})", kClassify, fits_pair, read_pair},
    {R"({"translation": {"en", "de"}})", kTextToText, fits_translation, read_translation},
    {R"({"prompt", "completion"})", kTextToText, TwoKeys<kPrompt, kCompletion>::fits, TwoKeys<kPrompt, kCompletion>::read},
    {R"({"instruction", "input", "output"})", kTextToText, fits_instruction, read_instruction},
    {R"({"document", "summary"})", kTextToText, fits_summary, read_summary},
    {R"({"text", "label"})", kClassify, fits_single, read_single},
    {R"({"source", "target"})", kTextToText, TwoKeys<kSourceKey, kTargetKey>::fits, TwoKeys<kSourceKey, kTargetKey>::read},
};

bool serves(const Shape& shape, const Task& task) {
  if (shape.kind == task.kind) return true;
  if (shape.read == read_relevant) return task.kind == kEmbed || task.kind == kRerank;
  if (shape.kind == kClassify) return task.kind == kRegress || (task.kind == kSimilarity && shape.fits == fits_pair);
  return shape.kind == kTextToText && task.kind == kChat;
}

std::string keys_of(const Json& object) {
  std::vector<std::string> keys;
  for (auto item = object.begin(); item != object.end(); ++item) keys.push_back(cat('"', item.key(), '"'));
  return keys.empty() ? "no keys" : joined(keys);
}

}  // namespace

void Sink::put(Record&& record) {
  if (!record.labelled && unlabelled == Unlabelled::kRefuse) fail("there is no label; only predictions can do without");
  if (record.id.empty()) record.id = cat(summary.records);
  record.place = place;
  ++summary.records;
  take(std::move(record));
}

const Shape* any_shape_of(const Json& object) {
  if (!object.is_object()) return nullptr;
  for (const Shape& shape : kShapes)
    if (shape.fits(object)) return &shape;
  return nullptr;
}

const Shape& shape_of(const Json& object, const Task& task) {
  if (!object.is_object())
    fail("an object like {\"text\": \"...\", \"label\": \"...\"} is needed, but there is a value of type ", object.type_name());
  std::vector<std::string> wanted;
  for (const Shape& shape : kShapes) {
    if (!serves(shape, task)) continue;
    if (shape.fits(object)) return shape;
    wanted.emplace_back(shape.says);
  }
  const Shape* other = any_shape_of(object);
  fail("there are ", keys_of(object), other ? cat(" as in records ", other->says) : "", ", but the task ", task.name, " takes ",
       joined(wanted, " or "));
}

std::string string_field(const Json& object, std::string_view key) {
  const Json* value = find(object, key);
  if (!value) fail("\"", key, "\" is missing among ", keys_of(object));
  return as_string(*value, key);
}

size_t byte_of_character(std::string_view text, size_t character) {
  size_t at = 0;
  for (; character > 0; --character) {
    if (at >= text.size()) return std::string_view::npos;
    at += text::character_length(text[at]);
  }
  return at;
}

std::vector<Answer> read_answers(const Json& answers, const std::string& context) {
  std::vector<Answer> found;
  if (answers.is_null()) return found;
  const auto add = [&](const Json& text, const Json& start) {
    if (text == "") return;  // no answer, whatever its start
    if (!start.is_number_integer() || start.get<int64_t>() < 0) fail("\"answer_start\" must be a number of characters, but is ", start.dump());
    Answer answer{as_string(text, "text")};
    const auto character = start.get<size_t>();
    answer.begin = byte_of_character(context, character);
    answer.end = answer.begin + answer.text.size();
    if (answer.begin == std::string_view::npos || context.compare(answer.begin, answer.text.size(), answer.text) != 0)
      fail("the answer \"", answer.text, "\" does not stand at character ", character,
           " of its context; answer_start counts characters (code points), not bytes");
    found.push_back(std::move(answer));
  };
  if (answers.is_array()) {
    for (const Json& answer : answers) {
      const Json *text = find(answer, "text"), *start = find(answer, "answer_start");
      if (!text || !start) fail("an answer needs \"text\" and \"answer_start\"");
      add(*text, *start);
    }
    return found;
  }
  const Json *texts = answers.is_object() ? find(answers, "text") : nullptr, *starts = answers.is_object() ? find(answers, "answer_start") : nullptr;
  if (!texts || !starts || !texts->is_array() || !starts->is_array() || texts->size() != starts->size())
    fail("\"answers\" must be {\"text\": [...], \"answer_start\": [...]} of one length, or a list of {\"text\", \"answer_start\"}");
  for (size_t i = 0; i < texts->size(); ++i) add((*texts)[i], (*starts)[i]);
  return found;
}

}  // namespace gimbal
