// Each shape of objects becomes the record that it says.
#include "data/tasks/shapes.h"

#include "data/tasks/file_for_tests.h"

namespace gimbal {
namespace {

using Texts = std::vector<std::string>;

Record record_of(std::string_view object, std::string_view task) {
  std::vector<Record> records;
  const std::function<void(Record &&)> take = [&](Record&& r) { records.push_back(std::move(r)); };
  Sink sink{task_named(task), Unlabelled::kKeep, take};
  const Json json = parse_json(object, "the object");
  shape_of(json, sink.task).read(json, sink);
  EXPECT_EQ(records.size(), 1u);
  return records.at(0);
}

std::string error_of(std::string_view object, std::string_view task) {
  try {
    record_of(object, task);
    return "";
  } catch (const Error& e) {
    return e.what();
  }
}

TEST(Shapes, PairsByTheirManyKeys) {
  for (const std::string_view keys :
       {R"("premise": "a", "hypothesis": "b")", R"("sentence1": "a", "sentence2": "b")", R"("text_a": "a", "text_b": "b")",
        R"("question1": "a", "question2": "b")", R"("question": "a", "sentence": "b")"}) {
    const Record r = record_of(cat("{", keys, R"(, "label": "x", "idx": 12})"), "pair");
    EXPECT_EQ(r.texts, (Texts{"a", "b"})) << keys;
    EXPECT_EQ(r.label, "x");
    EXPECT_EQ(r.id, "12");
  }
  EXPECT_EQ(record_of(R"({"passage": "p", "question": "q", "answer": true})", "boolq").label, "True");
  EXPECT_EQ(record_of(R"({"sentence1": "a", "sentence2": "b", "score": "2.5"})", "stsb").number, 2.5);
}

TEST(Shapes, LabelsByNameCaseOrPlace) {
  for (const std::string_view label : {"1", "1.0", "\"1\"", "\"neutral\"", "\"Neutral\""})
    EXPECT_EQ(record_of(cat(R"({"premise": "a", "hypothesis": "b", "label": )", label, "}"), "mnli").label, "neutral") << label;
  for (const std::string_view label : {"1", "1.0", "\"1\"", "\"1.0\""})
    EXPECT_EQ(record_of(cat(R"({"text": "a", "label": )", label, "}"), "classify").label, "1") << label;
  for (const std::string_view label : {"1.5", "v1.0", ".0", "1.", "-.0"})
    EXPECT_EQ(record_of(cat(R"({"text": "a", "label": ")", label, "\"}"), "classify").label, label);
  EXPECT_EQ(record_of(R"({"text": "a", "label": true})", "sst2").label, "positive");
  EXPECT_EQ(record_of(R"({"text": "a", "label": false})", "classify").label, "false");
  expect_says(error_of(R"({"premise": "a", "hypothesis": "b", "label": 3})", "mnli"),
              {"\"3\" is no label of mnli", "entailment, neutral, contradiction"});
  expect_says(error_of(R"({"text": "a", "label": [1]})", "classify"), {"\"label\" must be a word or a number"});
}

TEST(Shapes, ANumberIsTheScoreRatherThanTheLabel) {
  const std::string_view both = R"({"sentence1": "a", "sentence2": "b", "label": 1, "score": 3.5})";
  for (const char* task : {"stsb", "similarity", "regress"}) EXPECT_EQ(record_of(both, task).number, 3.5) << task;
  EXPECT_EQ(record_of(both, "pair").label, "1");
}

TEST(Shapes, ChoicesInTheirManyForms) {
  const Record race = record_of(R"({"article": "A", "question": "Q", "options": ["x", "y", "z"], "answer": "C"})", "race");
  EXPECT_EQ(race.texts, (Texts{"A", "Q"}));
  EXPECT_EQ(race.choice, 2);
  const Record stem =
      record_of(R"({"answerKey": "B", "id": "i", "question": {"stem": "S", "choices": [{"label": "A", "text": "x"}, {"label": "B", "text": "y"}]}})",
                "commonsenseqa");
  EXPECT_EQ(stem.choices, (Texts{"x", "y"}));
  EXPECT_EQ(stem.choice, 1);
  const Record arc = record_of(R"({"question": "Q", "choices": {"text": ["x", "y"], "label": ["1", "2"]}, "answerKey": "2"})", "choice");
  EXPECT_EQ(arc.choice, 1);
  const Record hella = record_of(R"({"ctx": "C", "endings": ["x", "y"], "label": 1})", "choice");
  EXPECT_EQ(hella.texts, Texts{"C"});
  EXPECT_EQ(hella.choice, 1);
  expect_says(error_of(R"({"ctx": "C", "endings": ["x", "y"], "label": 2})", "choice"), {"\"2\" names none of the 2 choices", "0 to 1"});
  expect_says(error_of(R"({"ctx": "C", "endings": ["x"], "label": 0})", "choice"), {"at least two choices"});
  EXPECT_FALSE(record_of(R"({"ctx": "C", "endings": ["x", "y"]})", "choice").labelled);
}

TEST(Shapes, RaceArticlesGiveOneRecordAQuestion) {
  std::vector<Record> records;
  const std::function<void(Record &&)> take = [&](Record&& r) { records.push_back(std::move(r)); };
  Sink sink{task_named("race"), Unlabelled::kRefuse, take};
  const Json json =
      parse_json(R"({"id": "h1", "article": "A", "questions": ["P", "Q"], "options": [["x", "y"], ["u", "v"]], "answers": ["B", "A"]})", "o");
  shape_of(json, sink.task).read(json, sink);
  ASSERT_EQ(records.size(), 2u);
  EXPECT_EQ(records[1].id, "h1-1");
  EXPECT_EQ(records[1].texts[1], "Q");
  EXPECT_EQ(records[0].choice, 1);
}

TEST(Shapes, WordsNeedATagEach) {
  const Record r = record_of(R"({"words": ["a", "b"], "ner": ["O", "B-PER"]})", "tokens");
  EXPECT_EQ(r.tags, (Texts{"O", "B-PER"}));
  EXPECT_FALSE(record_of(R"({"tokens": ["a", "b"]})", "tokens").labelled);
  const std::string_view conll = R"({"tokens": ["a"], "pos_tags": ["NNP"], "chunk_tags": ["B-NP"], "ner_tags": ["B-PER"]})";
  EXPECT_EQ(record_of(conll, "pos").tags, Texts{"NNP"});
  EXPECT_EQ(record_of(conll, "conll2003").tags, Texts{"B-PER"});
  EXPECT_EQ(record_of(R"({"tokens": ["a"], "xpos": ["NN"], "upos": ["NOUN"]})", "pos").tags, Texts{"NOUN"});
  expect_says(error_of(R"({"tokens": ["a", "b"], "tags": ["O"]})", "tokens"), {"2 words but 1 tags"});
}

TEST(Shapes, ConversationsWithTheirRoles) {
  const Record r = record_of(R"({"conversations": [{"from": "human", "value": "hi"}, {"from": "gpt", "value": "hello"}]})", "chat");
  EXPECT_EQ(r.messages, (std::vector<Message>{{"user", "hi"}, {"assistant", "hello"}}));
  EXPECT_FALSE(record_of(R"({"messages": [{"role": "user", "content": "hi"}]})", "chat").labelled);
  expect_says(error_of(R"({"messages": [{"role": "king", "content": "hi"}]})", "chat"), {"\"king\"", "system, user, assistant or tool"});
  expect_says(error_of(R"({"messages": []})", "chat"), {"with something in it"});
}

TEST(Shapes, TextsFromTexts) {
  const Record pair = record_of(R"({"translation": {"en": "dog", "de": "Hund"}})", "translate");
  EXPECT_EQ(pair.languages, (Texts{"en", "de"}));
  EXPECT_EQ(pair.texts, Texts{"dog"});
  EXPECT_EQ(pair.references, Texts{"Hund"});
  EXPECT_EQ(record_of(R"({"prompt": "p", "completion": "c"})", "text-to-text").references, Texts{"c"});
  EXPECT_EQ(record_of(R"({"instruction": "i", "input": "n", "output": "o"})", "text-to-text").texts, (Texts{"i", "n"}));
  EXPECT_EQ(record_of(R"({"instruction": "i", "input": "", "output": "o"})", "chat").texts, Texts{"i"});
  EXPECT_EQ(record_of(R"({"article": "a", "highlights": ["h", "i"]})", "summarize").references, Texts{"h\ni"});
  EXPECT_EQ(record_of(R"({"article": "a", "summary": ["h", "i"]})", "summarize").references, (Texts{"h", "i"}));
  EXPECT_EQ(record_of(R"({"source": "s", "target": "t"})", "text-to-text").texts, Texts{"s"});
  expect_says(error_of(R"({"translation": {"en": "dog"}})", "translate"), {"two languages"});
}

TEST(Shapes, TriplesForEmbeddings) {
  EXPECT_EQ(record_of(R"({"query": "q", "positive": "p", "negative": ["m", "n"]})", "embed").texts, (Texts{"q", "p", "m", "n"}));
  EXPECT_EQ(record_of(R"({"anchor": "q", "positive": "p"})", "embed").texts, (Texts{"q", "p"}));
  EXPECT_EQ(record_of(R"({"sentence1": "a", "sentence2": "b", "score": 3})", "similarity").number, 3);
}

TEST(Shapes, AnswersAreCountedInCharacters) {
  const std::string context = "naïve 日本 👍🏽 ok";
  EXPECT_EQ(byte_of_character(context, 0), 0u);
  EXPECT_EQ(byte_of_character(context, 3), 4u);
  EXPECT_EQ(byte_of_character(context, 14), context.size());
  EXPECT_EQ(byte_of_character(context, 15), std::string_view::npos);
  const auto answers = read_answers(Json::parse(R"([{"text": "ok", "answer_start": 12}, {"text": "日本", "answer_start": 6}])"), context);
  for (const Answer& a : answers) EXPECT_EQ(context.substr(a.begin, a.end - a.begin), a.text);
  EXPECT_THROW(read_answers(Json::parse(R"([{"text": "ok", "answer_start": 13}])"), context), Error);
  EXPECT_THROW(read_answers(Json::parse(R"([{"text": "ok", "answer_start": -1}])"), context), Error);
  EXPECT_THROW(read_answers(Json::parse(R"([{"text": "ok", "answer_start": 99}])"), context), Error);
  EXPECT_THROW(read_answers(Json::parse(R"({"text": ["ok"], "answer_start": []})"), context), Error);
  for (const char* none :
       {R"({"text": [], "answer_start": []})", R"({"text": [""], "answer_start": [-1]})", R"([{"text": "", "answer_start": 0}])", "null"})
    EXPECT_TRUE(read_answers(Json::parse(none), context).empty()) << none;
  const Record null = record_of(R"({"question": "q", "context": "c", "answers": null})", "squad2");
  EXPECT_TRUE(null.labelled && null.answers.empty());
}

}  // namespace
}  // namespace gimbal
