// gimbal convert from outside: a recentred model writes what it wrote before; what cannot be is refused with a sentence.
#include <gtest/gtest.h>

#include "gimbal_process.h"
#include "models/adapter.h"

namespace gimbal {
namespace {

std::string pre_ln_directory() {
  Architecture a = tiny_decoder(0, 96, "learned");
  a.family = "gpt2";
  a.placement = "pre";
  return save_letters("pre-ln", a, {"<|endoftext|>"});
}

TEST(ConvertCommand, RecentersAndWritesTheSame) {
  const std::string from = pre_ln_directory(), to = (scratch() / "recentred").string(), asked = " --prompt ab --max-tokens 12 --greedy --json";
  const Ran made = gimbal(cat("convert --model ", from, " --recenter --out ", to, " --json"));
  ASSERT_EQ(made.code, 0) << made.err;
  EXPECT_LT(made.json()["largest_difference"].get<double>(), 1e-5);
  EXPECT_TRUE(fs::exists(fs::path(to) / "tokenizer.json"));
  EXPECT_EQ(read_architecture(to).slot_norms.before->kind, "rms");
  EXPECT_EQ(gimbal("generate --model " + to + asked).json()["prompts"][0]["samples"],
            gimbal("generate --model " + from + asked).json()["prompts"][0]["samples"]);

  for (const std::string& arguments : {cat("--model ", from, " --recenter --out ", to), cat("--model ", to, " --recenter --out ", to, "-again"),
                                       cat("--model ", from, " --out ", to, "-again")}) {
    const Ran refused = gimbal("convert " + arguments);
    EXPECT_EQ(refused.code, 2) << arguments;
    EXPECT_TRUE(is_one_sentence(refused.err)) << refused.err;
  }
  EXPECT_FALSE(fs::exists(to + "-again"));
}

}  // namespace
}  // namespace gimbal
