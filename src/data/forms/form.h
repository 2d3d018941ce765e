// How a model is asked a labelled record, and how its answer is read: a form turns a record into rows with what is wanted of them, and the numbers
// that a head says about those rows into a prediction. Each kind is one file here and one line in kinds.cc.
//
//   classify regress tokens span choice   a head of that name answers, on an encoder as in BERT, on a decoder as in GPT-1 (layout.h)
//   embed                                 a vector a text, compared by cosine (embedding_text.h)
//   rerank                                a head scores query and document, read at once
//   text                                  the model writes the answer, or says which of several texts is the likeliest (T5, GLM)
//   chat                                  the model writes what the assistant says in a conversation
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "data/batch.h"
#include "data/forms/embedding_text.h"
#include "data/forms/layout.h"
#include "data/objectives/frame.h"
#include "data/tasks/tasks.h"

namespace gimbal {

struct ScoredAnswer {
  Answer answer;
  double score = 0;  // sum of the logits of begin and end
};

/// What was made of one record; the fields that its task's kind has.
struct Prediction {
  int32_t index = -1;                            // classify: of labels; choice: of choices; -1 when a written answer is none of them
  std::vector<double> probabilities;             // of the labels, or of the choices
  double number = 0;                             // regress; similarity: the cosine
  std::vector<std::string> tags;                 // tokens: one a word
  std::string text;                              // span: the answer, "" for none; text: what was written
  size_t begin = 0, end = 0;                     // span: bytes of the context; equal where there is no answer, or a written one is not in it
  std::vector<ScoredAnswer> best;                // span: the n best, best first, each place once
  double null_score = 0;                         // span: score of "no answer" less that of the best answer
  std::vector<double> scores = {};               // rerank: of each document, in [0, 1]; embed: cosine of the first text with each other one
  std::vector<std::vector<float>> vectors = {};  // embed, similarity: of each text, of length 1
};

/// What a head said of one part of a record: f32, one row a token (tokens, span) or a sequence.
struct HeadAnswer {
  std::span<const float> values;
  int64_t columns = 1;
  std::span<const float> row(int64_t i) const { return values.subspan(static_cast<size_t>(i * columns), static_cast<size_t>(columns)); }
};

struct FormRequest {
  const Task& task;
  Tokenizer tokenizer;
  std::vector<std::string> labels;
  int64_t context = 512;
  int64_t stride = 128;         // span: tokens by which two windows of a long context overlap
  int64_t longest_answer = 30;  // span: tokens
  int64_t target_context = 0;   // text, encoder-decoder: rows of the decoder; 0: as context
  TextLayout layout = TextLayout::Kind::kEncoder;
  Frame frame = Frame::kEncoderDecoder;
  EmbeddingText::Kind embedding = EmbeddingText::Kind::kEncoder;
  double top_grade = 1;      // rerank: the grade of a document that answers wholly
  bool both_orders = false;  // classify, regress: A B and B A are read, and the head adds their summaries (GPT-1 section 3.3)
  bool next_tokens = false;  // classify, regress, choice on a decoder: each row is also to say its next token
};

class TaskForm {
 public:
  virtual ~TaskForm() = default;
  /// Error naming the first record that the form cannot be asked or, where it is labelled, not be taught.
  virtual void check(std::span<const Record> records) const = 0;
  /// Parts that the record is cut into, each of which the head answers: windows of a long text; else one.
  virtual int64_t parts(const Record&) const { return 1; }
  /// Appends one part: a sequence (choice: one a choice), and its label when the record has one.
  virtual void add(const Record& record, int64_t part, TokenBatch& batch) const = 0;
  /// From the head's answers to all parts. Not for forms that are texts.
  virtual Prediction read(const Record& record, std::span<const HeadAnswer> answers) const;

  /// Texts between which the model is to choose; empty when it writes freely, and for forms of a head.
  virtual std::vector<std::string> candidates(const Record&) const { return {}; }
  /// Appends the record with this text as what is to be said.
  virtual void add_candidate(const Record& record, const std::string& text, TokenBatch& batch) const;
  /// From the candidates' log-likelihoods, or from what was written.
  virtual Prediction read_likelihoods(const Record& record, std::span<const double> likelihoods) const;
  virtual Prediction read_text(const Record& record, const std::string& text) const;
  /// What a writing model reads; an encoder's input or a decoder's prompt.
  virtual std::vector<int32_t> source(const Record& record) const;
  /// What ends a written answer besides the tokenizer's end of text.
  virtual std::optional<int32_t> end_id() const { return std::nullopt; }

  /// What becomes of records that are too long or cannot be written, as a sentence; "" where there are none, or nothing to say.
  virtual std::string note(std::span<const Record>) const { return ""; }
};

struct FormKind {
  std::string_view name;  // "text", "chat", or the head's
  std::unique_ptr<TaskForm> (*make)(const FormRequest& request);
};
std::span<const FormKind> form_kinds();
/// The form of a head for the task: its kind's own.
std::string_view head_form(TaskKind kind);
/// Error when the tokenizer lacks what the form writes, or the task cannot take it.
std::unique_ptr<TaskForm> make_form(std::string_view name, const FormRequest& request);

/// Examples of labelled records in a form: one a part, in a new order each pass. Error as TaskForm::check.
class TaskExamples final : public Examples {
 public:
  enum class Order : uint8_t { kShuffled, kAsGiven };
  TaskExamples(std::vector<Record> records, std::shared_ptr<const TaskForm> form, Order order, uint64_t seed);
  int64_t size() const override { return static_cast<int64_t>(places_.size()); }
  void add(int64_t number, TokenBatch& batch) const override;

 private:
  struct Place {
    size_t record;
    int64_t part;
  };
  std::vector<Record> records_;
  std::shared_ptr<const TaskForm> form_;
  Order order_;
  uint64_t seed_;
  std::vector<Place> places_;
};

std::vector<double> softmax(std::span<const float> logits);

}  // namespace gimbal
