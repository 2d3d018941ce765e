// gimbal distill from outside: answers, texts, and pairs that do not fit.
#include <gtest/gtest.h>

#include "cli/gimbal_process.h"

namespace gimbal {
namespace {

const std::string& some_text() {
  static const std::string path = [] {
    std::string text;
    for (int i = 0; i < 200; ++i) text += cat("a bad cab ", i % 3 == 0 ? "did" : "had", " no lamp and a mop.\n");
    write_file(scratch() / "text.txt", text);
    return (scratch() / "text.txt").string();
  }();
  return path;
}

std::string out(const std::string& name) { return (scratch() / name).string(); }

TEST(Distill, WithoutAModelTheStudentIsHalfTheTeacher) {
  const Ran ran = gimbal("distill --teacher " + letters_directory() + " --data " + some_text() + " --out " + out("half") +
                         " --steps 3 --batch-size 2 --context 32 --set schedule.warmup_steps=0 --json --quiet");
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(ran.json()["steps"], 3);
  const Json config = parse_yaml(read_file(fs::path(out("half")) / "config.yaml"), "config.yaml");
  EXPECT_EQ(config["model"]["layers"], 1);
  EXPECT_EQ(config["distill"]["from_teacher_layers"], true);
}

// The task is the teacher's own; its classes answer, and a second family learns them.
TEST(Distill, AFineTunedTeacherTeachesItsTask) {
  std::string lines;
  for (int i = 0; i < 40; ++i) lines += Json({{"text", i % 2 ? "a bad cab" : "a fine lamp"}, {"label", i % 2 ? "bad" : "good"}}).dump() + "\n";
  write_file(scratch() / "labelled.jsonl", lines);
  const std::string data = " --data " + (scratch() / "labelled.jsonl").string() + " --epochs 3 --lr 1e-3 --json --quiet";
  const Ran teacher = gimbal("finetune --model " + letters_directory() + " --task classify --out " + out("task-teacher") + data);
  ASSERT_EQ(teacher.code, 0) << teacher.err;
  const Ran student =
      gimbal("distill --teacher " + out("task-teacher") + "/last --model gpt2 --set model.layers=1 --set model.width=16 --set model.heads=2 " +
             "--set model.context=96 --hidden-weight 0.1 --out " + out("task-student") + data);
  ASSERT_EQ(student.code, 0) << student.err;
  EXPECT_TRUE(student.json()["scores"].contains("accuracy"));
  EXPECT_TRUE(fs::exists(fs::path(out("task-student")) / "last" / "task.json"));
  const Ran other = gimbal("distill --teacher " + out("task-teacher") + "/last --objective causal --out " + out("task-other") + data);
  EXPECT_EQ(other.code, 2);
  EXPECT_NE(other.err.find("head"), std::string::npos) << other.err;
}

TEST(Distill, ThroughTextTheTeacherWritesTheData) {
  const Ran ran =
      gimbal("distill --through-text 20 --teacher " + letters_directory() + " --model gpt2 --data " + some_text() + " --out " + out("texts") +
             " --steps 2 --batch-size 2 --set model.layers=1 --set model.width=16 --set model.heads=2 --set model.context=16"
             " --set tokenizer.kind=byte --set schedule.warmup_steps=0 --json --quiet");
  ASSERT_EQ(ran.code, 0) << ran.err;
  const std::string texts = read_file(fs::path(out("texts")) / "texts.jsonl");
  EXPECT_EQ(std::count(texts.begin(), texts.end(), '\n'), 20);
  EXPECT_TRUE(texts.starts_with("{\"text\":\"a bad cab ")) << texts.substr(0, 60);
}

TEST(Distill, RefusesWithOneSentence) {
  const std::string common = " --steps 1 --quiet --data " + some_text() + " --out " + out("refused");
  for (const std::string& asked : {std::string("--model gpt2"), "--teacher " + out("nowhere"), "--through-text 5 --teacher " + letters_directory(),
                                   "--teacher " + letters_directory() + " --temperature 0", "--teacher " + letters_directory() + " --weight 2",
                                   "--through-text 5 --model gpt2 --task sst2 --teacher " + letters_directory(),
                                   "--teacher " + letters_directory() + " --model gpt2 --set tokenizer.path=" +
                                       save_letters("more-letters", tiny_decoder(0, 96), {"<|endoftext|>", "<more>"})}) {
    const Ran ran = gimbal("distill " + asked + common);
    EXPECT_EQ(ran.code, 2) << asked;
    EXPECT_TRUE(is_one_sentence(ran.err)) << asked << ": " << ran.err;
    fs::remove_all(out("refused"));
  }
}

}  // namespace
}  // namespace gimbal
