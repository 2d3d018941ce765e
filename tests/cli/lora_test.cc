// An adapter from outside: learned, asked as a model, gone on from, merged; and what is refused.
#include <gtest/gtest.h>

#include "gimbal_process.h"

namespace gimbal {
namespace {

Json samples_of(const Ran& ran) { return ran.json()["prompts"][0]["samples"]; }

TEST(LoraCommand, LearnedAskedAndMerged) {
  const fs::path run = scratch() / "lora", merged = scratch() / "lora-merged", text = scratch() / "lora.txt";
  std::string letters;
  for (int i = 0; i < 200; ++i) letters += "abc abd.\n";
  write_file(text, letters);
  const Ran learned = gimbal(cat("pretrain --quiet --model ", letters_directory(), " --data ", text.string(), " --out ", run.string(),
                                 " --steps 8 --batch-size 4 --context 32 --lr 0.05 --lora-r 4 --lora-target-modules attention,ffn"));
  ASSERT_EQ(learned.code, 0) << learned.err;
  const std::string adapter = (run / "last").string(), asked = " --prompt ab --max-tokens 12 --greedy --json";
  EXPECT_FALSE(fs::exists(run / "last" / "model.safetensors"));

  const Ran with = gimbal("generate --model " + adapter + asked), without = gimbal("generate --model " + letters_directory() + asked);
  ASSERT_EQ(with.code, 0) << with.err;
  EXPECT_NE(samples_of(with), samples_of(without));
  const Ran made = gimbal(cat("merge ", letters_directory(), " ", adapter, " ", merged.string()));
  ASSERT_EQ(made.code, 0) << made.err;
  EXPECT_TRUE(fs::exists(merged / "tokenizer.json"));
  EXPECT_FALSE(fs::exists(merged / "adapter_config.json"));
  EXPECT_EQ(samples_of(gimbal("generate --model " + merged.string() + asked)), samples_of(with));
  EXPECT_NE(gimbal("inspect " + adapter).out.find("adapter of"), std::string::npos);

  const Ran again = gimbal(cat("merge ", letters_directory(), " ", adapter, " ", merged.string()));
  EXPECT_EQ(again.code, 2);
  EXPECT_TRUE(is_one_sentence(again.err)) << again.err;
  const Ran swapped = gimbal(cat("merge ", adapter, " ", letters_directory(), " ", (scratch() / "elsewhere").string()));
  EXPECT_EQ(swapped.code, 2);
  EXPECT_NE(swapped.err.find("is not an adapter"), std::string::npos) << swapped.err;
}

TEST(LoraCommand, RefusesATargetThatNamesNoMap) {
  const fs::path text = scratch() / "lora-refused.txt";
  write_file(text, "abc abd abc abd abc abd\n");
  const Ran refused =
      gimbal(cat("pretrain --quiet --model ", letters_directory(), " --data ", text.string(), " --out ", (scratch() / "refused").string(),
                 " --steps 1 --batch-size 1 --context 8 --lora-r 2 --lora-target-modules atention"));
  EXPECT_EQ(refused.code, 2);
  EXPECT_TRUE(is_one_sentence(refused.err)) << refused.err;
  EXPECT_NE(refused.err.find("did you mean 'attention'?"), std::string::npos) << refused.err;
}

}  // namespace
}  // namespace gimbal
