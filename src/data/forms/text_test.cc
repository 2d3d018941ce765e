// Records as text: what each frame reads and is to say, clozes, cutting, and answers.
#include "data/forms/samples_for_tests.h"
#include "data/objectives/roles.h"

namespace gimbal {
namespace {

using namespace samples;

// T5's by characters; ids of letters are those of the tokenizer.
Tokenizer writer() {
  constexpr std::string_view kText = " :.,?abcdefghijklmnopqrstuvwxyz0123456789_MASK[]QY";
  return train_char({&kText, 1}, {"<pad>", "</s>", "<unk>"});
}

// GLM's: letters, the words that the patterns add, and its own tokens.
Tokenizer filler() {
  std::vector<std::string> pieces = {",", ".", "?", "it", "was", "great", "terrible", "yes", "no", "maybe", "label", "sentence", ":", "classify"};
  for (char c = 'a'; c <= 'j'; ++c) pieces.push_back(std::string(1, c));
  return word_pieces(pieces, {"[gMASK]", "<|startofpiece|>", "<|endofpiece|>", "<|endoftext|>"});
}

FormRequest request_of(const char* task, Frame frame, int64_t context, std::vector<std::string> labels = {}) {
  FormRequest request{.task = task_named(task), .tokenizer = frame == Frame::kBlank ? filler() : writer(), .labels = std::move(labels)};
  request.context = context;
  request.frame = frame;
  return request;
}

Record labelled(std::vector<std::string> texts, const std::string& label) {
  Record r = record_of(std::move(texts));
  r.label = label;
  return r;
}

Ids said(const TokenBatch& batch) {
  Ids ids;
  for (const int32_t id : batch.targets)
    if (id >= 0) ids.push_back(id);
  return ids;
}

std::string text(const Tokenizer& tokenizer, const Ids& ids) { return tokenizer.decode(ids, SkipSpecial::kNo); }

TEST(TextForm, AnEncoderDecoderReadsTheSourceAndSaysTheTarget) {
  const FormRequest request = request_of("mnli", Frame::kEncoderDecoder, 100, {"entailment", "neutral", "contradiction"});
  const auto form = make_form("text", request);
  const Tokenizer& t = request.tokenizer;
  const TokenBatch batch = batch_of(*form, labelled({"a b", "c"}, "neutral"));
  EXPECT_EQ(text(t, batch.encoder->ids), "mnli premise: a b hypothesis: c</s>");
  EXPECT_EQ(text(t, batch.ids), "<pad>neutral");
  EXPECT_EQ(text(t, said(batch)), "neutral</s>");
  EXPECT_EQ(form->candidates(record_of({"a", "b"})), request.labels);
  EXPECT_EQ(text(t, form->source(record_of({"a b", "c"}))), "mnli premise: a b hypothesis: c</s>");
}

TEST(TextForm, InOneStackTheTargetFollowsTheSource) {
  for (const Frame frame : {Frame::kPrefix, Frame::kCausal}) {
    const FormRequest request = request_of("sst2", frame, 100, {"negative", "positive"});
    const TokenBatch batch = batch_of(*make_form("text", request), labelled({"a b"}, "positive"));
    EXPECT_EQ(text(request.tokenizer, batch.ids), "sst2 sentence: a b</s>positive");
    EXPECT_EQ(text(request.tokenizer, said(batch)), "positive</s>");
    const int64_t source = batch.rows() - 8;
    EXPECT_EQ(batch.prefixes[0], frame == Frame::kPrefix ? source : 0);
    EXPECT_LT(batch.targets[static_cast<size_t>(source) - 2], 0);
    EXPECT_GE(batch.targets[static_cast<size_t>(source) - 1], 0);  // the source's last row says the first letter
  }
}

TEST(TextForm, ABlankStandsBehindTheSource) {
  const FormRequest request = request_of("classify", Frame::kBlank, 100, {"yes", "no"});
  const Tokenizer& t = request.tokenizer;
  const auto form = make_form("text", request);
  const TokenBatch batch = batch_of(*form, labelled({"a b"}, "no"));
  const Ids source = Ids{kCls} + t.encode("classify sentence: a b", AddSpecial::kNo) + Ids{*t.id("<|endoftext|>"), *t.id("[gMASK]")};
  EXPECT_EQ(batch.ids, (source + Ids{*t.id("<|startofpiece|>"), *t.id("no")}));
  EXPECT_EQ(said(batch), (Ids{*t.id("no"), *t.id("<|endofpiece|>")}));
  EXPECT_EQ(form->source(record_of({"a b"})), source);
  const auto mask = static_cast<int32_t>(source.size()) - 1;
  EXPECT_EQ(Ids(batch.positions.end() - 2, batch.positions.end()), (Ids{mask, mask}));
  EXPECT_EQ(Ids(batch.block_positions.end() - 2, batch.block_positions.end()), (Ids{1, 2}));
  EXPECT_EQ(batch.prefixes[0], static_cast<int64_t>(source.size()));
}

TEST(TextForm, AClozeHasItsMaskInTheMiddle) {
  const FormRequest request = request_of("mnli", Frame::kBlank, 100, {"entailment", "neutral", "contradiction"});
  const Tokenizer& t = request.tokenizer;
  const auto form = make_form("text", request);
  EXPECT_EQ(form->candidates(record_of({"a", "b"})), (std::vector<std::string>{"Yes", "Maybe", "No"}));
  const TokenBatch batch = batch_of(*form, labelled({"a b", "c"}, "neutral"));
  const auto id = [&](const char* token) { return *t.id(token); };
  EXPECT_EQ(batch.ids, (Ids{kCls, id("a"), id("b"), id("?"), kMask, id(","), id("c"), id("<|startofpiece|>"), id("maybe")}));
  EXPECT_EQ(batch.targets, (Ids{-100, -100, -100, -100, -100, -100, -100, id("maybe"), id("<|endofpiece|>")}));
  EXPECT_EQ(batch.positions, (Ids{0, 1, 2, 3, 4, 5, 6, 4, 4}));
  EXPECT_EQ(batch.block_positions, (Ids{0, 0, 0, 0, 0, 0, 0, 1, 2}));
  EXPECT_EQ(batch.prefixes[0], 7);
}

TEST(TextForm, AMaskInTheRecordIsNotTheBlank) {
  const FormRequest request = request_of("sst2", Frame::kBlank, 100, {"negative", "positive"});
  const TokenBatch batch = batch_of(*make_form("text", request), labelled({"a [MASK] b"}, "positive"));
  EXPECT_EQ(batch.ids[2], kMask);
  EXPECT_EQ(batch.positions.back(), 6);  // [CLS] a [MASK] b it was [MASK]
  EXPECT_EQ(batch.ids[6], kMask);
}

TEST(TextForm, ALongClozeIsCutFarFromItsMask) {
  const FormRequest request = request_of("mnli", Frame::kBlank, 11, {"entailment", "neutral", "contradiction"});
  const Tokenizer& t = request.tokenizer;
  const auto form = make_form("text", request);
  const auto id = [&](const char* token) { return *t.id(token); };
  const TokenBatch both = batch_of(*form, labelled({"a b c d e f", "g h i j a b"}, "neutral"));
  EXPECT_EQ(both.rows(), 11);
  EXPECT_EQ(both.ids, (Ids{kCls, id("e"), id("f"), id("?"), kMask, id(","), id("g"), id("h"), id("i"), id("<|startofpiece|>"), id("maybe")}));
  const TokenBatch one = batch_of(*form, labelled({"a", "g h i j a b c d"}, "neutral"));  // a short side keeps all of it
  EXPECT_EQ(one.ids, (Ids{kCls, id("a"), id("?"), kMask, id(","), id("g"), id("h"), id("i"), id("j"), id("<|startofpiece|>"), id("maybe")}));
}

TEST(TextForm, ALongSourceLosesTheEndsOfItsTexts) {
  const FormRequest request = request_of("boolq", Frame::kEncoderDecoder, 40, {"False", "True"});
  FormRequest open = request;
  open.labels = {};
  const auto form = make_form("text", open);
  const auto source = [&](const std::string& passage, const std::string& question) {
    return text(request.tokenizer, form->source(record_of({passage, question})));
  };
  // "boolq passage:  question: " and the end are 27 tokens, so that 13 are left for both texts.
  EXPECT_EQ(source("abcdefghi", "jklm"), "boolq passage: abcdefghi question: jklm</s>");
  EXPECT_EQ(source("abcdefghijklmn", "jklm"), "boolq passage: abcdefghi question: jklm</s>");
  EXPECT_EQ(source("abcdefghijklmn", "abcdefghijklmnop"), "boolq passage: abcdef question: abcdefg</s>");
  EXPECT_EQ(form->source(record_of({std::string(99, 'a'), "b"})).size(), 40u);
}

TEST(TextForm, NothingIsLongerThanTheContext) {
  Record r = record_of({std::string(300, 'a')});
  for (const Frame frame : {Frame::kEncoderDecoder, Frame::kPrefix, Frame::kCausal}) {
    for (const size_t target : {1, 15, 16, 200}) {
      FormRequest request = request_of("summarize", frame, 32);
      request.target_context = frame == Frame::kEncoderDecoder ? 16 : 0;
      const auto form = make_form("text", request);
      r.references = {std::string(target, 'b')};
      const TokenBatch batch = batch_of(*form, r);
      if (frame == Frame::kEncoderDecoder) {
        EXPECT_EQ(batch.encoder->rows(), 32);
        EXPECT_EQ(batch.rows(), std::min<int64_t>(16, static_cast<int64_t>(target) + 1));
      } else {
        EXPECT_EQ(batch.rows(), 32);
        EXPECT_EQ(form->source(r).size(), 33u - 16);  // an answer has room: its last token is no row
      }
      EXPECT_EQ(said(batch).back(), *roles_of(request.tokenizer).eos);
    }
  }
  FormRequest blank = request_of("summarize", Frame::kBlank, 32);
  r.texts[0] = "a";
  for (int i = 0; i < 60; ++i) r.texts[0] += " b";
  r.references = {"c d"};
  EXPECT_EQ(batch_of(*make_form("text", blank), r).rows(), 32);
}

TEST(TextForm, ChoicesAreAnsweredByTheLikeliestOfThem) {
  const auto form = make_form("text", request_of("swag", Frame::kEncoderDecoder, 100));
  Record r = record_of({"a"});
  r.choices = {"b", "c", "d"}, r.choice = 1;
  EXPECT_EQ(form->candidates(r), r.choices);
  const std::vector<double> likelihoods = {-2, -1, -3};
  const Prediction p = form->read_likelihoods(r, likelihoods);
  EXPECT_EQ(p.index, 1);
  EXPECT_NEAR(p.probabilities[0] / p.probabilities[1], std::exp(-1.0), 1e-6);
}

TEST(TextForm, AnswersThatAreWritten) {
  const auto number = make_form("text", request_of("stsb", Frame::kEncoderDecoder, 100));
  EXPECT_TRUE(number->candidates(record_of({"a", "b"})).empty());
  EXPECT_EQ(number->read_text(record_of({"a", "b"}), " 3.4").number, 3.4);
  EXPECT_EQ(number->read_text(record_of({"a", "b"}), "three").number, 0);
  const auto tags = make_form("text", request_of("tokens", Frame::kEncoderDecoder, 100, {"b", "o"}));
  Record r;
  r.words = {"a", "b", "c"};
  EXPECT_EQ(tags->read_text(r, "b  o").tags, (std::vector<std::string>{"b", "o", "O"}));
  EXPECT_EQ(tags->read_text(r, "b o b o").tags, (std::vector<std::string>{"b", "o", "b"}));
  const auto span = make_form("text", request_of("squad2", Frame::kEncoderDecoder, 100));
  EXPECT_EQ(said(batch_of(*span, record_of({"a", "b"}))), Ids{*roles_of(writer()).eos});  // no answer
  const Prediction place = span->read_text(record_of({"who", "Then MIA ran."}), " mia");
  EXPECT_EQ(place.text, "MIA");
  EXPECT_EQ(place.begin, 5u);
  EXPECT_EQ(place.end, 8u);
  const Prediction elsewhere = span->read_text(record_of({"who", "Then MIA ran."}), "ben");
  EXPECT_EQ(elsewhere.text, "ben");
  EXPECT_EQ(elsewhere.begin, elsewhere.end);
}

TEST(TextForm, AnswersWithUnknownCharactersAreNoted) {
  const auto form = make_form("text", request_of("summarize", Frame::kEncoderDecoder, 100));
  std::vector<Record> records(3, record_of({"a"}));
  for (Record& r : records) r.references = {"b"};
  EXPECT_EQ(form->note(records), "");
  records[1].references = {"50 %"};
  EXPECT_EQ(form->note(records),
            "1 of the first 3 answers hold characters that the tokenizer does not know (such as \"50 %\"): they are learned as <unk>");
}

TEST(TextForm, WhatCannotBeWrittenIsRefused) {
  EXPECT_SAYS(refusal([] { make_form("text", request_of("classify", Frame::kEncoderDecoder, 100, {"YES!"})); }), "cannot write the label \"YES!\"");
  Record half = record_of({"a", "b"});
  half.number = 2.5;
  FormRequest number = request_of("stsb", Frame::kEncoderDecoder, 100);
  const std::string_view few = "stbenc:1aegm5";  // no full stop
  number.tokenizer = train_char({&few, 1}, {"<pad>", "</s>", "<unk>"});
  EXPECT_SAYS(refusal([&] { make_form("text", number)->check({&half, 1}); }), "cannot write the number \"2.4\" (it becomes <unk>)");
  FormRequest encoder = request_of("classify", Frame::kBlank, 100);
  encoder.tokenizer = letters();
  EXPECT_SAYS(refusal([&] { make_form("text", encoder); }), "</s>");
  FormRequest no_blanks = request_of("classify", Frame::kBlank, 100);
  no_blanks.tokenizer = writer();
  EXPECT_SAYS(refusal([&] { make_form("text", no_blanks); }), "[gMASK]");
  const auto form = make_form("text", request_of("classify", Frame::kEncoderDecoder, 100, {"a", "b"}));
  const Record unseen = labelled({"a"}, "c");
  EXPECT_SAYS(refusal([&] { form->check({&unseen, 1}); }), "the label \"c\", which no record to train on has");
  // The words of a cloze are written, not the labels.
  EXPECT_EQ(refusal([] { make_form("text", request_of("rte", Frame::kBlank, 100, {"entailment", "not_entailment"})); }), "");
  EXPECT_SAYS(refusal([] { make_form("text", request_of("cola", Frame::kBlank, 100, {"unacceptable", "acceptable"})); }), "incorrect");
}

}  // namespace
}  // namespace gimbal
