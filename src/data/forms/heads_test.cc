// Classes, numbers, tags and choices: rows of a record, and what is read from a head's numbers.
#include "data/forms/samples_for_tests.h"

namespace gimbal {
namespace {

using namespace samples;

HeadAnswer answer(const std::vector<float>& values, int64_t columns) { return {values, columns}; }

TEST(ClassifyForm, LabelsAndTheLikeliestOne) {
  const auto form = make_form("classify", encoder_request("classify", 16, {"no", "yes"}));
  Record r = record_of({"ab", "c"});
  r.label = "yes";
  const TokenBatch batch = batch_of(*form, r);
  EXPECT_EQ(batch.ids, (Ids{kCls, 5, 16, kSep, 7, kSep}));
  EXPECT_EQ(batch.types, (Ids{0, 0, 0, 0, 1, 1}));
  EXPECT_EQ(batch.labels, (Ids{1}));
  r.labelled = false;
  EXPECT_EQ(batch_of(*form, r).labels, (Ids{-1}));

  const std::vector<float> logits = {2, 1};
  const HeadAnswer said[] = {answer(logits, 2)};
  const Prediction p = form->read(r, said);
  EXPECT_EQ(p.index, 0);
  EXPECT_NEAR(p.probabilities[0], 1 / (1 + std::exp(-1.0)), 1e-7);
  EXPECT_NEAR(p.probabilities[0] + p.probabilities[1], 1, 1e-12);
}

TEST(ClassifyForm, RefusesUnseenLabelsAndEmptyTexts) {
  const auto form = make_form("classify", encoder_request("classify", 16, {"no", "yes"}));
  Record r = record_of({"a"});
  r.label = "Yes";
  EXPECT_SAYS(refusal([&] { form->check({&r, 1}); }), "the label \"Yes\", which no record to train on has (did you mean 'yes'?): no, yes");
  r.label = "yes";
  EXPECT_EQ(refusal([&] { form->check({&r, 1}); }), "");
  r.texts = {" "};
  EXPECT_SAYS(refusal([&] { form->check({&r, 1}); }), "record r has an empty text");
  r.place = "dev.tsv line 7";
  EXPECT_SAYS(refusal([&] { form->check({&r, 1}); }), "dev.tsv line 7 has an empty text");
  r.texts = {"a", ""};  // [CLS] a [SEP] [SEP]
  EXPECT_EQ(refusal([&] { form->check({&r, 1}); }), "");
  TokenBatch batch;
  form->add(r, 0, batch);
  EXPECT_EQ(batch.rows(), 4);
  EXPECT_EQ(batch.types, (Ids{0, 0, 0, 1}));
  r.texts = {"", " "};
  EXPECT_SAYS(refusal([&] { form->check({&r, 1}); }), "two empty texts");
  r.texts = {"a", "b", "c"};
  EXPECT_SAYS(refusal([&] { form->check({&r, 1}); }), "has 3 texts");
}

TEST(RegressForm, Numbers) {
  const auto form = make_form("regress", encoder_request("stsb", 16));
  Record r = record_of({"a", "b"});
  r.number = 3.8;
  EXPECT_EQ(batch_of(*form, r).values, (std::vector<double>{3.8}));
  const std::vector<float> value = {2.5f};
  const HeadAnswer said[] = {answer(value, 1)};
  EXPECT_EQ(form->read(r, said).number, 2.5);
  r.labelled = false;
  EXPECT_TRUE(batch_of(*form, r).values.empty());
}

Record tagged(std::vector<std::string> words, std::vector<std::string> tags) {
  Record r;
  r.id = "r";
  r.words = std::move(words), r.tags = std::move(tags);
  return r;
}

TEST(TokensForm, TheFirstPieceAnswersForAnEncoder) {
  const auto form = make_form("tokens", encoder_request("tokens", 16, {"B", "I", "O"}));
  const Record r = tagged({"ab", "c", "de"}, {"B", "I", "O"});
  const TokenBatch batch = batch_of(*form, r);
  EXPECT_EQ(batch.ids, (Ids{kCls, 5, 16, 7, 8, 19, kSep}));
  EXPECT_EQ(batch.targets, (Ids{-100, 0, -100, 1, 2, -100, -100}));
  std::vector<float> scores(7 * 3, 0.f);
  scores[1 * 3 + 2] = 1, scores[2 * 3 + 0] = 9, scores[3 * 3 + 1] = 1, scores[4 * 3 + 0] = 1;
  const HeadAnswer said[] = {answer(scores, 3)};
  EXPECT_EQ(form->read(r, said).tags, (std::vector<std::string>{"O", "I", "B"}));
}

TEST(TokensForm, TheLastPieceAnswersForADecoder) {
  const auto form = make_form("tokens", decoder_request("tokens", 16, {"B", "I", "O"}));
  const TokenBatch batch = batch_of(*form, tagged({"ab", "c"}, {"B", "I"}));
  EXPECT_EQ(batch.ids, Ids{kStart} + ascii("ab c") + Ids{kExtract});
  EXPECT_EQ(batch.targets, (Ids{-100, -100, 0, -100, 1, -100}));  // the space goes with the word behind it, and no word ends on one
}

TEST(TokensForm, LongTextsAreCutBetweenWords) {
  const auto form = make_form("tokens", encoder_request("tokens", 6, {"B", "O"}));
  const Record r = tagged({"a", "bc", "de", "f", "g"}, {"B", "O", "B", "O", "B"});
  ASSERT_EQ(form->parts(r), 2);
  EXPECT_EQ(batch_of(*form, r, 0).ids, (Ids{kCls, 5, 6, 17, kSep}));
  EXPECT_EQ(batch_of(*form, r, 1).ids, (Ids{kCls, 8, 19, 10, 11, kSep}));  // four tokens just fit
  EXPECT_EQ(batch_of(*form, r, 1).targets, (Ids{-100, 0, -100, 1, 0, -100}));
  const std::vector<float> first = {0, 0, 0, 1, 1, 0, 0, 0, 0, 0}, second = {0, 0, 1, 0, 0, 0, 0, 1, 1, 0, 0, 0};
  const HeadAnswer said[] = {answer(first, 2), answer(second, 2)};
  EXPECT_EQ(form->read(r, said).tags, (std::vector<std::string>{"O", "B", "B", "O", "B"}));
}

TEST(TokensForm, AWordLongerThanThePartIsAskedByWhatFits) {
  const auto form = make_form("tokens", encoder_request("tokens", 5, {"B", "O"}));
  const Record r = tagged({"abcdefgh", "a"}, {"B", "O"});
  ASSERT_EQ(form->parts(r), 2);
  EXPECT_EQ(batch_of(*form, r, 0).ids, (Ids{kCls, 5, 16, 17, kSep}));
  EXPECT_EQ(batch_of(*form, r, 1).ids, (Ids{kCls, 5, kSep}));
  const auto decoder = make_form("tokens", decoder_request("tokens", 5, {"B", "O"}));
  EXPECT_EQ(batch_of(*decoder, r, 0).targets, (Ids{-100, -100, -100, 0, -100}));
}

TEST(TokensForm, WordsWithoutATokenAreOutside) {
  const auto form = make_form("tokens", encoder_request("tokens", 16, {"B", "O"}));
  const Record r = tagged({"a", "\u0001", "b"}, {"B", "B", "B"});  // control characters are cleaned away
  EXPECT_EQ(batch_of(*form, r).targets, (Ids{-100, 0, 0, -100}));
  const std::vector<float> scores(8, 0.f);
  const HeadAnswer said[] = {answer(scores, 2)};
  EXPECT_EQ(form->read(r, said).tags, (std::vector<std::string>{"B", "O", "B"}));

  const Record none = tagged({"\u0001"}, {"B"});
  ASSERT_EQ(form->parts(none), 1);
  EXPECT_EQ(batch_of(*form, none).ids, (Ids{kCls, kSep}));
}

TEST(TokensForm, AnUnseenTagHasNoTarget) {
  const auto form = make_form("tokens", encoder_request("tokens", 16, {"B", "O"}));
  const Record r = tagged({"a", "b"}, {"B-new", "O"});
  EXPECT_EQ(refusal([&] { form->check({&r, 1}); }), "");
  EXPECT_EQ(batch_of(*form, r).targets, (Ids{-100, -100, 1, -100}));
  EXPECT_SAYS(refusal([] { make_form("tokens", encoder_request("tokens", 16)); }), "has no tags");
  const Record empty = tagged({}, {});
  EXPECT_SAYS(refusal([&] { form->check({&empty, 1}); }), "record r has no words");
}

Record chosen(std::vector<std::string> choices, int32_t choice) {
  Record r = record_of({"a", "b"});
  r.choices = std::move(choices), r.choice = choice;
  return r;
}

TEST(ChoiceForm, OneSequenceAChoice) {
  const auto form = make_form("choice", encoder_request("swag", 16));
  TokenBatch batch;
  form->add(chosen({"c", "d"}, 1), 0, batch);
  form->add(chosen({"e", "f"}, 0), 0, batch);
  EXPECT_EQ(batch.sequences(), 4);
  EXPECT_EQ(batch.choices, 2);
  EXPECT_EQ(batch.labels, (Ids{1, 0}));
  EXPECT_EQ(sequence_ids(batch, 1), (Ids{kCls, 5, kSep, 6, 8, kSep}));  // the second text leads the choice
  EXPECT_EQ(sequence_ids(batch, 2), (Ids{kCls, 5, kSep, 6, 9, kSep}));
  const std::vector<float> scores = {0, 3};
  const HeadAnswer said[] = {answer(scores, 1)};
  const Prediction p = form->read(chosen({"c", "d"}, 1), said);
  EXPECT_EQ(p.index, 1);
  EXPECT_NEAR(p.probabilities[1], 1 / (1 + std::exp(-3.0)), 1e-6);
}

TEST(ChoiceForm, UnequalNumbersAreRefused) {
  const auto form = make_form("choice", encoder_request("swag", 16));
  const std::vector<Record> unequal = {chosen({"c", "d"}, 1), chosen({"c", "d", "e"}, 1)}, one = {chosen({"c"}, 0)};
  EXPECT_SAYS(refusal([&] { form->check(unequal); }), "has 3 choices and record r has 2; all need the same number");
  EXPECT_SAYS(refusal([&] { form->check(one); }), "it needs at least two");
}

TEST(Forms, AreFoundByName) {
  EXPECT_EQ(head_form(TaskKind::kSpan), "span");
  EXPECT_EQ(head_form(TaskKind::kTextToText), "text");
  EXPECT_SAYS(refusal([] { make_form("spam", encoder_request("squad", 16)); }), "no form \"spam\"");
}

}  // namespace
}  // namespace gimbal
