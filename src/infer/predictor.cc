// Records through a model, as many at once as fill a pass.
#include "infer/predictor.h"

#include <algorithm>
#include <cmath>

#include "infer/finite.h"
#include "infer/generate_all.h"
#include "infer/loglikelihood.h"
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

// A candidate as its form lays it out: what is read before the first row that is asked, and what all rows are to say. Candidates of one record
// differ in the latter only, so that their source is computed once.
ContextAndContinuation pair_of(const TokenBatch& batch, int64_t sequence, PromptKind kind) {
  const auto part = [](const std::vector<int32_t>& column, int64_t begin, int64_t end) {
    return std::vector<int32_t>(column.begin() + begin, column.begin() + end);
  };
  const auto i = static_cast<size_t>(sequence);
  const int64_t begin = batch.offsets[i], end = batch.offsets[i + 1];
  int64_t first = begin;
  while (batch.targets[static_cast<size_t>(first)] < 0) ++first;
  ContextAndContinuation pair{{}, part(batch.targets, first, end)};
  if (batch.encoder) {
    pair.context = part(batch.encoder->ids, batch.encoder->offsets[i], batch.encoder->offsets[i + 1]);
  } else if (kind == PromptKind::kBlanks) {  // the first row is the token that begins a piece, and stands where its mask is
    pair.context = part(batch.ids, begin, first);
    pair.blank = batch.positions[static_cast<size_t>(first)];
  } else {
    pair.context = part(batch.ids, begin, first + 1);
  }
  return pair;
}

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
  const std::string& head = model_.architecture().head;
  const bool by_token = head == "tokens" || head == "span";
  const bool by_group = head != "choice" && head != "embed";  // a record read in both orders has one answer
  std::vector<Parts> parts(records.size());
  TokenBatch batch;
  std::vector<Place> places;
  const auto ask = [&] {
    Tape tape(Tape::Mode::kInference, Tape::Phase::kEval);
    const TokenRows rows = rows_of(batch, model_.device());
    const Var hidden = model_.hidden(tape, rows, flow_of(compute_));
    const Tensor answer = model_.head().answers(tape, hidden, rows).begin()->second.value.to(DType::kF32, Device::kCpu);
    check_finite({answer.data<float>(), static_cast<size_t>(answer.shape().elements())}, "the answers of the model's head");
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
  Decoder decoder(model_, compute_);
  const PromptForm form = prompt_form(model_.architecture(), &tokenizer_);
  std::vector<ContextAndContinuation> pairs;
  std::vector<size_t> counts;
  for (const Record& record : records) {
    TokenBatch laid;
    for (const std::string& candidate : form_.candidates(record)) form_.add_candidate(record, candidate, laid);
    for (int64_t i = 0; i < laid.sequences(); ++i) pairs.push_back(pair_of(laid, i, form.kind));
    counts.push_back(static_cast<size_t>(laid.sequences()));
  }
  const std::vector<Loglikelihood> found = loglikelihood(decoder, form, pairs);
  std::vector<Prediction> predictions;
  size_t at = 0;
  for (size_t i = 0; i < records.size(); ++i) {
    std::vector<double> likelihoods;
    for (const size_t end = at + counts[i]; at < end; ++at) likelihoods.push_back(found[at].log_prob);
    predictions.push_back(form_.read_likelihoods(records[i], likelihoods));
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

}  // namespace gimbal
