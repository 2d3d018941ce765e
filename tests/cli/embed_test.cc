// gimbal embed, and finetune, predict and eval of the tasks embed, similarity and rerank, from outside.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <sstream>

#include "cli/gimbal_process.h"
#include "data/forms/samples_for_tests.h"

namespace gimbal {
namespace {

std::string input_file(const std::string& name, const std::string& text) {
  write_file(scratch() / name, text);
  return (scratch() / name).string();
}

const std::string& pieces_directory() {
  static const std::string path = [] {
    samples::letters().save(scratch() / "embed-pieces");
    return (scratch() / "embed-pieces").string();
  }();
  return path;
}

std::string teach(const std::string& task, const std::string& data, const std::string& out, const std::string& more = "") {
  return cat("finetune --quiet --model bert --tokenizer ", pieces_directory(),
             " --set model.layers=1 --set model.width=16 --set model.heads=2 --set model.context=32 --task ", task, " --data ", data, " --out ",
             (scratch() / out).string(), " ", more);
}

// Each letter lies near the one that stands five places on.
std::string letter_pairs(int count) {
  std::string lines;
  for (int i = 0; i < count; ++i)
    lines += cat(R"({"anchor": ")", static_cast<char>('a' + i % 5), R"(", "positive": ")", static_cast<char>('f' + i % 5), "\"}\n");
  return lines;
}

const std::string& embedding_model() {
  static const std::string best = [] {
    const std::string data = input_file("pairs.jsonl", letter_pairs(60));
    const Ran ran = gimbal(teach("embed", data, "embed-run", "--json --epochs 12 --batch-size 10 --lr 1e-2"));
    EXPECT_EQ(ran.code, 0) << ran.err;
    EXPECT_EQ(ran.json()["scores"]["mrr@10"], 1.0) << ran.out;
    EXPECT_FALSE(ran.json()["scores"].contains("accuracy")) << "there are no negatives to choose among";
    return (scratch() / "embed-run" / "best").string();
  }();
  return best;
}

std::vector<Json> json_lines(const std::string& out) {
  std::vector<Json> all;
  std::istringstream lines(out);
  for (std::string line; std::getline(lines, line);) all.push_back(parse_json(line, "a line"));
  return all;
}

std::vector<std::vector<double>> vectors_of(const Ran& ran) {
  EXPECT_EQ(ran.code, 0) << ran.err;
  std::vector<std::vector<double>> vectors;
  for (const Json& line : json_lines(ran.out)) vectors.push_back(line["embedding"].get<std::vector<double>>());
  return vectors;
}

double dot(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += a[i] * b.at(i);
  return sum;
}

TEST(EmbedCommand, VectorsHaveLengthOneAndLieWhereTheyWereTaught) {
  const auto v = vectors_of(gimbal("embed --model " + embedding_model() + " -t a -t f -t g"));
  ASSERT_EQ(v.size(), 3u);
  for (const auto& vector : v) EXPECT_NEAR(dot(vector, vector), 1, 1e-5);
  EXPECT_GT(dot(v[0], v[1]), dot(v[0], v[2]) + 0.05);
}

TEST(EmbedCommand, TakesTextsInEveryForm) {
  const std::string embed = "embed --model " + embedding_model();
  const Ran ran = gimbal(embed + " -t a -t 'f g'");
  EXPECT_EQ(json_lines(ran.out).at(1)["id"], "1");
  EXPECT_EQ(gimbal(embed, "a\r\nf g").out, ran.out);
  EXPECT_EQ(gimbal(embed + " " + input_file("plain.txt", "a\nf g\n")).out, ran.out);
  EXPECT_EQ(gimbal(embed, "{\"text\": \"a\"}\n{\"text\": \"f g\"}\n").out, ran.out);
  EXPECT_EQ(gimbal(embed, "\"a\"\n\"f g\"\n").out, ran.out);
  EXPECT_EQ(json_lines(gimbal(embed, "{\"id\": \"x\", \"text\": \"a\"}\n").out).at(0)["id"], "x");
  const std::string npy = (scratch() / "v.npy").string();
  EXPECT_EQ(gimbal(embed + " -t a -t 'f g' --out " + npy).out, "");
  const std::string bytes = read_file(npy);
  ASSERT_EQ(bytes.size(), 128 + 2 * 16 * sizeof(float));
  float first = 0;
  std::memcpy(&first, bytes.data() + 128, sizeof first);
  EXPECT_NEAR(first, vectors_of(ran)[0][0], 1e-7);
}

// The files that sentence-transformers reads are enough, and they are read.
TEST(EmbedCommand, ReadsADirectoryOfSentenceTransformers) {
  const fs::path copy = scratch() / "sentence-transformer";
  fs::copy(embedding_model(), copy, fs::copy_options::recursive);
  fs::remove(copy / "task.json");
  const auto ours = vectors_of(gimbal("embed --model " + embedding_model() + " -t 'a b'"));
  const Ran same = gimbal("embed --model " + copy.string() + " -t 'a b'");
  EXPECT_EQ(same.err, "");
  EXPECT_EQ(vectors_of(same), ours);
  Json pooling = parse_json(read_file(copy / "1_Pooling/config.json"), "1_Pooling");
  pooling["pooling_mode_mean_tokens"] = false;
  pooling["pooling_mode_cls_token"] = true;
  write_file(copy / "1_Pooling/config.json", pooling.dump());
  EXPECT_NE(vectors_of(gimbal("embed --model " + copy.string() + " -t 'a b'")), ours);
  EXPECT_EQ(vectors_of(gimbal("embed --model " + copy.string() + " --pooling mean -t 'a b'")), ours);
  write_file(copy / "config_sentence_transformers.json", R"({"prompts": {"query": "c "}, "default_prompt_name": null})");
  EXPECT_EQ(vectors_of(gimbal("embed --model " + copy.string() + " --pooling mean --prompt query -t a")),
            vectors_of(gimbal("embed --model " + embedding_model() + " -t 'c a'")));
  EXPECT_NE(gimbal("embed --model " + copy.string() + " --prompt qery -t a").err.find("did you mean 'query'"), std::string::npos);
  pooling["pooling_mode_cls_token"] = false;
  pooling["pooling_mode_max_tokens"] = true;
  write_file(copy / "1_Pooling/config.json", pooling.dump());
  EXPECT_NE(gimbal("embed --model " + copy.string() + " -t a").err.find("pooling_mode_max_tokens"), std::string::npos);
}

TEST(EmbedCommand, APlainModelGivesTheMeanAndSaysSo) {
  const Ran ran = gimbal("embed --model " + letters_directory() + " -t ab");
  EXPECT_EQ(vectors_of(ran).size(), 1u);
  EXPECT_NE(ran.err.find("the mean over its tokens"), std::string::npos) << ran.err;
  EXPECT_EQ(vectors_of(gimbal("embed --quiet --pooling last --model " + letters_directory() + " -t ab")).size(), 1u);
  const std::string scored = input_file("scored.jsonl", "{\"sentence1\": \"ab\", \"sentence2\": \"abc\", \"score\": 0.9}\n"
                                                        "{\"sentence1\": \"ab\", \"sentence2\": \"gkm\", \"score\": 0.1}\n");
  const Ran eval = gimbal("eval --quiet --json --task similarity --model " + letters_directory() + " --data " + scored);
  ASSERT_EQ(eval.code, 0) << eval.err;
  EXPECT_NEAR(std::abs(eval.json()["spearman"].get<double>()), 1, 1e-9);
}

TEST(RerankCommand, RanksDocuments) {
  std::string lines;
  for (int i = 0; i < 40; ++i) {
    const char other = static_cast<char>('c' + i % 8);
    lines += cat(R"({"query": "e", "positives": ["a )", other, R"("], "negatives": ["b )", other, "\"]}\n");
  }
  const std::string data = input_file("rank.jsonl", lines);
  const Ran ran = gimbal(teach("rerank", data, "rank-run", "--json --epochs 10 --lr 1e-2"));
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(ran.json()["scores"]["mrr@10"], 1.0) << ran.out;
  const std::string best = (scratch() / "rank-run/best").string();
  const Ran said = gimbal("predict --model " + best + " -t 'e\tb c\ta c'");
  ASSERT_EQ(said.code, 0) << said.err;
  const Json ranking = json_lines(said.out).at(0)["ranking"];
  EXPECT_EQ(ranking.at(0)["document"], 1);
  EXPECT_EQ(ranking.at(0)["text"], "a c");
  EXPECT_GT(ranking.at(0)["score"].get<double>(), ranking.at(1)["score"].get<double>());
  EXPECT_EQ(json_lines(gimbal("predict --model " + best, "{\"query\": \"e\", \"documents\": [\"b c\", \"a c\"]}\n").out).at(0)["ranking"], ranking);
  EXPECT_EQ(gimbal("eval --json --model " + best + " --data " + data).json()["ndcg@10"], 1.0);
}

TEST(EmbedCommand, RefusesInASentence) {
  const std::string embed = "embed --model " + embedding_model(), pairs = input_file("pairs.jsonl", letter_pairs(60));
  const std::string scored = input_file("large.jsonl", R"({"sentence1": "a", "sentence2": "b", "score": 4.5})");
  const std::string empty = input_file("blank.jsonl", letter_pairs(3) + "{\"anchor\": \" \", \"positive\": \"a\"}\n");
  const std::string ungraded = input_file("zero.jsonl", R"({"query": "a", "document": "b", "label": 0})");
  const std::string ranked = input_file("one.jsonl", R"({"query": "a", "document": "b", "label": 1})");
  const auto t5 = [&](const std::string& task, const std::string& data) {
    return cat("finetune --quiet --model t5-small --tokenizer ", pieces_directory(), " --task ", task, " --data ", data, " --out ",
               (scratch() / "none").string());
  };
  struct Refused {
    std::string arguments, says, input = "";
  };
  for (const Refused& refused : std::vector<Refused>{
           {embed, "nothing to embed"},
           {embed, "text 1 is empty", "a\n\nb\n"},
           {embed, "line 2 is not valid JSON", "{\"text\": \"a\"}\n{\"text\"\n"},
           {embed, "has no \"text\"", "{\"txt\": \"a\"}\n"},
           {embed + " --context 64 -t a", "longer than the model's context of 32"},
           {embed + " --context 2 -t a", "no room"},
           {embed + " --prompt query -t a", "has no prompt 'query'"},
           {"embed --model " + letters_directory() + " --pooling cls -t ab", "choose last or mean"},
           {teach("embed", pairs, "none", "--batch-size 1"), "a micro-batch has one record"},
           {teach("embed", pairs, "none", "--batch-size 5 --micro-batch-size 2"), "the last micro-batch of a step has one record"},
           {teach("embed", pairs, "none", "--pooling meen"), "did you mean 'mean'"},
           {teach("embed", pairs, "none", "--set task.form=text"), "has no form as text"},
           {teach("embed", empty, "none"), "empty text"},
           {teach("similarity", scored, "none"), "a cosine lies between -1 and 1"},
           {teach("similarity", pairs, "none"), "but the task similarity takes"},
           {teach("rerank", ungraded, "none"), "no document is relevant"},
           {t5("rerank", ranked), "nor this model (family t5)"},
       }) {
    const Ran ran = gimbal(refused.arguments, refused.input);
    EXPECT_EQ(ran.code, 2) << refused.arguments;
    EXPECT_TRUE(is_one_sentence(ran.err)) << ran.err;
    EXPECT_NE(ran.err.find(refused.says), std::string::npos) << ran.err;
    EXPECT_EQ(ran.out, "") << refused.arguments;
  }
  EXPECT_FALSE(fs::exists(scratch() / "none" / "tokenizer.json"));
}

}  // namespace
}  // namespace gimbal
