// The doctor from outside: a run done again bit for bit, a configuration before it runs, a model's weights, and what is refused.
#include <gtest/gtest.h>

#include "gimbal_process.h"

namespace gimbal {
namespace {

TEST(DoctorCommand, ARunIsDoneAgainBitForBit) {
  const fs::path run = scratch() / "doctor-run", text = scratch() / "doctor.txt";
  std::string letters;
  for (int i = 0; i < 300; ++i) letters += i % 3 ? "abc abd.\n" : "dog pig.\n";
  write_file(text, letters);
  const Ran learned =
      gimbal(cat("pretrain --quiet --model ", letters_directory(), " --data ", text.string(), " --out ", run.string(),
                 " --steps 24 --batch-size 4 --micro-batch-size 2 --context 16 --lr 0.01 --set save.every=8 --set model.dropout=0.1"));
  ASSERT_EQ(learned.code, 0) << learned.err;

  const std::string log = read_file(run / "log.jsonl");
  const Json near = gimbal(cat("doctor ", run.string(), " --replay 22 --json")).json();
  EXPECT_EQ(near["from_step"], 16);
  EXPECT_EQ(near["compared"], 6);
  EXPECT_EQ(near["same"], 6);
  const Json begin = gimbal(cat("doctor ", run.string(), " --replay 7 --window 3 --json")).json();
  EXPECT_EQ(begin["from_step"], 0);
  EXPECT_EQ(begin["same"], 7);
  ASSERT_EQ(begin["steps"].size(), 4u);
  std::string names;
  for (const Json& tensor : begin["steps"][0]["tensors"]) names += tensor["tensor"].get<std::string>() + "\n";
  for (const char* name : {"the embeddings\n", "block 0, feed-forward branch: result\n", "gradient of what the head reads\n",
                           "gradient of embed.tokens\n", "embed.tokens behind the update\n"})
    EXPECT_NE(names.find(name), std::string::npos) << name << "is not among\n" << names;
  EXPECT_EQ(read_file(run / "log.jsonl"), log) << "the run is only read";

  // A log that says otherwise is found out.
  std::string changed = log;
  const size_t at = changed.find("\"loss\":", changed.find("\"step\":20")) + 7;
  changed[at] = changed[at] == '9' ? '8' : '9';
  write_file(run / "log.jsonl", changed);
  const Ran other = gimbal(cat("doctor ", run.string(), " --replay 22"));
  EXPECT_EQ(other.code, 1);
  EXPECT_NE(other.out.find("1 losses DIFFER"), std::string::npos) << other.out;
  const Ran beyond = gimbal(cat("doctor ", run.string(), " --replay 99"));
  EXPECT_EQ(beyond.code, 2);
  EXPECT_TRUE(is_one_sentence(beyond.err)) << beyond.err;
}

TEST(DoctorCommand, AConfigurationBeforeItRuns) {
  const fs::path file = scratch() / "sick.yaml";
  write_file(file, "model: {preset: gpt2, layers: 12, width: 64, heads: 4, placement: post, residual: {kind: deepnorm, beta: 3.1}}\n");
  const Ran sick = gimbal(cat("doctor ", file.string(), " --json"));
  EXPECT_EQ(sick.code, 1) << sick.err;
  EXPECT_EQ(sick.json()["findings"][0]["cause"], "deepnorm-constants");
  EXPECT_EQ(gimbal("doctor gpt2").code, 0);
  EXPECT_EQ(gimbal("doctor " + letters_directory()).code, 0);
  for (const char* wrong : {"", "nothing-like-it", "--replay 3 gpt2"}) {
    const Ran refused = gimbal(cat("doctor ", wrong));
    EXPECT_EQ(refused.code, 2) << wrong;
    EXPECT_TRUE(is_one_sentence(refused.err)) << refused.err;
  }
}

}  // namespace
}  // namespace gimbal
