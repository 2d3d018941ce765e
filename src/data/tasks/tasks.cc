// The tasks, and what their labels are called.
#include "data/tasks/tasks.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "core/error.h"

namespace gimbal {
namespace {

using enum TaskKind;

// Cloze patterns and words: Gao 2021 (arXiv:2012.15723, table 1); BoolQ: Schick 2021 (arXiv:2009.07118). In-context forms: Brown 2020
// (arXiv:2005.14165, appendix G), and the same shape where it has none.
std::vector<Task> make_tasks() {
  return {
      {.name = "cola",
       .kind = kClassify,
       .says = "CoLA: is the sentence grammatical",
       .metrics = {"mcc", "accuracy"},
       .labels = {"unacceptable", "acceptable"},
       .source = "cola sentence: {0}",
       .cloze = "{0} This is [MASK].",
       .cloze_words = {"incorrect", "correct"},
       .shot = "Sentence: {0}\nGrammatical:",
       .shot_words = {"no", "yes"}},
      {.name = "sst2",
       .kind = kClassify,
       .says = "SST-2: sentiment of a review",
       .metrics = {"accuracy"},
       .labels = {"negative", "positive"},
       .source = "sst2 sentence: {0}",
       .cloze = "{0} It was [MASK].",
       .cloze_words = {"terrible", "great"},
       .shot = "Review: {0}\nSentiment:"},
      {.name = "mrpc",
       .kind = kClassify,
       .says = "MRPC: do two sentences mean the same",
       .metrics = {"f1", "accuracy"},
       .labels = {"not_equivalent", "equivalent"},
       .source = "mrpc sentence1: {0} sentence2: {1}",
       .cloze = "{0} [MASK], {1}",
       .cloze_words = {"No", "Yes"},
       .shot = "Sentence 1: {0}\nSentence 2: {1}\nSame meaning:",
       .shot_words = {"no", "yes"},
       .symmetric = true},
      {.name = "stsb",
       .kind = kRegress,
       .says = "STS-B: how alike two sentences are, 0 to 5",
       .metrics = {"pearson", "spearman"},
       .labels = {},
       .source = "stsb sentence1: {0} sentence2: {1}",
       .shot = "Sentence 1: {0}\nSentence 2: {1}\nSimilarity from 0 to 5:",
       .symmetric = true},
      {.name = "qqp",
       .kind = kClassify,
       .says = "QQP: do two questions ask the same",
       .metrics = {"f1", "accuracy"},
       .labels = {"not_duplicate", "duplicate"},
       .source = "qqp question1: {0} question2: {1}",
       .cloze = "{0} [MASK], {1}",
       .cloze_words = {"No", "Yes"},
       .shot = "Question 1: {0}\nQuestion 2: {1}\nSame question:",
       .shot_words = {"no", "yes"},
       .symmetric = true},
      {.name = "mnli",
       .kind = kClassify,
       .says = "MNLI: does the premise entail the hypothesis",
       .metrics = {"accuracy"},
       .labels = {"entailment", "neutral", "contradiction"},
       .source = "mnli premise: {0} hypothesis: {1}",
       .cloze = "{0}? [MASK], {1}",
       .cloze_words = {"Yes", "Maybe", "No"},
       .shot = "{0}\nquestion: {1} True, False, or Neither?\nanswer:",
       .shot_words = {"True", "Neither", "False"}},
      {.name = "qnli",
       .kind = kClassify,
       .says = "QNLI: does the sentence answer the question",
       .metrics = {"accuracy"},
       .labels = {"entailment", "not_entailment"},
       .source = "qnli question: {0} sentence: {1}",
       .cloze = "{0}? [MASK], {1}",
       .cloze_words = {"Yes", "No"},
       .shot = "{1}\nquestion: {0}\nIs that answered?",
       .shot_words = {"yes", "no"}},
      {.name = "rte",
       .kind = kClassify,
       .says = "RTE: does the premise entail the hypothesis",
       .metrics = {"accuracy"},
       .labels = {"entailment", "not_entailment"},
       .source = "rte sentence1: {0} sentence2: {1}",
       .cloze = "{0}? [MASK], {1}",
       .cloze_words = {"Yes", "No"},
       .shot = "{0}\nquestion: {1} True or False?\nanswer:",
       .shot_words = {"True", "False"}},
      {.name = "wnli",
       .kind = kClassify,
       .says = "WNLI: whom a pronoun means",
       .metrics = {"accuracy"},
       .labels = {"not_entailment", "entailment"},
       .source = "wnli sentence1: {0} sentence2: {1}",
       .cloze = "{0} [MASK], {1}",
       .cloze_words = {"No", "Yes"},
       .shot = "{0}\nquestion: {1} True or False?\nanswer:",
       .shot_words = {"False", "True"}},
      {.name = "snli",
       .kind = kClassify,
       .says = "SNLI: does the premise entail the hypothesis",
       .metrics = {"accuracy"},
       .labels = {"entailment", "neutral", "contradiction"},
       .source = "snli premise: {0} hypothesis: {1}",
       .cloze = "{0}? [MASK], {1}",
       .cloze_words = {"Yes", "Maybe", "No"},
       .shot = "{0}\nquestion: {1} True, False, or Neither?\nanswer:",
       .shot_words = {"True", "Neither", "False"}},
      {.name = "boolq",
       .kind = kClassify,
       .says = "BoolQ: yes or no from a passage",
       .metrics = {"accuracy", "f1"},
       .labels = {"False", "True"},
       .source = "boolq passage: {0} question: {1}",
       .cloze = "{0} Question: {1}? Answer: [MASK].",
       .cloze_words = {"No", "Yes"},
       .shot = "{0}\nquestion: {1}?\nanswer:",
       .shot_words = {"no", "yes"}},
      {.name = "feeling",
       .kind = kClassify,
       .says = "the story world: what somebody feels",
       .metrics = {"accuracy", "f1-macro"},
       .labels = {"glad", "sad", "angry", "afraid", "guilty"},
       .cloze = "{0} [MASK].",
       .cloze_words = {"glad", "sad", "angry", "afraid", "guilty"},
       .shot = "{0}"},
      {.name = "place",
       .kind = kClassify,
       .says = "the story world: where somebody is",
       .metrics = {"accuracy", "f1-macro"},
       .labels = {"kitchen", "bedroom", "garden", "library", "market", "park"},
       .cloze = "{0} In the [MASK].",
       .cloze_words = {"kitchen", "bedroom", "garden", "library", "market", "park"},
       .shot = "{0} In the"},
      {.name = "conll2003",
       .kind = kTokens,
       .says = "CoNLL-2003: persons, places, organizations",
       .metrics = {"entity-f1", "word-accuracy"},
       .labels = {}},
      {.name = "wnut", .kind = kTokens, .says = "WNUT-17: new entities in noisy text", .metrics = {"entity-f1", "word-accuracy"}, .labels = {}},
      {.name = "pos", .kind = kTokens, .says = "parts of speech", .metrics = {"word-accuracy"}, .labels = {}},
      {.name = "squad",
       .kind = kSpan,
       .says = "SQuAD 1.1: the answer is a part of the context",
       .metrics = {"squad-f1", "squad-em"},
       .labels = {},
       .source = "question: {0} context: {1}",
       .shot = "Background: {1}\n\nQ: {0}\n\nA:"},
      {.name = "squad2",
       .kind = kSpan,
       .says = "SQuAD 2.0: the same, and some questions have no answer",
       .metrics = {"squad2-f1", "squad2-em", "squad2-f1-answerable", "squad2-f1-unanswerable"},
       .labels = {},
       .source = "question: {0} context: {1}",
       .shot = "Background: {1}\n\nQ: {0}\n\nA:"},
      {.name = "swag",
       .kind = kChoice,
       .says = "SWAG: what happens next",
       .metrics = {"accuracy"},
       .labels = {},
       .source = "swag context: {0} {choices}",
       .shot = "{0}"},
      {.name = "race",
       .kind = kChoice,
       .says = "RACE: questions about an article",
       .metrics = {"accuracy"},
       .labels = {},
       .source = "race question: {1} {choices} article: {0}",
       .shot = "Article: {0}\n\nQ: {1}\n\nA:"},
      {.name = "commonsenseqa",
       .kind = kChoice,
       .says = "CommonsenseQA: five choices",
       .metrics = {"accuracy"},
       .labels = {},
       .source = "commonsenseqa question: {0} {choices}",
       .shot = "Question: {0}\nAnswer:"},
      {.name = "piqa",
       .kind = kChoice,
       .says = "PIQA: which way reaches the goal",
       .metrics = {"accuracy"},
       .labels = {},
       .source = "piqa goal: {0} {choices}",
       .shot = "{0}"},
      {.name = "summarize",
       .kind = kTextToText,
       .says = "summaries",
       .metrics = {"rougeLsum", "rouge1", "rouge2", "rougeL", "chrf"},
       .labels = {},
       .source = "summarize: {0}",
       .shot = "{0}\nTL;DR:"},
      {.name = "translate",
       .kind = kTextToText,
       .says = "translation",
       .metrics = {"bleu", "chrf", "exact-match"},
       .labels = {},
       .source = "translate {from} to {to}: {0}",
       .shot = "Q: What is the {to} translation of {0}\nA:"},
      {.name = "chat", .kind = kChat, .says = "conversations of your own", .metrics = {"perplexity"}, .labels = {}},
      {.name = "classify", .kind = kClassify, .says = "one text, one class", .metrics = {"accuracy", "f1-macro"}, .labels = {}},
      {.name = "pair", .kind = kClassify, .says = "two texts, one class", .metrics = {"accuracy", "f1-macro"}, .labels = {}},
      {.name = "regress", .kind = kRegress, .says = "one or two texts, one number", .metrics = {"pearson", "spearman"}, .labels = {}},
      {.name = "tokens", .kind = kTokens, .says = "a tag for each word", .metrics = {"entity-f1", "word-accuracy"}, .labels = {}},
      {.name = "span",
       .kind = kSpan,
       .says = "questions answered by a part of a context, or by nothing",
       .metrics = {"squad2-f1", "squad2-em", "squad2-f1-answerable", "squad2-f1-unanswerable"},
       .labels = {},
       .source = "question: {0} context: {1}",
       .shot = "Background: {1}\n\nQ: {0}\n\nA:"},
      {.name = "choice",
       .kind = kChoice,
       .says = "one of several continuations",
       .metrics = {"accuracy"},
       .labels = {},
       .source = "choice context: {0} {choices}",
       .shot = "{0}"},
      {.name = "text-to-text",
       .kind = kTextToText,
       .says = "a text from a text",
       .metrics = {"chrf", "exact-match", "rougeL", "bleu"},
       .labels = {},
       .source = "{0}",
       .shot = "{0}\n="},
      {.name = "embed",
       .kind = kEmbed,
       .says = "embeddings: texts that are to lie near each other, and others that are not",
       .metrics = {"mrr@10", "ndcg@10", "recall@1", "recall@10", "map", "accuracy"},
       .labels = {}},
      {.name = "similarity",
       .kind = kSimilarity,
       .says = "embeddings: two texts and the cosine that they are to have",
       .metrics = {"spearman", "pearson"},
       .labels = {}},
      {.name = "rerank",
       .kind = kRerank,
       .says = "which documents answer a query, both read at once",
       .metrics = {"mrr@10", "ndcg@10", "recall@1", "recall@10", "map"},
       .labels = {}},
  };
}

bool same_but_for_case(std::string_view a, std::string_view b) {
  const auto low = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::ranges::equal(a, b, {}, low, low);
}

bool read_number(const std::string& text, double& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

std::string_view kind_name(TaskKind kind) {
  constexpr std::string_view kNames[] = {"classify", "regress", "tokens", "span", "choice", "text-to-text", "chat", "embed", "similarity", "rerank"};
  return kNames[static_cast<size_t>(kind)];
}

std::span<const Task> all_tasks() {
  static const std::vector<Task> tasks = make_tasks();
  return tasks;
}

const Task& task_named(std::string_view name) {
  std::vector<std::string> names;
  for (const Task& task : all_tasks()) {
    if (task.name == name) return task;
    names.emplace_back(task.name);
  }
  fail("there is no task \"", name, "\"", did_you_mean(name, names), "; there are ", joined(names));
}

std::string task_label(const Task& task, const std::string& raw) {
  if (task.labels.empty()) return raw;
  for (const std::string_view label : task.labels)
    if (same_but_for_case(label, raw)) return std::string(label);
  double place = 0;
  if (read_number(raw, place) && place >= 0 && place < static_cast<double>(task.labels.size()) &&
      place == static_cast<double>(static_cast<size_t>(place)))
    return std::string(task.labels[static_cast<size_t>(place)]);
  fail("\"", raw, "\" is no label of ", task.name, "; its labels are ", joined({task.labels.begin(), task.labels.end()}),
       ", or their numbers from 0");
}

std::vector<std::string> label_names(const Task& task, std::span<const Record> records) {
  if (!task.labels.empty()) return {task.labels.begin(), task.labels.end()};
  std::set<std::string> seen;
  for (const Record& record : records) {
    if (!record.labelled) continue;
    if (task.kind == TaskKind::kTokens)
      seen.insert(record.tags.begin(), record.tags.end());
    else
      seen.insert(record.label);
  }
  std::vector<std::string> names(seen.begin(), seen.end());
  const auto value = [](const std::string& name) {
    double v = 0;
    read_number(name, v);
    return v;
  };
  double ignored = 0;
  if (std::ranges::all_of(names, [&](const std::string& name) { return read_number(name, ignored); })) std::ranges::stable_sort(names, {}, value);
  return names;
}

int32_t label_index(std::span<const std::string> names, const std::string& label) {
  const auto found = std::ranges::find(names, label);
  if (found != names.end()) return static_cast<int32_t>(found - names.begin());
  const std::vector<std::string> list(names.begin(), names.end());
  fail("the label \"", label, "\" is not among the model's labels", did_you_mean(label, list), ": ", joined(list));
}

}  // namespace gimbal
