// Prompts in context: which demonstrations, how many fit, how answers are tokenized, normalized and calibrated.
#include "infer/in_context.h"

#include <gtest/gtest.h>

#include <set>

#include "data/tasks/wording.h"
#include "infer/tiny_model.h"
#include "text/train_bpe.h"

namespace gimbal {
namespace {

const std::string kAlphabet = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 .,:;/'\n=";

Tokenizer letters() {
  const std::string_view alphabet = kAlphabet;
  return train_char({&alphabet, 1}, {"<|endoftext|>"});
}

Record review(std::string text, std::string label) {
  Record r;
  r.id = text;
  r.texts = {std::move(text)};
  r.label = std::move(label);
  return r;
}
std::vector<Record> reviews() {
  std::vector<Record> all;
  for (const char* text : {"good", "bad", "fine", "dull", "great fun", "no good", "a joy", "boring"})
    all.push_back(review(text, all.size() % 2 ? "negative" : "positive"));
  return all;
}
const std::vector<std::string> kLabels = {"negative", "positive"};

struct Asked {
  Tokenizer tokenizer = letters();
  std::unique_ptr<Model> model;
  explicit Asked(int64_t context) : model(tiny_model(tokenizer.vocab_size(), context)) {}
  InContext with(const InContextOptions& options, const char* task = "sst2") { return {*model, tokenizer, task_named(task), kLabels, options}; }
};

std::string text_of(const Tokenizer& tokenizer, const std::vector<int32_t>& ids) { return tokenizer.decode(ids, SkipSpecial::kNo); }

TEST(InContext, DemonstrationsAreDrawnBySeedAndNumber) {
  const std::vector<Record> train = reviews();
  const Record asked = review("so so", "positive");
  const auto ids = [&](uint64_t seed, size_t number) {
    std::vector<std::string> ids;
    for (const Record& r : draw_shots(train, {.shots = 5, .seed = seed}, number, asked)) ids.push_back(r.id);
    return ids;
  };
  EXPECT_EQ(ids(1, 3), ids(1, 3));
  EXPECT_NE(ids(1, 3), ids(2, 3));
  EXPECT_NE(ids(1, 3), ids(1, 4));
  const auto drawn = ids(1, 3);
  EXPECT_EQ(std::set<std::string>(drawn.begin(), drawn.end()).size(), 5u);
  EXPECT_THROW(draw_shots(train, {.shots = 9}, 0, asked), Error);
}

TEST(InContext, ARecordIsNoDemonstrationOfItself) {
  const std::vector<Record> train = reviews();
  for (size_t number = 0; number < 40; ++number) {
    const Record& asked = train[number % train.size()];
    for (const Record& shot : draw_shots(train, {.shots = 7}, number, asked)) EXPECT_NE(shot.texts, asked.texts);
  }
  EXPECT_THROW(draw_shots(train, {.shots = 8}, 0, train[0]), Error);
}

TEST(InContext, ThePromptIsTheTasksWording) {
  Asked asked(512);
  const std::vector<Record> shots = {review("good", "positive"), review("bad", "negative")};
  const InContextQuestion q = asked.with({.shots = 2}).ask(shots, review("so so", "positive"));
  EXPECT_EQ(text_of(asked.tokenizer, q.prompt), "Review: good\nSentiment: positive\n\nReview: bad\nSentiment: negative\n\nReview: so so\nSentiment:");
  ASSERT_EQ(q.answers.size(), 2u);
  EXPECT_EQ(q.answers[0].context, q.prompt);
  EXPECT_EQ(text_of(asked.tokenizer, q.answers[0].continuation), " negative");
  EXPECT_EQ(text_of(asked.tokenizer, q.answers[1].continuation), " positive");
  EXPECT_EQ(q.answer_bytes, (std::vector<int64_t>{8, 8}));
}

TEST(InContext, TheFirstDemonstrationsGoFirst) {
  const std::vector<Record> train = reviews();
  const Record record = review("so so", "positive");
  const auto prompt = [&](int64_t context) { return Asked(context).with({.shots = 8}).ask(train, record); };
  const InContextQuestion all = prompt(1000);
  EXPECT_EQ(all.shots, 8);
  const Task& task = task_named("sst2");
  for (const int64_t kept : {0, 1, 3, 7}) {
    const std::string text = in_context_prompt(task, std::span(train).last(static_cast<size_t>(kept)), record);
    const auto whole = static_cast<int64_t>(text.size()) + 8;  // one letter a token; an answer's last letter is not read
    const InContextQuestion q = prompt(whole);
    EXPECT_EQ(q.shots, kept);
    EXPECT_EQ(text_of(letters(), q.prompt), text);
  }
  EXPECT_THROW(prompt(20), Error);
}

// A vocabulary in which the last letter of the prompt and the first of the answer are one token.
TEST(InContext, AnAnswerThatMergesWithThePromptIsScoredFromTheLastCommonToken) {
  std::string corpus;
  for (int i = 0; i < 50; ++i) corpus += "Sentiment: positive Sentiment: negative ";
  const std::string_view text = corpus;
  const Tokenizer tokenizer = train_byte_bpe({&text, 1}, {.vocab_size = 270, .min_frequency = 2, .pattern = "[^x]+"});  // words of many words
  const auto model = tiny_model(tokenizer.vocab_size(), 256);
  InContext asked(*model, tokenizer, task_named("sst2"), kLabels, {});
  const InContextQuestion q = asked.ask({}, review("good", "positive"));
  for (size_t i = 0; i < 2; ++i) {
    std::vector<int32_t> whole = q.answers[i].context;
    whole.insert(whole.end(), q.answers[i].continuation.begin(), q.answers[i].continuation.end());
    EXPECT_EQ(whole, prompt_ids(tokenizer, model->architecture(), "Review: good\nSentiment: " + kLabels[i]));
    EXPECT_LT(q.answers[i].context.size(), q.prompt.size()) << "the corpus does not merge ': '";
  }
}

TEST(InContext, NormalizesByTokensAndBytes) {
  Asked asked(256);
  Record record;
  record.id = "0";
  record.texts = {"the end"};
  record.choices = {"a", "bcde"};
  record.choice = 0;
  Decoder decoder(*asked.model, DType::kF32);
  const InContextQuestion q = asked.with({}, "swag").ask({}, record);
  const std::vector<Loglikelihood> l = loglikelihood(decoder, {}, q.answers);
  const auto odds = [&](Normalize by) {
    const Prediction p = asked.with({.normalize = by}, "swag").answer({}, {&record, 1}).raw[0];
    return std::log(p.probabilities[0] / p.probabilities[1]);
  };
  EXPECT_NEAR(odds(Normalize::kNothing), l[0].log_prob - l[1].log_prob, 1e-3);
  EXPECT_NEAR(odds(Normalize::kTokens), l[0].log_prob / 2 - l[1].log_prob / 5, 1e-3);
  EXPECT_NEAR(odds(Normalize::kBytes), l[0].log_prob / 1 - l[1].log_prob / 4, 1e-3);
}

TEST(InContext, CalibrationDividesByWhatTheModelSaysOfNothing) {
  Asked asked(256);
  const std::vector<Record> train = reviews(), records = {review("N/A", "positive"), review("good", "positive")};
  InContext in_context = asked.with({.shots = 2, .seed = 4});
  const InContext::Answers answers = in_context.answer(train, records);
  EXPECT_NEAR(answers.calibrated[0].probabilities[0], 0.5, 1e-5);  // the content-free text itself
  EXPECT_GT(std::abs(answers.raw[0].probabilities[0] - 0.5), 1e-3);
  Decoder decoder(*asked.model, DType::kF32);
  const std::vector<Record> shots = draw_shots(train, {.shots = 2, .seed = 4}, 1, records[1]);
  std::vector<ContextAndContinuation> pairs = in_context.ask(shots, records[1]).answers;
  for (const auto& pair : in_context.ask(shots, records[0]).answers) pairs.push_back(pair);
  const std::vector<Loglikelihood> l = loglikelihood(decoder, {}, pairs);
  const double odds = std::log(answers.calibrated[1].probabilities[0] / answers.calibrated[1].probabilities[1]);
  EXPECT_NEAR(odds, (l[0].log_prob - l[2].log_prob) - (l[1].log_prob - l[3].log_prob), 1e-3);
  EXPECT_EQ(answers.shots_used, 4);
  EXPECT_EQ(answers.shots_dropped, 0);
}

TEST(InContext, FreeTextIsGeneratedUpToTheLinesEndAndWeightsStay) {
  Asked asked(128);
  Record record;
  record.id = "0";
  record.texts = {"abc"};
  record.references = {"cba"};
  const uint64_t before = asked.model->parameters().content_hash();
  const InContext::Answers answers = asked.with({.max_tokens = 8}, "text-to-text").answer({}, {&record, 1});
  ASSERT_EQ(answers.raw.size(), 1u);
  EXPECT_TRUE(answers.calibrated.empty());
  EXPECT_LE(answers.raw[0].text.size(), 8u);
  EXPECT_EQ(answers.raw[0].text.find('\n'), std::string::npos);
  EXPECT_EQ(asked.model->parameters().content_hash(), before);
  asked.model->parameters().all()[1].value.data<float>()[0] += 1;
  EXPECT_NE(asked.model->parameters().content_hash(), before);
}

}  // namespace
}  // namespace gimbal
