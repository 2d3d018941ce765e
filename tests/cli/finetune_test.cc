// gimbal finetune, predict and eval from outside: a small task from file to score, and what is refused.
#include <gtest/gtest.h>

#include <sstream>

#include "cli/gimbal_process.h"
#include "data/forms/samples_for_tests.h"
#include "text/train_bpe.h"

namespace gimbal {
namespace {

std::string file(const std::string& name, const std::string& text) {
  const fs::path path = scratch() / name;
  fs::create_directories(path.parent_path());
  write_file(path, text);
  return path.string();
}

const std::string& tokenizer_directory() {
  static const std::string path = [] {
    samples::letters().save(scratch() / "letter-pieces");
    return (scratch() / "letter-pieces").string();
  }();
  return path;
}

std::string finetune(const std::string& task, const std::string& data, const std::string& out, const std::string& more = "",
                     const char* family = "bert", const std::string& tokenizer = tokenizer_directory()) {
  return cat("finetune --quiet --model ", family, " --tokenizer ", tokenizer,
             " --set model.layers=1 --set model.width=16 --set model.heads=2 --set model.context=32 --task ", task, " --data ", data, " --out ",
             (scratch() / out).string(), " ", more);
}

// Texts with an "a" are good.
std::string opinions(int count, const std::string& good = "good") {
  std::string lines;
  for (int i = 0; i < count; ++i) {
    const char letter = static_cast<char>('a' + i % 2), other = static_cast<char>('c' + i / 2 % 6);
    lines += cat(R"({"text": ")", other, " ", letter, R"(", "label": ")", i % 2 == 0 ? good : "bad", "\"}\n");
  }
  return lines;
}

const std::string& opinion_model() {
  static const std::string best = [] {
    file("opinions/train.jsonl", opinions(64));
    file("opinions/valid.jsonl", opinions(12));
    const Ran ran = gimbal(finetune("classify", (scratch() / "opinions").string(), "run", "--json --epochs 20 --lr 1e-2"));
    EXPECT_EQ(ran.code, 0) << ran.err;
    EXPECT_EQ(ran.json()["scores"]["accuracy"], 1.0) << ran.out;
    return (scratch() / "run" / "best").string();
  }();
  return best;
}

std::vector<Json> lines_of(const std::string& out) {
  std::vector<Json> all;
  std::istringstream lines(out);
  for (std::string line; std::getline(lines, line);) all.push_back(parse_json(line, "a prediction"));
  return all;
}

TEST(FinetuneCommand, TheModelSaysHowItIsAsked) {
  const Json task = parse_json(read_file(fs::path(opinion_model()) / "task.json"), "task.json");
  EXPECT_EQ(task["task"], "classify");
  EXPECT_EQ(task["form"], "classify");
  EXPECT_EQ(task["labels"], Json({"bad", "good"}));
  const Ran eval = gimbal("eval --json --model " + opinion_model() + " --data " + (scratch() / "opinions").string());
  ASSERT_EQ(eval.code, 0) << eval.err;
  EXPECT_EQ(eval.json()["records"], 12);
  EXPECT_EQ(eval.json()["accuracy"], 1.0);
  EXPECT_NE(gimbal("eval --model " + opinion_model() + " --data " + (scratch() / "opinions").string()).out.find("classify, 12 records:  accuracy 1"),
            std::string::npos);
}

TEST(PredictCommand, TakesTextsInEveryForm) {
  const std::string predict = "predict --model " + opinion_model();
  const auto labels = [&](const Ran& ran) {
    EXPECT_EQ(ran.code, 0) << ran.err;
    std::vector<std::string> labels;
    for (const Json& line : lines_of(ran.out)) {
      labels.push_back(line["label"]);
      EXPECT_NEAR(line["probabilities"]["good"].get<double>() + line["probabilities"]["bad"].get<double>(), 1, 1e-9);
    }
    return labels;
  };
  const std::vector<std::string> expected = {"good", "bad"};
  EXPECT_EQ(labels(gimbal(predict + " --text 'c a' --text 'd b'")), expected);
  EXPECT_EQ(labels(gimbal(predict, "c a\r\nd b\n")), expected);
  EXPECT_EQ(labels(gimbal(predict, "[c] a\n{d b\n")), expected);  // no JSON, only texts that begin like it
  EXPECT_EQ(labels(gimbal(predict, "{\"text\": \"c a\"}\n{\"text\": \"d b\", \"label\": \"bad\"}\n")), expected);
  EXPECT_EQ(labels(gimbal(predict, "\n[ {\"text\": \"c a\"},\n  {\"text\":\n \"d b\"} ]\n")), expected);
  EXPECT_EQ(labels(gimbal(predict, "{\n  \"text\": \"c a\"\n}\n")), std::vector<std::string>{"good"});
  EXPECT_EQ(labels(gimbal(predict + " --input " + file("two.tsv", "sentence\tlabel\nc a\tgood\nd b\tbad\n"))), expected);
  const fs::path out = scratch() / "said.jsonl";
  EXPECT_EQ(gimbal(predict + " --text 'c a' --out " + out.string()).out, "");
  EXPECT_EQ(lines_of(read_file(out)).at(0)["label"], "good");
}

TEST(PredictCommand, NamesTheLineOfABadRecord) {
  const std::string predict = "predict --model " + opinion_model();
  const Ran tabbed = gimbal(predict + " --input " + file("blank.tsv", "sentence\tlabel\nc a\tgood\n \tbad\n"));
  EXPECT_EQ(tabbed.code, 2);
  EXPECT_NE(tabbed.err.find("blank.tsv line 3 has an empty text"), std::string::npos) << tabbed.err;
  const Ran trained = gimbal(finetune("classify", file("blank.jsonl", opinions(4) + "{\"text\": \"\", \"label\": \"bad\"}\n"), "blank-run"));
  EXPECT_EQ(trained.code, 2);
  EXPECT_NE(trained.err.find("blank.jsonl line 5 has an empty text"), std::string::npos) << trained.err;
  EXPECT_EQ(trained.err.find("while :"), std::string::npos) << trained.err;
}

TEST(FinetuneCommand, ASecondTextMayBeEmpty) {
  std::string lines;
  for (int i = 0; i < 4; ++i) lines += cat(R"({"text_a": "a", "text_b": ")", i % 2 ? "" : "b", R"(", "label": )", i % 2, "}\n");
  for (const auto& [family, tokenizer] : {std::pair{"bert", tokenizer_directory()}, {"gpt1", letters_directory()}}) {
    const Ran ran = gimbal(finetune("pair", file("pairs.jsonl", lines), cat("pairs-", family), "--steps 1", family, tokenizer));
    EXPECT_EQ(ran.code, 0) << ran.err;
    const Ran said = gimbal(cat("predict --model ", (scratch() / cat("pairs-", family) / "last").string()), R"({"text_a": "a", "text_b": ""})");
    EXPECT_EQ(lines_of(said.out).size(), 1u) << said.err;
  }
}

TEST(FinetuneCommand, ShowsTagsByName) {
  std::string lines;
  for (int i = 0; i < 4; ++i) lines += "{\"tokens\": [\"a\", \"b\"], \"tags\": [\"B-PER\", \"O\"]}\n";
  const Ran ran = gimbal(finetune("tokens", file("tags.jsonl", lines), "shown-tags", "--show 1"));
  EXPECT_NE(ran.out.find("B-PER O"), std::string::npos) << ran.out << ran.err;
}

TEST(FinetuneCommand, NumbersAsTagsAreScoredByTheWord) {
  std::string lines;
  for (int i = 0; i < 8; ++i) lines += "{\"tokens\": [\"a\", \"b\"], \"ner_tags\": [3, 0]}\n";
  const Ran ran = gimbal(finetune("conll2003", file("numbers-as-tags.jsonl", lines), "number-tags", "--json --epochs 30 --lr 1e-2"));
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(ran.json()["scores"], Json({{"word-accuracy", 1.0}})) << ran.out;
}

TEST(PredictCommand, AnswersCountCharacters) {
  const std::string context = "\u00e9\u00e8 a b \u4e2d c";
  const std::string data =
      file("span/train.jsonl", cat(R"({"question": "a", "context": ")", context, R"(", "answers": {"text": ["b"], "answer_start": [5]}})", "\n"));
  ASSERT_EQ(gimbal(finetune("squad", data, "span-run")).code, 0);
  const Ran ran = gimbal("predict --model " + (scratch() / "span-run/best").string() + " --text 'a\t" + context + "'");
  ASSERT_EQ(ran.code, 0) << ran.err;
  const Json said = lines_of(ran.out).at(0);
  const std::vector<std::string> characters = {"\u00e9", "\u00e8", " ", "a", " ", "b", " ", "\u4e2d", " ", "c"};
  std::string cut;
  for (auto i = said["begin"].get<size_t>(); i < said["end"].get<size_t>(); ++i) cut += characters.at(i);
  EXPECT_EQ(cut, said["answer"]);
  EXPECT_FALSE(cut.empty());
}

TEST(PredictCommand, WrittenAnswersHaveTheirPlaceInTheContext) {
  const std::string_view alphabet = "abcdefghijklmnopqrstuvwxyz: ";
  train_char({&alphabet, 1}, {"<pad>", "</s>", "<unk>"}).save(scratch() / "span-letters");
  std::string lines;
  for (int i = 0; i < 8; ++i) lines += "{\"question\": \"a\", \"context\": \"a b c\", \"answers\": {\"text\": [\"b\"], \"answer_start\": [2]}}\n";
  const Ran ran = gimbal(finetune("squad", file("written.jsonl", lines), "written-run", "--steps 60 --lr 1e-2 --set model.encoder_layers=1", "t5",
                                  (scratch() / "span-letters").string()));
  ASSERT_EQ(ran.code, 0) << ran.err;
  const std::string predict = "predict --model " + (scratch() / "written-run/best").string();
  const Json there = lines_of(gimbal(predict + " --text 'a\ta b c'").out).at(0), elsewhere = lines_of(gimbal(predict + " --text 'a\ta c'").out).at(0);
  EXPECT_EQ(there, Json({{"id", "0"}, {"answer", "b"}, {"begin", 2}, {"end", 3}}));
  EXPECT_EQ(elsewhere.contains("begin"), elsewhere["answer"] == "a" || elsewhere["answer"] == "c") << elsewhere;
}

TEST(FinetuneCommand, LearnsSeveralTasksTogether) {
  file("joint/opinions/train.jsonl", opinions(40));
  file("joint/opinions/valid.jsonl", opinions(8));
  std::string numbers;
  for (int i = 0; i < 40; ++i) numbers += cat(R"({"text": ")", i % 2 ? "a" : "b", R"( c", "label": )", i % 2, "}\n");
  file("joint/numbers.jsonl", numbers);
  const std::string folder = (scratch() / "joint").string();
  train_byte({"<pad>", "</s>"}).save(scratch() / "joint-bytes");
  const std::string bytes = (scratch() / "joint-bytes").string();
  const std::string asked = finetune("classify,regress", "classify=" + folder + "/opinions", "joint-run",
                                     "--data regress=" + folder + "/numbers.jsonl --steps 3 --json --set task.mixture.rule=equal", "t5", bytes);
  const Ran ran = gimbal(asked);
  ASSERT_EQ(ran.code, 0) << ran.err;
  const Json scores = ran.json()["scores"];
  for (const char* name : {"mean", "classify accuracy", "regress pearson"}) EXPECT_TRUE(scores.contains(name)) << scores;
  EXPECT_TRUE(scores["mean"].is_number()) << scores;  // though the numbers that it writes may be all alike
  const std::string model = (scratch() / "joint-run/last").string();
  const Ran eval = gimbal(cat("eval --json --task classify --model ", model, " --data ", folder, "/opinions"));
  ASSERT_EQ(eval.code, 0) << eval.err;
  EXPECT_EQ(eval.json()["records"], 8);
  EXPECT_EQ(eval.json()["accuracy"], scores["classify accuracy"]);
  const Ran said = gimbal(cat("predict --task regress --model ", model, " --text 'a c'"));
  EXPECT_TRUE(lines_of(said.out).at(0).contains("number")) << said.out << said.err;
  EXPECT_NE(gimbal(cat("predict --model ", model, " --text 'a c'")).err.find("say which with --task: classify, regress"), std::string::npos);

  const std::pair<std::string, const char*> refused[] = {
      {finetune("classify,regress", folder + "/opinions", "none", "", "t5", bytes), "classify="},
      {finetune("classify,regress", "classify=" + folder + "/opinions", "none", "", "t5", bytes), "no data of the task regress"},
      {finetune("classify,classify", "classify=" + folder + "/opinions", "none", "", "t5", bytes), "named twice"},
      {finetune("classify,regress", "classify=" + folder + "/opinions --data regress=" + folder + "/numbers.jsonl", "none", "", "bert"), "encoder"},
      {finetune("classify,embed", "classify=" + folder + "/opinions --data embed=" + folder + "/numbers.jsonl", "none", "", "t5", bytes), "embed"},
  };
  for (const auto& [command, says] : refused) {
    const Ran no = gimbal(command);
    EXPECT_EQ(no.code, 2) << command;
    EXPECT_NE(no.err.find(says), std::string::npos) << command << "\n" << no.err;
    EXPECT_FALSE(fs::exists(scratch() / "none" / "log.jsonl")) << command;
  }
}

TEST(FinetuneCommand, SomeRecordsAreHeldOutWhereNoneAreGiven) {
  const Ran ran = gimbal(finetune("classify", file("alone.jsonl", opinions(6)), "alone", "--json"));
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_TRUE(ran.json()["scores"].contains("accuracy")) << ran.out;
}

TEST(FinetuneCommand, ListsTheTasks) {
  const Ran ran = gimbal("finetune --help");
  for (const char* task : {"mnli", "squad2", "conll2003", "translate"}) EXPECT_NE(ran.out.find(task), std::string::npos) << task;
}

struct Refused {
  std::string arguments, says, input = "";
};

void expect_refusals(const std::vector<Refused>& all) {
  for (const Refused& refused : all) {
    const Ran ran = gimbal(refused.arguments, refused.input);
    EXPECT_EQ(ran.code, 2) << refused.arguments;
    EXPECT_TRUE(is_one_sentence(ran.err)) << ran.err;
    EXPECT_NE(ran.err.find(refused.says), std::string::npos) << ran.err;
    EXPECT_EQ(ran.out, "") << refused.arguments;
  }
}

TEST(FinetuneCommand, RefusesInASentenceAndWritesNothing) {
  const std::string good = file("good.jsonl", opinions(8));
  file("unseen/train.jsonl", opinions(8));
  file("unseen/valid.jsonl", opinions(8, "fine"));
  const std::string answer = R"({"question": "a", "context": "b c", "answers": {"text": ["d"], "answer_start": [0]}})";
  const std::string choices = R"({"question": "a", "choices": ["b", "c"], "label": 0})"
                              "\n"
                              R"({"question": "a", "choices": ["b", "c", "d"], "label": 0})"
                              "\n";
  expect_refusals({
      {finetune("clasify", good, "none"), "did you mean"},
      {finetune("summarize", file("pairs.jsonl", R"({"source": "a", "target": "b"})"), "none"), "is an encoder, which writes none"},
      {finetune("classify", (scratch() / "unseen").string(), "none"), "the label \"fine\", which no record to train on has"},
      {finetune("classify", file("empty.jsonl", "{\"text\": \"\", \"label\": \"good\"}\n" + opinions(3)), "none"), "empty"},
      {finetune("swag", file("unequal.jsonl", choices + choices), "none"), "all need the same number"},
      {finetune("squad", file("elsewhere.jsonl", answer), "none"), "d"},
      {finetune("classify", file("words.jsonl", R"({"tokens": ["a"], "tags": ["O"]})"), "none"), "\"tokens\""},
      {finetune("classify", (scratch() / "nowhere").string(), "none"), "there is no data at"},
      {finetune("classify", good, "none", "--context 33"), "longer than the model's context of 32"},
      {finetune("classify", good, "none", "--context 2"), "no room"},
      {finetune("classify", good, "none", "--set task.form=text"), "writes no text"},
      {finetune("classify", good, "none", "--set task.form=head", "t5"), "neither"},
      {"finetune --quiet --model bert --task classify --data " + good + " --out " + (scratch() / "none").string(), "needs --tokenizer"},
      {"finetune --quiet --model bert --data " + good + " --out " + (scratch() / "none").string(), "give --task"},
  });
  EXPECT_FALSE(fs::exists(scratch() / "none" / "log.jsonl"));
  EXPECT_FALSE(fs::exists(scratch() / "none" / "tokenizer.json"));
}

TEST(PredictCommand, RefusesInASentence) {
  const std::string predict = "predict --model " + opinion_model();
  expect_refusals({
      {predict, "standard input is empty"},
      {predict, "text 2 is empty", "c a\n\nd b\n"},
      {predict + " --text 'a\tb'", "text 1 has 2 parts"},
      {predict, "standard-input.json line 2", "{\"text\": \"a\"}\n{\"text\": \n"},
      {"predict --model " + letters_directory() + " --text a", "run gimbal finetune first"},
      {"eval --model " + opinion_model() + " --data " + file("new.jsonl", opinions(4, "fine")), "\"fine\""},
      {"eval --model " + opinion_model() + " --split test --data " + (scratch() / "opinions").string(), "has no test file"},
  });
}

}  // namespace
}  // namespace gimbal
