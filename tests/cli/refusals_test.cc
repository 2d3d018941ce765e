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

TEST(Refusals, ARunFileIsNamedWhereItIsWrong) {
  write_file(scratch() / "wrong.yaml", "modle: gpt2\n");
  refused("pretrain " + place("wrong.yaml") + " --out " + place("none"), "wrong.yaml");
  write_file(scratch() / "wrong.yaml", "optimizer: {lr: -1}\n");
  refused("doctor " + place("wrong.yaml"), "optimizer.lr");
}

}  // namespace
}  // namespace gimbal
