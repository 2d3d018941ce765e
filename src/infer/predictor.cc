// Records through a model, as many at once as fill a pass.
#include "infer/predictor.h"

#include <algorithm>
#include <cmath>

#include "infer/generate_all.h"
#include "models/batch_rows.h"

namespace gimbal {
namespace {

constexpr int64_t kRowsPerPass = 2048;  // tokens: large enough for the matrices, small enough for the caches

bool answers_by_head(const Architecture& a) { return a.head != "language" && a.head != "masked" && a.head != "pretraining" && a.head != "double"; }

Flow flow_of(DType compute) {
  Flow flow;
  flow.compute = compute;
  return flow;
}

int64_t rows_with_source(const TokenBatch& batch) { return batch.rows() + (batch.encoder ? batch.encoder->rows() : 0); }

}  // namespace

Predictor::Predictor(Model& model, const Tokenizer& tokenizer, const TaskForm& form, DType compute, WritingOptions writing)
    : model_(model), tokenizer_(tokenizer), form_(form), compute_(compute), writing_(writing) {}

std::vector<Prediction> Predictor::predict(std::span<const Record> records) {
  if (records.empty()) return {};
  form_.check(records);
  if (answers_by_head(model_.architecture())) return ask_head(records);
  return form_.candidates(records[0]).empty() ? write(records) : rank(records);
}

std::vector<Prediction> Predictor::ask_head(std::span<const Record> records) {
  struct Place {
    size_t record;
    int64_t begin, rows;  // of the head's answer: tokens or sequences
  };
  struct Parts {
    std::vector<std::vector<float>> values;
    int64_t columns = 1;
  };
  const bool by_token = model_.architecture().head == "tokens" || model_.architecture().head == "span";
  const bool by_group = model_.architecture().head != "choice";  // a record read in both orders has one answer
  std::vector<Parts> parts(records.size());
  TokenBatch batch;
  std::vector<Place> places;
  const auto ask = [&] {
    Tape tape(Tape::Mode::kInference, Tape::Phase::kEval);
    const TokenRows rows = rows_of(batch, model_.device());
    const Var hidden = model_.hidden(tape, rows, flow_of(compute_));
    const Tensor answer = model_.head().answers(tape, hidden, rows).begin()->second.value.to(DType::kF32, Device::kCpu);
    const int64_t columns = answer.shape()[1];
    for (const Place& place : places) {
      const float* first = answer.data<float>() + place.begin * columns;
      parts[place.record].values.emplace_back(first, first + place.rows * columns);
      parts[place.record].columns = columns;
    }
    batch = {};
    places.clear();
  };
  for (size_t i = 0; i < records.size(); ++i) {
    for (int64_t part = 0, count = form_.parts(records[i]); part < count; ++part) {
      const auto size = [&] { return by_token ? batch.rows() : by_group ? batch.sequences() / batch.choices : batch.sequences(); };
      const int64_t begin = size();
      form_.add(records[i], part, batch);
      places.push_back({i, begin, size() - begin});
      if (batch.rows() >= kRowsPerPass) ask();
    }
  }
  if (!places.empty()) ask();

  std::vector<Prediction> predictions;
  for (size_t i = 0; i < records.size(); ++i) {
    std::vector<HeadAnswer> answers;
    for (const std::vector<float>& values : parts[i].values) answers.push_back({values, parts[i].columns});
    predictions.push_back(form_.read(records[i], answers));
  }
  return predictions;
}

std::vector<Prediction> Predictor::rank(std::span<const Record> records) {
  std::vector<Prediction> predictions;
  for (size_t next = 0; next < records.size();) {
    TokenBatch batch;
    std::vector<size_t> counts;
    const size_t first = next;
    while (next < records.size() && (batch.sequences() == 0 || rows_with_source(batch) < kRowsPerPass)) {
      const std::vector<std::string> candidates = form_.candidates(records[next]);
      for (const std::string& candidate : candidates) form_.add_candidate(records[next], candidate, batch);
      counts.push_back(candidates.size());
      ++next;
    }
    const std::vector<double> likelihoods = target_likelihoods(model_, batch, compute_);
    size_t at = 0;
    for (size_t i = 0; i < counts.size(); ++i) {
      predictions.push_back(form_.read_likelihoods(records[first + i], std::span(likelihoods).subspan(at, counts[i])));
      at += counts[i];
    }
  }
  return predictions;
}

std::vector<Prediction> Predictor::write(std::span<const Record> records) {
  Decoder decoder(model_, compute_);
  const PromptForm form = prompt_form(model_.architecture(), &tokenizer_);
  std::vector<std::vector<int32_t>> prompts;
  for (const Record& record : records) prompts.push_back(form_.source(record));
  AnswerOptions options;
  options.max_tokens = writing_.max_tokens;
  if (writing_.beams > 1) options.beams = BeamOptions{.beams = writing_.beams, .length_penalty = writing_.length_penalty};
  if (form.kind == PromptKind::kBlanks) {
    options.stop_ids = {form.piece_end};
  } else {
    options.stop_ids = {*roles_of(tokenizer_).eos};
  }
  if (const auto end = form_.end_id()) options.stop_ids.push_back(*end);
  const std::vector<std::vector<int32_t>> written = generate_all(decoder, form, prompts, options);
  std::vector<Prediction> predictions;
  for (size_t i = 0; i < records.size(); ++i) predictions.push_back(form_.read_text(records[i], tokenizer_.decode(written[i], SkipSpecial::kYes)));
  return predictions;
}

std::vector<double> target_likelihoods(Model& model, const TokenBatch& batch, DType compute) {
  Tape tape(Tape::Mode::kInference, Tape::Phase::kEval);
  const TokenRows rows = rows_of(batch, model.device());
  const Var hidden = model.hidden(tape, rows, flow_of(compute));
  std::vector<int64_t> asked;
  for (int64_t row = 0; row < batch.rows(); ++row)
    if (batch.targets[static_cast<size_t>(row)] >= 0) asked.push_back(row);
  const Tensor logits = model.logits(tape, ops::take_rows(tape, hidden, asked)).value.to(DType::kF32, Device::kCpu);
  const int64_t vocab = logits.shape()[1];
  std::vector<double> sums(static_cast<size_t>(batch.sequences()));
  size_t sequence = 0;
  for (size_t i = 0; i < asked.size(); ++i) {
    while (asked[i] >= batch.offsets[sequence + 1]) ++sequence;
    const float* row = logits.data<float>() + static_cast<int64_t>(i) * vocab;
    const float most = *std::max_element(row, row + vocab);
    double sum = 0;
    for (int64_t v = 0; v < vocab; ++v) sum += std::exp(static_cast<double>(row[v]) - most);
    sums[sequence] += static_cast<double>(row[batch.targets[static_cast<size_t>(asked[i])]]) - most - std::log(sum);
  }
  return sums;
}

}  // namespace gimbal
