// The likeliest of several answers: the same as the loss of each one, laid out as in training, says.
#include "infer/predictor.h"

#include <gtest/gtest.h>

#include <cmath>

#include "infer/tiny_model.h"
#include "models/batch_rows.h"
#include "models/task_form.h"
#include "text/train_bpe.h"

namespace gimbal {
namespace {

Record record_of(const std::string& text) {
  Record record;
  record.id = text;
  record.texts = {text};
  record.labelled = false;
  return record;
}

double log_likelihood(Model& model, const TaskForm& form, const Record& record, const std::string& answer) {
  TokenBatch batch;
  form.add_candidate(record, answer, batch);
  const TokenRows rows = rows_of(batch, Device::kCpu);
  Tape tape(Tape::Mode::kInference, Tape::Phase::kEval);
  Losses losses;
  model.loss(tape, model.hidden(tape, rows, {}), rows, {}, {}, losses);
  return -losses.tokens.nll;
}

TEST(Predictor, RanksAnswersByTheirLikelihood) {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz .:,?2AISTw";
  const Tokenizer tokenizer =
      train_char({&kLetters, 1}, {"<pad>", "</s>", "[CLS]", "[MASK]", "[sMASK]", "[gMASK]", "<|startofpiece|>", "<|endofpiece|>"});
  const int64_t vocab = tokenizer.vocab_size();
  const std::vector<Record> records = {record_of("a good film"), record_of("bad"), record_of("what [MASK] is this"),
                                       record_of("a long text that has to be cut since there is no room for all of it")};
  for (const Architecture& a : {tiny_encoder_decoder(vocab, 64), tiny_decoder(vocab, 64, "rotary"), tiny_prefix_decoder(vocab, 64)}) {
    const auto model = tiny_model(a);
    const TaskSetup setup{.task = "sst2", .form = "text", .labels = {"negative", "positive"}, .context = 64};
    const auto form = make_form("text", form_request(a, tokenizer, setup));
    const std::vector<Prediction> predictions = Predictor(*model, tokenizer, *form, DType::kF32).predict(records);
    ASSERT_EQ(predictions.size(), records.size());
    for (size_t i = 0; i < records.size(); ++i) {
      const std::vector<std::string> answers = form->candidates(records[i]);
      const double no = log_likelihood(*model, *form, records[i], answers[0]), yes = log_likelihood(*model, *form, records[i], answers[1]);
      EXPECT_NEAR(predictions[i].probabilities[1], 1 / (1 + std::exp(no - yes)), 2e-5) << a.family << ": " << records[i].id;
      EXPECT_EQ(predictions[i].index, yes > no ? 1 : 0);
    }
  }
}

}  // namespace
}  // namespace gimbal
