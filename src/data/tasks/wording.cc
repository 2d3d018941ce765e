// Filling patterns with records.
#include "data/tasks/wording.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <utility>

#include "core/error.h"

namespace gimbal {
namespace {

using enum TaskKind;

constexpr std::array<std::pair<std::string_view, std::string_view>, 14> kLanguages = {{{"en", "English"},
                                                                                       {"de", "German"},
                                                                                       {"fr", "French"},
                                                                                       {"ro", "Romanian"},
                                                                                       {"es", "Spanish"},
                                                                                       {"it", "Italian"},
                                                                                       {"nl", "Dutch"},
                                                                                       {"pt", "Portuguese"},
                                                                                       {"ru", "Russian"},
                                                                                       {"cs", "Czech"},
                                                                                       {"fi", "Finnish"},
                                                                                       {"ja", "Japanese"},
                                                                                       {"zh", "Chinese"},
                                                                                       {"ko", "Korean"}}};

// English to German where the record does not say, as in T5's example.
std::string language(const Record& record, size_t place) {
  const std::string code = place < record.languages.size() ? record.languages[place] : place == 0 ? "en" : "de";
  for (const auto& [known, name] : kLanguages)
    if (code == known) return std::string(name);
  return code;
}

std::string choices_text(const Record& record) {
  std::string text;
  for (size_t i = 0; i < record.choices.size(); ++i) text += cat(i == 0 ? "" : " ", "choice", i + 1, ": ", record.choices[i]);
  return text;
}

std::string text_of(const Task& task, const Record& record, size_t place) {
  if (place < record.texts.size()) return record.texts[place];
  if (task.kind == kTextToText || task.kind == kChoice) return "";  // such as an instruction without an input
  fail(name_of(record), " has ", record.texts.size(), " texts, but the task ", task.name, " needs ", place + 1);
}

std::string fill(std::string_view pattern, const Task& task, const Record& record) {
  std::string out;
  while (!pattern.empty()) {
    const size_t open = std::min(pattern.find('{'), pattern.size());
    out += pattern.substr(0, open);
    pattern.remove_prefix(open);
    if (pattern.empty()) break;
    const size_t close = pattern.find('}');
    const std::string_view slot = pattern.substr(1, close - 1);
    if (slot == "0" || slot == "1")
      out += text_of(task, record, slot == "0" ? 0 : 1);
    else if (slot == "choices")
      out += choices_text(record);
    else if (slot == "from" || slot == "to")
      out += language(record, slot == "from" ? 0 : 1);
    else
      GIMBAL_ASSERT(false, "the pattern of ", task.name, " has an unknown slot ", slot);
    pattern.remove_prefix(close + 1);
  }
  return out;
}

std::string joined_words(const std::vector<std::string>& words) { return joined(words, " "); }

std::string shot_head(const Task& task, const Record& record) {
  if (!task.shot.empty()) return fill(task.shot, task, record);
  if (task.kind == kTokens) return cat("Words: ", joined_words(record.words), "\nTags:");
  if (record.texts.size() == 1) return cat("Text: ", record.texts[0], "\nLabel:");
  std::string head;
  for (size_t i = 0; i < record.texts.size(); ++i) head += cat("Text ", i + 1, ": ", record.texts[i], "\n");
  return head + "Label:";
}

std::string shot_word(const Task& task, const std::string& label) {
  for (size_t i = 0; i < task.shot_words.size(); ++i)
    if (task.labels[i] == label) return std::string(task.shot_words[i]);
  return label;
}

std::string shot_answer(const Task& task, const Record& record) {
  if (task.kind == kClassify) return shot_word(task, record.label);
  if (task.kind == kChoice) return record.choices.at(static_cast<size_t>(record.choice));
  return target_text(task, record);
}

std::string trimmed(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t\r\n"), end = text.find_last_not_of(" \t\r\n");
  return begin == std::string_view::npos ? "" : std::string(text.substr(begin, end - begin + 1));
}

}  // namespace

std::string source_text(const Task& task, const Record& record) {
  if (task.kind == kChat || compares_texts(task.kind)) fail("the task ", task.name, " has no text-to-text form");
  if (task.kind == kTokens) return cat(task.name, " words: ", joined_words(record.words));
  if (task.kind == kTextToText && task.source == "{0}" && record.texts.size() > 1 && !record.texts[1].empty())
    return record.texts[0] + "\n\n" + record.texts[1];
  if (!task.source.empty()) return fill(task.source, task, record);
  if (record.texts.size() == 1) return cat(task.name, " sentence: ", record.texts[0]);
  std::string text(task.name);
  for (size_t i = 0; i < record.texts.size(); ++i) text += cat(" sentence", i + 1, ": ", record.texts[i]);
  return text;
}

std::string target_text(const Task& task, const Record& record) {
  if (!record.labelled) fail(name_of(record), " has no label to write");
  switch (task.kind) {
    case kClassify:
      return record.label;
    case kRegress: {
      char text[32];
      std::snprintf(text, sizeof text, "%.1f", std::nearbyint(record.number * 5) / 5);  // halves to even, as TensorFlow's round
      return text;
    }
    case kTokens:
      return joined_words(record.tags);
    case kSpan:
      return record.answers.empty() ? "" : record.answers[0].text;
    case kChoice:
      return record.choices.at(static_cast<size_t>(record.choice));
    case kTextToText:
      return record.references.empty() ? "" : record.references[0];
    default:
      fail("the task ", task.name, " has no text-to-text form");
  }
}

std::optional<double> number_of_target(const std::string& target) {
  const std::string text = trimmed(target);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() && std::isfinite(value) ? std::optional(value) : std::nullopt;
}

std::vector<std::string> tags_of_target(const std::string& target, size_t words) {
  std::vector<std::string> tags;
  for (size_t at = 0; at < target.size();) {
    const size_t end = std::min(target.find(' ', at), target.size());
    if (end > at) tags.push_back(target.substr(at, end - at));
    at = end + 1;
  }
  tags.resize(words, "O");
  return tags;
}

std::string cloze_text(const Task& task, const Record& record) {
  if (task.cloze.empty()) fail("the task ", task.name, " has no cloze form; tasks with fixed classes, such as rte or boolq, have one");
  return fill(task.cloze, task, record);
}

std::string in_context_prompt(const Task& task, std::span<const Record> shots, const Record& record) {
  if (task.kind == kChat || compares_texts(task.kind)) fail("the task ", task.name, " has no in-context form");
  std::string prompt;
  for (const Record& shot : shots) prompt += cat(shot_head(task, shot), " ", shot_answer(task, shot), "\n\n");
  return prompt + shot_head(task, record);
}

std::vector<std::string> in_context_answers(const Task& task, const Record& record, std::span<const std::string> labels) {
  std::vector<std::string> answers;
  if (task.kind == kChoice)
    for (const std::string& choice : record.choices) answers.push_back(" " + choice);
  if (task.kind == kClassify)
    for (const std::string& label : labels) answers.push_back(" " + shot_word(task, label));
  return answers;
}

std::vector<Message> as_messages(const Task& task, const Record& record) {
  if (!record.messages.empty()) return record.messages;
  if (task.kind != kTextToText && task.kind != kChat) fail("records of the task ", task.name, " are no conversation");
  std::string prompt;
  for (const std::string& text : record.texts)
    if (!text.empty()) prompt += (prompt.empty() ? "" : "\n\n") + text;
  std::vector<Message> messages = {{"user", prompt}};
  if (record.labelled && !record.references.empty()) messages.push_back({"assistant", record.references[0]});
  return messages;
}

}  // namespace gimbal
