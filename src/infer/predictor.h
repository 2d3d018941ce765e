// What a model says of labelled records: the answers of its head, or the text that it writes or finds likeliest.
#pragma once

#include <memory>

#include "data/forms/form.h"
#include "infer/decoder.h"
#include "infer/prompt.h"
#include "models/model.h"

namespace gimbal {

struct WritingOptions {
  int64_t max_tokens = 64;
  int64_t beams = 1;
  double length_penalty = 1;
};

class Predictor {
 public:
  /// `model` and `form` must outlive the predictor. compute: kF32 or kBF16.
  Predictor(Model& model, const Tokenizer& tokenizer, const TaskForm& form, DType compute, WritingOptions writing = {});

  /// One prediction a record, whatever else is asked beside it. Error as TaskForm::check.
  std::vector<Prediction> predict(std::span<const Record> records);

 private:
  std::vector<Prediction> ask_head(std::span<const Record> records);
  std::vector<Prediction> rank(std::span<const Record> records);
  std::vector<Prediction> write(std::span<const Record> records);

  Model& model_;
  const Tokenizer& tokenizer_;
  const TaskForm& form_;
  DType compute_;
  WritingOptions writing_;
};

}  // namespace gimbal
