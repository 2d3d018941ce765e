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

// A decoder answers sources behind which it goes on. A writer that was stopped within a line goes on with the same bits.
TEST(Distill, AnswersToPromptsBecomeTextToText) {
  std::string lines;
  for (int i = 0; i < 100; ++i)
    lines +=
        Json({{"source", cat("a bad cab ", std::string(1, "abcdefgh"[i % 8]), std::string(i / 8, 'a'))}, {"target", "what is not read"}}).dump() +
        "\n";
  lines += Json({{"source", std::string(200, 'a')}, {"target", "too long"}}).dump() + "\n";
  write_file(scratch() / "prompts.jsonl", lines);
  const std::string asked = "distill --through-text 101 --teacher " + letters_directory() + " --data " + (scratch() / "prompts.jsonl").string() +
                            " --task text-to-text --model " + letters_directory() + " --out " + out("answers") +
                            " --steps 2 --batch-size 2 --set batch.target_context=12 --json --quiet";
  const Ran whole = gimbal(asked);
  ASSERT_EQ(whole.code, 0) << whole.err;
  const fs::path folder = out("answers");
  const std::string texts = read_file(folder / "texts.jsonl");
  EXPECT_GT(std::count(texts.begin(), texts.end(), '\n'), 90);
  const Json first = parse_json(std::string_view(texts).substr(0, texts.find('\n')), "the first line");
  EXPECT_EQ(first["source"], "a bad cab a");
  EXPECT_NE(first["target"], "what is not read");
  EXPECT_EQ(texts.find(std::string(50, 'a')), std::string::npos);
  EXPECT_TRUE(whole.json()["scores"].contains("rougeL"));

  EXPECT_EQ(gimbal(asked).code, 2);  // there is a run already
  const std::string about = read_file(folder / "texts.json");
  fs::remove_all(folder);
  fs::create_directories(folder);
  write_file(folder / "texts.json", about);
  write_file(folder / "texts.jsonl", texts.substr(0, texts.size() / 3));
  ASSERT_EQ(gimbal(asked).code, 0);
  EXPECT_EQ(read_file(folder / "texts.jsonl"), texts);
  fs::remove_all(folder);
  fs::create_directories(folder);
  write_file(folder / "texts.json", R"({"fingerprint": 1})");
  write_file(folder / "texts.jsonl", texts);
  const Ran other = gimbal(asked);
  EXPECT_EQ(other.code, 2);
  EXPECT_NE(other.err.find("another teacher"), std::string::npos) << other.err;
}

// A fine-tuned teacher answers the records of its task; here with a head. Its student, of another family and vocabulary, writes the label.
TEST(Distill, AnswersOfAFineTunedTeacherAreLearnedAsText) {
  std::string lines;
  for (int i = 0; i < 40; ++i) lines += Json({{"text", i % 2 ? "a bad cab" : "a fine lamp"}, {"label", i % 2 ? "bad" : "good"}}).dump() + "\n";
  write_file(scratch() / "for-text.jsonl", lines);
  const std::string data = " --data " + (scratch() / "for-text.jsonl").string();
  const Ran teacher =
      gimbal("finetune --model " + letters_directory() + " --task classify --epochs 6 --lr 1e-3 --quiet --out " + out("text-teacher") + data);
  ASSERT_EQ(teacher.code, 0) << teacher.err;
  const Ran student = gimbal("distill --through-text 30 --teacher " + out("text-teacher") + "/last --model t5 --steps 2 --batch-size 2 --context 48" +
                             " --set model.layers=1 --set model.encoder_layers=1 --set model.width=16 --set model.heads=2 --set model.context=48" +
                             " --set tokenizer.kind=byte --set schedule.warmup_steps=0 --json --quiet --out " + out("text-student") + data);
  ASSERT_EQ(student.code, 0) << student.err;
  EXPECT_EQ(parse_yaml(read_file(fs::path(out("text-student")) / "config.yaml"), "config.yaml")["objective"]["kind"], "text-to-text");
  const std::string texts = read_file(fs::path(out("text-student")) / "texts.jsonl");
  EXPECT_EQ(std::count(texts.begin(), texts.end(), '\n'), 30);
  EXPECT_TRUE(texts.starts_with(R"({"source":"classify sentence: a fine lamp","target":")")) << texts.substr(0, 80);
  const Ran wrong = gimbal("distill --through-text 30 --teacher " + out("text-teacher") + "/last --task sst2 --quiet --model " + letters_directory() +
                           " --out " + out("text-wrong") + data);
  EXPECT_EQ(wrong.code, 2);
  EXPECT_NE(wrong.err.find("was fine-tuned on classify"), std::string::npos) << wrong.err;
}

TEST(Distill, ShowPrintsExamplesOnly) {
  const Ran ran =
      gimbal("distill --show 1 --teacher " + letters_directory() + " --data " + some_text() + " --out " + out("shown") + " --context 32 --quiet");
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_TRUE(ran.out.starts_with("reads")) << ran.out;
  EXPECT_FALSE(fs::exists(fs::path(out("shown")) / "last"));
}

TEST(Distill, AsksForTheTeachersMemoryBeforeItReadsIt) {
  fs::create_directories(out("huge"));
  Json config = parse_json(read_file(fs::path(letters_directory()) / "config.json"), "config.json");
  config["gimbal"]["width"] = 1 << 20;
  write_file(fs::path(out("huge")) / "config.json", config.dump());
  fs::copy_file(fs::path(letters_directory()) / "tokenizer.json", fs::path(out("huge")) / "tokenizer.json");
  const Ran ran = gimbal("distill --teacher " + out("huge") + " --model gpt2 --set model.layers=1 --set model.width=16 --set model.heads=2 --data " +
                         some_text() + " --context 32 --steps 1 --quiet --out " + out("too-large"));
  EXPECT_EQ(ran.code, 2);
  EXPECT_TRUE(is_one_sentence(ran.err)) << ran.err;
  EXPECT_NE(ran.err.find("teacher "), std::string::npos) << ran.err;
  EXPECT_NE(ran.err.find("are free"), std::string::npos) << ran.err;
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
