// Tasks asked in context (Brown 2020, arXiv:2005.14165 section 2.4): a prompt holds solved examples and the record up to its answer, and the weights
// stay as they are.
//
// Where there are answers to choose among, each one's log-likelihood behind the prompt ranks it, as it is or per token or byte. What the model likes
// anyway is divided out by contextual calibration (Zhao 2021, arXiv:2102.09690): the same prompt with "N/A" in place of the record's texts says
// p_cf of each answer, and q ~ p / p_cf. Tasks whose answer is free text are answered by greedy generation, up to the first line's end.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "data/forms/form.h"
#include "infer/loglikelihood.h"
#include "text/tokenizer.h"

namespace gimbal {

/// What an answer's log-likelihood is divided by.
enum class Normalize : uint8_t { kNothing, kTokens, kBytes };

struct InContextOptions {
  int64_t shots = 0;
  uint64_t seed = 0;  // of the demonstrations
  Normalize normalize = Normalize::kNothing;
  int64_t max_tokens = 64;             // of a generated answer
  std::vector<int32_t> stop_ids = {};  // end a generated answer
  DType compute = DType::kF32;
};

/// Demonstrations for record `number`: `shots` different ones of `train`, none with the record's own texts, as they would show its answer; a pure
/// function of seed, number and texts. Error when there are fewer.
std::vector<Record> draw_shots(std::span<const Record> train, const InContextOptions& options, size_t number, const Record& asked);

/// The record with "N/A" for each of its texts and words; its choices stay.
Record without_content(Record record);

/// A record as it is asked. Its answers are continuations of one context, or where an answer's first letters merge with the prompt's last ones into
/// one token, of a slightly shorter one.
struct InContextQuestion {
  std::vector<int32_t> prompt;
  std::vector<ContextAndContinuation> answers;  // empty: to be generated
  std::vector<int64_t> answer_bytes;
  int64_t shots = 0;  // that fit; the first ones go first
};

class InContext {
 public:
  /// All must outlive it. `labels` are those of a classify task. Error for a model that does not write.
  InContext(Model& model, const Tokenizer& tokenizer, const Task& task, std::span<const std::string> labels, const InContextOptions& options);

  /// As many of the demonstrations as the model's context holds beside the record. Error when it holds not even the record.
  InContextQuestion ask(std::span<const Record> demonstrations, const Record& record) const;

  struct Answers {
    std::vector<Prediction> raw, calibrated;  // the latter where there are answers to choose among
    int64_t shots_used = 0, shots_dropped = 0;
  };
  /// One prediction a record, each with demonstrations of its own from `train`.
  Answers answer(std::span<const Record> train, std::span<const Record> records);

 private:
  bool fits(const InContextQuestion& question) const;
  std::vector<std::vector<double>> scores(std::span<const InContextQuestion> questions);
  Prediction read(const Record& record, std::string text) const;

  const Tokenizer& tokenizer_;
  const Task& task_;
  std::vector<std::string> labels_;
  InContextOptions options_;
  Decoder decoder_;
  PromptForm form_;
};

}  // namespace gimbal
