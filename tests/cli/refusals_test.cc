// Bad input from outside: one sentence, exit code 2, and nothing lost or left behind.
#include <gtest/gtest.h>

#include <cmath>

#include "cli/gimbal_process.h"

namespace gimbal {
namespace {

std::string place(const std::string& name) { return (scratch() / name).string(); }

const std::string& stories() {
  static const std::string path = [] {
    EXPECT_EQ(gimbal("corpus --quiet --size 20k --out " + place("stories-to-refuse")).code, 0);
    return place("stories-to-refuse");
  }();
  return path;
}

std::string pretrain(const std::string& out, const std::string& more = "") {
  return cat("pretrain --quiet --data ", stories(),
             " --set model.layers=1 --set model.width=16 --set model.heads=2 --set model.context=64 --context 32 --steps 2 --out ", place(out), " ",
             more);
}

void refused(const std::string& arguments, const std::string& piece) {
  const Ran ran = gimbal(arguments);
  EXPECT_EQ(ran.code, 2) << arguments << "\n" << ran.out << ran.err;
  EXPECT_TRUE(is_one_sentence(ran.err)) << arguments << "\n" << ran.err;
  EXPECT_NE(ran.err.find(piece), std::string::npos) << arguments << "\n" << ran.err;
}

TEST(Refusals, ACorpusNeverReplacesWhatIsThere) {
  fs::create_directories(scratch() / "keep" / "photos");
  write_file(scratch() / "keep" / "notes.txt", "mine");
  refused("corpus --task feeling --examples 5 --out " + place("keep"), "not empty");
  refused("corpus --task feeling --examples 5 --out " + place("keep/notes.txt"), "no directory");
  EXPECT_EQ(read_file(scratch() / "keep" / "notes.txt"), "mine");
  EXPECT_TRUE(fs::exists(scratch() / "keep" / "photos"));
  EXPECT_EQ(gimbal("corpus --task feeling --examples 5 --out " + place("slash/")).code, 0);
  EXPECT_TRUE(fs::exists(scratch() / "slash" / "task.json"));
}

TEST(Refusals, ARefusedRunLeavesNothingThatTheNextOneWouldTake) {
  for (const char* wrong : {"--model gpt2 --set model.head_width=0", "--model gpt2 --set model.heads=3", "--set schedule.kind=foo", "--min-lr 1",
                            "--model bert --objective causal"}) {
    EXPECT_EQ(gimbal(pretrain("again", cat("--set tokenizer.size=300 ", wrong))).code, 2) << wrong;
    EXPECT_FALSE(fs::exists(scratch() / "again" / "tokenizer.json")) << wrong;
    EXPECT_FALSE(fs::exists(scratch() / "again" / "log.jsonl")) << wrong;
  }
  write_file(scratch() / "again" / "tokenizer.json", "left by somebody");
  ASSERT_EQ(gimbal(pretrain("again", "--model gpt2 --set tokenizer.kind=byte")).code, 0);
  EXPECT_EQ(gimbal("inspect --json " + place("again/tokenizer.json")).json()["vocabulary"], 257);
  refused(pretrain("again", "--model gpt2 --set tokenizer.kind=byte"), "already holds a run");
}

TEST(Refusals, ARunThatEndedBeforeItsFirstCheckpointMayStartAgain) {
  const std::string out = "aborted", more = "--model gpt2 --set tokenizer.kind=byte";
  refused(pretrain(out, more + " --lr 1e30 --warmup-steps 0"), "not finite");
  EXPECT_TRUE(fs::exists(scratch() / out / "log.jsonl"));
  EXPECT_EQ(gimbal(pretrain(out, more)).code, 0);
  EXPECT_TRUE(fs::exists(scratch() / out / "log.before.jsonl"));
}

TEST(Refusals, AFinishedRunSaysSo) {
  ASSERT_EQ(gimbal(pretrain("finished", "--model gpt2 --set tokenizer.kind=byte")).code, 0);
  const Ran again = gimbal("pretrain --quiet --resume --out " + place("finished"));
  EXPECT_EQ(again.code, 0) << again.err;
  EXPECT_NE(again.out.find("finished"), std::string::npos) << again.out;
  EXPECT_TRUE(gimbal("pretrain --quiet --json --resume --out " + place("finished")).json()["loss"].is_null());
  fs::remove(scratch() / "finished" / "config.yaml");
  refused("pretrain --quiet --resume --out " + place("finished"), "config.yaml");
}

TEST(Refusals, AResultThatCannotBeWrittenIsNoSuccess) {
  for (const char* asked : {"inspect gpt2 > /dev/full 2> /dev/null; echo $?", "--help > /dev/full 2> /dev/null; echo $?"}) {
    const Ran ran = gimbal(std::string(asked) + " ");
    EXPECT_EQ(ran.out, "2\n") << asked;
  }
}

// A copy of letters_directory() whose weights are no numbers.
std::string damaged() {
  const fs::path directory = scratch() / "damaged";
  fs::copy(letters_directory(), directory, fs::copy_options::recursive | fs::copy_options::overwrite_existing);
  const std::unique_ptr<Model> model = load_model(directory);
  for (Parameter& p : model->parameters().all()) std::fill_n(p.value.data<float>(), p.value.shape().elements(), std::nanf(""));
  save_model(*model, directory);
  return directory.string();
}

TEST(Refusals, NumbersOfADamagedModelAreNoResults) {
  const std::string model = damaged(), said = "the weights are damaged";
  write_file(scratch() / "letters.txt", "abcdefgh abcdefgh\n");
  refused("embed --quiet --pooling mean --model " + model + " --text abc", said);
  refused("eval --model " + model + " --data " + place("letters.txt"), said);
  refused("generate --model " + model + " --prompt abc", said);
}

TEST(Refusals, AModelGoesOnWithItsOwnWords) {
  write_file(scratch() / "pairs.jsonl", "{\"text\": \"a b\", \"label\": \"x\"}\n{\"text\": \"c d\", \"label\": \"y\"}\n");
  ASSERT_EQ(gimbal("vocab --quiet --kind char --data " + stories() + " --out " + place("other-words")).code, 0);
  refused("finetune --quiet --steps 1 --task classify --model " + letters_directory() + " --tokenizer " + place("other-words") + " --data " +
              place("pairs.jsonl") + " --out " + place("mixed"),
          "other words than it learned");
  refused("finetune --quiet --task , --model " + letters_directory() + " --data " + place("pairs.jsonl") + " --out " + place("mixed"), "--task");
}

TEST(Refusals, ALossOfNothingIsNoLoss) {
  ASSERT_EQ(gimbal("vocab --quiet --kind wordpiece --size 200 --data " + stories() + " --out " + place("words")).code, 0);
  std::string unknown;
  for (int i = 0; i < 50; ++i) unknown += "{\"text\": \"漢字 文本 測試 漢字 文本 測試\"}\n";
  write_file(scratch() / "unknown.jsonl", unknown);
  refused(
      "pretrain --quiet --model bert --objective mlm --set model.layers=1 --set model.width=16 --set model.heads=2 --set model.context=32 --steps 2 "
      "--tokenizer " +
          place("words") + " --data " + place("unknown.jsonl") + " --out " + place("unknown"),
      "asks for no token");
}

TEST(Refusals, ConfigurationsOfAnotherKind) {
  const fs::path model = scratch() / "spoilt";
  fs::copy(letters_directory(), model, fs::copy_options::recursive);
  const Json sound = parse_json(read_file(model / "config.json"), "config.json");
  const auto spoilt = [&](const char* key, const Json& value) {
    Json config = sound;
    config[key] = value;
    write_file(model / "config.json", config.dump());
    refused("inspect " + model.string(), "config.json");
  };
  spoilt("gimbal", 5);
  spoilt("gimbal", {{"family", "nobody's"}});
  Json without_block = sound;
  without_block.erase("gimbal");
  without_block["model_type"] = Json::array({5});
  write_file(model / "config.json", without_block.dump());
  refused("inspect " + model.string(), "model_type");
  write_file(model / "config.json", sound.dump());
  write_file(model / "task.json", "{}");
  refused("predict --model " + model.string(), "task.json");
  write_file(model / "task.json", R"({"task": "classify", "form": "classify", "labels": ["a"]})");
  refused("predict --model " + model.string(), "not of one model");
  write_file(model / "modules.json", R"([{"type": 5}])");
  refused("embed --model " + model.string() + " --text a", "modules.json");
  refused("embed --model nobody --text a", "nobody");
}

TEST(Refusals, FlagsOfAnotherKind) {
  for (const char* model : {"--model 5", "--model=[a,b]", "--model null"}) refused(pretrain("other", model), "unknown model");
  refused("distill --teacher 5 --data " + stories() + " --out " + place("other"), "teacher 5");
  refused("predict --model " + letters_directory() + " --beams 100000", "1024");
  refused("corpus --task feeling --examples 99999999999999999999 --out " + place("other"), "--examples");
  refused(pretrain("other", "--model gpt2 --threads -1"), "below 0");
  refused(pretrain("other", "--model gpt2 --seed -1"), "below 0");
}

TEST(Refusals, DamagedRunsAreNotResumed) {
  ASSERT_EQ(gimbal(pretrain("damaged-run", "--model gpt2 --set tokenizer.kind=byte")).code, 0);
  const fs::path run = scratch() / "damaged-run";
  write_file(run / "log.jsonl", read_file(run / "log.jsonl") + "{\"step\": \"x\"}\n");
  EXPECT_EQ(gimbal("pretrain --quiet --resume --steps 3 --out " + run.string()).code, 0);
  EXPECT_EQ(read_file(run / "log.jsonl").find("\"x\""), std::string::npos);
  std::string bytes = read_file(fs::canonical(run / "last") / "train_state.safetensors");
  const size_t at = bytes.find("\\\"step\\\":3");
  ASSERT_NE(at, std::string::npos);
  bytes.replace(at, 10, "\\\"stop\\\":3");
  write_file(fs::canonical(run / "last") / "train_state.safetensors", bytes);
  refused("pretrain --quiet --resume --steps 4 --out " + run.string(), "damaged");
}

TEST(Refusals, RecordsThatAreNestedWithoutEnd) {
  const std::string deep(100000, '[');
  write_file(scratch() / "deep.jsonl", "{\"text\": \"a\", \"label\": " + deep + std::string(100000, ']') + "}\n");
  refused("finetune --quiet --task classify --model " + letters_directory() + " --data " + place("deep.jsonl") + " --out " + place("deep"), "nested");
  write_file(scratch() / "itself.yaml", "a: &a [*a]\n");
  refused("pretrain " + place("itself.yaml") + " --out " + place("deep"), "holds itself");
}

TEST(Refusals, ALabIsNotMadeByLooking) {
  refused("lab report --out " + place("no-lab"), "no lab");
  EXPECT_FALSE(fs::exists(scratch() / "no-lab"));
  ASSERT_EQ(gimbal("lab run quick warm-up --minutes 0.000001 --quiet --out " + place("lab")).code, 0);
  refused("lab query \"ATTACH '" + place("other.sqlite") + "' AS other\" --out " + place("lab"), "attached");
  refused("lab query 'select 1; drop table cells' --out " + place("lab"), "one statement");
  EXPECT_FALSE(fs::exists(scratch() / "other.sqlite"));
  EXPECT_EQ(gimbal("lab query --json 'select 1 AS one' --out " + place("lab")).json()[0]["one"], "1");
  refused("lab run gradients-at-init quick --seeds 1 --quiet --add layers=0 --out " + place("lab"), "have no result");
  refused("lab run gradients-at-init quick --seeds 1 --quiet --add layers=abc --out " + place("lab"), "another kind");
  write_file(scratch() / "no-folder", "");
  refused("lab run quick --out " + place("no-folder"), "no-folder");
}

TEST(Results, AreJsonWhereItIsAskedFor) {
  EXPECT_EQ(gimbal("corpus --json --task feeling --examples 1k --out " + place("json-task")).json()["examples"], 1000);
  EXPECT_GT(gimbal("corpus --json --size 5k --out " + place("json-stories")).json()["stories"], 0);
  EXPECT_GT(gimbal("corpus --json --task list").json().size(), 10u);
  EXPECT_EQ(gimbal("inspect --json --tensors " + letters_directory()).json()["tensors"][0]["dtype"], "F32");
  const Json run = gimbal(pretrain("json-run", "--json --model gpt2 --set tokenizer.kind=byte")).json();
  EXPECT_EQ(run["checkpoint"], run["best"]);
  EXPECT_EQ(gimbal("report --json " + place("json-run")).json()["report"], place("json-run/report.html"));
  EXPECT_TRUE(gimbal(pretrain("json-shown", "--json --show 1 --model gpt2 --set tokenizer.kind=byte")).json().contains("shown"));
}

TEST(Results, BlankLinesBetweenTextsAreNoTexts) {
  const std::string model = letters_directory();
  write_file(scratch() / "blank.jsonl", "\n{\"text\": \"abc\"}\n\n{\"text\": \"def\"}\n\n");
  const Ran ran = gimbal("embed --quiet --pooling mean --model " + model + " " + place("blank.jsonl"));
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(std::count(ran.out.begin(), ran.out.end(), '\n'), 2);
}

TEST(Refusals, ARunFileIsNamedWhereItIsWrong) {
  write_file(scratch() / "wrong.yaml", "modle: gpt2\n");
  refused("pretrain " + place("wrong.yaml") + " --out " + place("none"), "wrong.yaml");
  write_file(scratch() / "wrong.yaml", "optimizer: {lr: -1}\n");
  refused("doctor " + place("wrong.yaml"), "optimizer.lr");
}

}  // namespace
}  // namespace gimbal
