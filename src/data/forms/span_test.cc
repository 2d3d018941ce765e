// Questions answered by a stretch of a context: windows, targets, and the way back to bytes.
#include <algorithm>

#include "data/forms/samples_for_tests.h"

namespace gimbal {
namespace {

using namespace samples;

Record asked(const std::string& question, const std::string& context, const std::string& answer = "") {
  Record r = record_of({question, context});
  if (answer.empty()) return r;
  const size_t begin = context.find(answer);
  r.answers = {{answer, begin, begin + answer.size()}};
  return r;
}

// Scores of begin and end, high where they are set.
struct Said {
  std::vector<std::vector<float>> values;

  explicit Said(const std::vector<size_t>& rows) {
    for (const size_t n : rows) values.emplace_back(2 * n, -50.f);
  }
  Said& begin(size_t part, size_t row, float score) { return values[part][2 * row] = score, *this; }
  Said& end(size_t part, size_t row, float score) { return values[part][2 * row + 1] = score, *this; }
};

Prediction read(const TaskForm& form, const Record& r, const Said& said) {
  std::vector<HeadAnswer> answers;
  for (const auto& values : said.values) answers.push_back({values, 2});
  return form.read(r, answers);
}

TEST(SpanForm, TargetsAreRowsOfTheAnswer) {
  const auto form = make_form("span", encoder_request("squad", 32));
  const Record r = asked("ab", "c de f", "de");
  const TokenBatch batch = batch_of(*form, r);
  EXPECT_EQ(batch.ids, (Ids{kCls, 5, 16, kSep, 7, 8, 19, 10, kSep}));
  EXPECT_EQ(batch.types, (Ids{0, 0, 0, 0, 1, 1, 1, 1, 1}));
  EXPECT_EQ(batch.span_begins, (Ids{5}));
  EXPECT_EQ(batch.span_ends, (Ids{6}));
  const TokenBatch none = batch_of(*form, asked("ab", "c de f"));
  EXPECT_EQ(none.span_begins, (Ids{0}));
  EXPECT_EQ(none.span_ends, (Ids{0}));
  Record unlabelled = r;
  unlabelled.labelled = false;
  EXPECT_TRUE(batch_of(*form, unlabelled).span_begins.empty());
}

TEST(SpanForm, ADecoderSaysNoneAtItsLastToken) {
  const auto form = make_form("span", decoder_request("squad2", 32));
  EXPECT_EQ(batch_of(*form, asked("ab", "cde")).span_begins, (Ids{7}));
  EXPECT_EQ(batch_of(*form, asked("ab", "cde", "e")).span_begins, (Ids{6}));
  const Prediction p = read(*form, asked("ab", "cde"), Said({8}).begin(0, 7, 1).end(0, 7, 1).begin(0, 4, 0.5f).end(0, 5, 1));
  EXPECT_EQ(p.text, "");
  EXPECT_FLOAT_EQ(static_cast<float>(p.null_score), 0.5f);
  EXPECT_EQ(p.best[0].answer.text, "cd");
}

TEST(SpanForm, WindowsOverlapByTheStride) {
  FormRequest request = encoder_request("squad", 10);
  request.stride = 2;
  const auto form = make_form("span", request);
  const Record r = asked("a", "a b c d e f g h i j", "g h");  // ten tokens, six a window, four further each
  ASSERT_EQ(form->parts(r), 2);
  const TokenBatch first = batch_of(*form, r, 0), second = batch_of(*form, r, 1);
  EXPECT_EQ(first.ids, (Ids{kCls, 5, kSep, 5, 6, 7, 8, 9, 10, kSep}));
  EXPECT_EQ(second.ids, (Ids{kCls, 5, kSep, 9, 10, 11, 12, 13, 14, kSep}));
  EXPECT_EQ(first.span_begins, (Ids{0}));  // the answer is elsewhere
  EXPECT_EQ(second.span_begins, (Ids{5}));
  EXPECT_EQ(second.span_ends, (Ids{6}));
  // Half in the first window is none of it.
  const Record cut = asked("a", "a b c d e f g h i j", "f g");
  EXPECT_EQ(batch_of(*form, cut, 0).span_begins, (Ids{0}));
  EXPECT_EQ(batch_of(*form, cut, 1).span_begins, (Ids{4}));
  // One token more takes a third window, one that just fits takes none.
  EXPECT_EQ(form->parts(asked("a", "a b c d e f g h i j a")), 3);
  EXPECT_EQ(form->parts(asked("a", "a b c d e f")), 1);
}

TEST(SpanForm, AStrideWiderThanTheWindowStillGoesOn) {
  FormRequest request = encoder_request("squad", 10);
  request.stride = 1000;
  const Record r = asked("a", "a b c d e f g h i j");
  EXPECT_EQ(make_form("span", request)->parts(r), 3);  // half a window further each: 0-6, 3-9, 6-10
}

TEST(SpanForm, TheBestAnswerOfAllWindows) {
  FormRequest request = encoder_request("squad", 10);
  request.stride = 2;
  const auto form = make_form("span", request);
  const Record r = asked("a", "a b c d e f g h i j");
  Said said({10, 10});
  said.begin(0, 3, 1).end(0, 4, 1).begin(0, 0, 3).end(0, 0, 3);  // "a b", in a window that says there is none
  said.begin(1, 8, 2).end(1, 8, 1);                              // "j"
  // "e" stands in both windows.
  said.begin(0, 7, 0.25f).end(0, 7, 0.5f).begin(1, 3, 0.125f).end(1, 3, 0.5f);
  const Prediction p = read(*form, r, said);
  EXPECT_EQ(p.text, "j");
  EXPECT_EQ(r.texts[1].substr(p.begin, p.end - p.begin), "j");
  EXPECT_EQ(p.best[1].answer.text, "a b");
  EXPECT_EQ(p.best[1].score, 2);
  EXPECT_EQ(std::count_if(p.best.begin(), p.best.end(), [](const ScoredAnswer& a) { return a.answer.text == "e"; }), 1);
  for (size_t i = 1; i < p.best.size(); ++i) EXPECT_GE(p.best[i - 1].score, p.best[i].score);
  EXPECT_LE(p.best.size(), 20u);
}

TEST(SpanForm, OnlyWhereQuestionsMayLackAnAnswerThereIsNone) {
  const Record r = asked("a", "b c");
  const Said none = Said({6}).begin(0, 0, 2).end(0, 0, 2).begin(0, 3, 1).end(0, 4, 1);
  EXPECT_EQ(read(*make_form("span", encoder_request("squad", 32)), r, none).text, "b c");
  const Prediction p = read(*make_form("span", encoder_request("squad2", 32)), r, none);
  EXPECT_EQ(p.text, "");
  EXPECT_EQ(p.null_score, 2);
  EXPECT_EQ(p.best[0].answer.text, "b c");
  // With several windows the least sure "none" counts.
  FormRequest request = encoder_request("squad2", 10);
  request.stride = 2;
  Said windows({10, 10});
  windows.begin(0, 0, 9).end(0, 0, 9).begin(1, 0, 0).end(1, 0, 1).begin(1, 8, 2).end(1, 8, 1);
  EXPECT_EQ(read(*make_form("span", request), asked("a", "a b c d e f g h i j"), windows).text, "j");
}

TEST(SpanForm, AnswersGoForwardAndAreNotTooLong) {
  FormRequest request = encoder_request("squad", 32);
  request.longest_answer = 2;
  const auto form = make_form("span", request);
  const Record r = asked("a", "b c d e f");  // rows 3 to 7
  Said said({9});
  said.begin(0, 7, 5).end(0, 3, 5);  // ends before it begins
  said.begin(0, 4, 4).end(0, 6, 4);  // three tokens
  said.begin(0, 5, 1);
  EXPECT_EQ(read(*form, r, said).text, "d e");
  for (const ScoredAnswer& a : read(*form, r, said).best) {
    EXPECT_LT(a.answer.begin, a.answer.end);
    EXPECT_LE(a.answer.text.size(), 3u);
  }
}

TEST(SpanForm, LongQuestionsAreCut) {
  std::string question = "a";
  for (int i = 0; i < 99; ++i) question += " b";
  const auto roomy = make_form("span", encoder_request("squad", 512));
  EXPECT_EQ(batch_of(*roomy, asked(question, "c")).ids.size(), 64u + 1 + 3);
  const auto narrow = make_form("span", encoder_request("squad", 13));
  const TokenBatch batch = batch_of(*narrow, asked(question, "c d e f g h i"));
  EXPECT_EQ(batch.ids, (Ids{kCls, 5, 6, 6, 6, 6, kSep, 7, 8, 9, 10, 11, kSep}));  // half of the room each
  EXPECT_SAYS(refusal([&] { batch_of(*make_form("span", encoder_request("squad", 3)), asked("a", "b")); }), "no room");
}

TEST(SpanForm, RecordsOfTheWrongShapeAreRefused) {
  const auto form = make_form("span", encoder_request("squad", 32));
  const Record one = record_of({"a"}), empty = asked("a", "");
  EXPECT_SAYS(refusal([&] { form->check({&one, 1}); }), "a question and its context are two");
  EXPECT_SAYS(refusal([&] { form->check({&empty, 1}); }), "empty text");
}

// Whatever pair of rows the head prefers, what comes out is a part of the context that cuts no character in two.
void expect_exact_parts(const TaskForm& form, const std::string& context) {
  const Record r = asked("a", context);
  ASSERT_EQ(form.parts(r), 1);
  const auto rows = static_cast<size_t>(batch_of(form, r).rows());
  size_t answers = 0;
  for (size_t first = 0; first < rows; ++first) {
    for (size_t last = first; last < rows; ++last) {
      const Prediction p = read(form, r, Said({rows}).begin(0, first, 9).end(0, last, 9));
      for (const ScoredAnswer& a : p.best) {
        ++answers;
        ASSERT_EQ(context.substr(a.answer.begin, a.answer.end - a.answer.begin), a.answer.text);
        ASSERT_NE(static_cast<unsigned char>(a.answer.text[0]) & 0xC0, 0x80) << a.answer.text;
        ASSERT_TRUE(a.answer.end == context.size() || (static_cast<unsigned char>(context[a.answer.end]) & 0xC0) != 0x80) << a.answer.text;
        ASSERT_FALSE(context.substr(a.answer.end).starts_with("\u0301")) << "an accent was cut off: " << a.answer.text;
        ASSERT_FALSE(context.substr(a.answer.end).starts_with("\U0001F3FD")) << "half an emoji: " << a.answer.text;
      }
    }
  }
  EXPECT_GT(answers, 0u);
}

TEST(SpanForm, AnswersAreExactPartsOfAnyText) {
  const auto encoder = make_form("span", encoder_request("squad", 128));
  const auto decoder = make_form("span", decoder_request("squad", 128));  // a token a byte: most of them cut a character
  for (const std::string context :
       {"a caf\u00e9 b", "cafe\u0301 de\u0301f", "\u4e2d\u6587\u5b57 ab", "ab \U0001F44D\U0001F3FD cd", "\u00dcber \u2014 a"}) {
    expect_exact_parts(*encoder, context);
    expect_exact_parts(*decoder, context);
  }
}

TEST(SpanForm, TargetsFindAnswersBehindAccents) {
  FormRequest request = encoder_request("squad", 64);
  const auto form = make_form("span", request);
  const Record r = asked("a", "\u00e9\u00e8 \u00fc b c", "b");  // each accent two bytes, one character
  const TokenBatch batch = batch_of(*form, r);
  const auto row = static_cast<size_t>(batch.span_begins[0]);
  EXPECT_EQ(batch.ids[row], 6);
  EXPECT_EQ(batch.span_ends[0], batch.span_begins[0]);
}

}  // namespace
}  // namespace gimbal
