// gimbal eval from outside: tasks in context, perplexity of texts, and what is refused.
#include <gtest/gtest.h>

#include "cli/gimbal_process.h"

namespace gimbal {
namespace {

// Reviews in the letters of the model: train.jsonl and valid.jsonl.
const std::string& reviews() {
  static const std::string path = [] {
    const fs::path directory = scratch() / "reviews";
    fs::create_directories(directory);
    for (const char* split : {"train", "valid"}) {
      std::string lines;
      const int first = split[0] == 't' ? 'a' : 'g';
      for (int i = 0; i < 6; ++i)
        lines += Json({{"text", cat(i % 2 ? "a bad " : "a good ", std::string(1, static_cast<char>(first + i)))}, {"label", i % 2 ? "bad" : "good"}})
                     .dump() +
                 "\n";
      write_file(directory / cat(split, ".jsonl"), lines);
    }
    return directory.string();
  }();
  return path;
}

// The wording of the task "classify" has letters that the model must know: "Text: …\nLabel:".
const std::string& model() {
  static const std::string path = [] {
    const fs::path directory = scratch() / "reviewer";
    fs::create_directories(directory);
    const std::string_view alphabet = "abcdefghijklmnopqrstuvwxyz\n .:/TLNA";
    const Tokenizer tokenizer = train_char({&alphabet, 1}, {"<|endoftext|>"});
    tokenizer.save(directory);
    save_model(*tiny_model(tokenizer.vocab_size(), 96), directory);
    return directory.string();
  }();
  return path;
}

TEST(Eval, InContextShowsThatWeightsStay) {
  const std::string asked = "eval --model " + model() + " --task classify --data " + reviews() + " --json --seed 3 --shots ";
  const Ran none = gimbal(asked + "0"), two = gimbal(asked + "2"), again = gimbal(asked + "2"), many = gimbal(asked + "6");
  ASSERT_EQ(none.code, 0) << none.err;
  EXPECT_EQ(none.json()["records"], 6);
  EXPECT_TRUE(two.json().contains("accuracy"));
  EXPECT_TRUE(two.json().contains("calibrated-accuracy"));
  EXPECT_EQ(two.json()["weights_before"], two.json()["weights_after"]);
  EXPECT_EQ(two.out, again.out);
  EXPECT_EQ(two.json()["shots_dropped"], 0);
  EXPECT_GT(many.json()["shots_dropped"], 0);  // six do not fit into 96 letters
}

TEST(Eval, PerplexityOfAText) {
  write_file(scratch() / "eval.txt", std::string("the cat sat on the mat and the dog sat on the log. ") + std::string(200, 'a'));
  const std::string asked = "eval --model " + model() + " --json --data " + (scratch() / "eval.txt").string();
  const Ran whole = gimbal(asked), strided = gimbal(asked + " --stride 16");
  ASSERT_EQ(whole.code, 0) << whole.err;
  EXPECT_EQ(whole.json()["tokens"], strided.json()["tokens"]);
  EXPECT_EQ(whole.json()["stride"], 96);
  const double nats = whole.json()["loss"].get<double>();
  EXPECT_NEAR(whole.json()["perplexity"].get<double>(), std::exp(nats), 1e-6 * std::exp(nats));
  EXPECT_NEAR(whole.json()["bits_per_byte"].get<double>(), nats / std::log(2.0), 1e-9);  // one letter is one token and one byte
  EXPECT_NE(whole.json()["loss"], strided.json()["loss"]);
}

TEST(Eval, TextsOfASplitAreThoseOfItsFile) {
  const fs::path directory = scratch() / "texts";
  fs::create_directories(directory);
  write_file(directory / "train.jsonl", "{\"text\":\"aa\"}\n{\"text\":\"bb\"}\n");
  write_file(directory / "test.jsonl", "{\"text\":\"abcabc\"}\n");
  const std::string asked = "eval --model " + model() + " --json --data " + directory.string() + " --split ";
  EXPECT_EQ(gimbal(asked + "train").json()["tokens"], 2);
  EXPECT_EQ(gimbal(asked + "test").json()["tokens"], 5);
  const Ran none = gimbal(asked + "valid");
  EXPECT_EQ(none.code, 2);
  EXPECT_NE(none.err.find("has no valid file; choose another --split"), std::string::npos) << none.err;
}

TEST(Eval, NumbersAreDescribedAsTheyAre) {
  const std::string help = gimbal("eval --help").out;
  EXPECT_EQ(help.find("FLOAT"), std::string::npos) << "whole numbers all";
  EXPECT_NE(gimbal("eval --stride -1 --model m --data d").code, 0);
}

TEST(Eval, RefusesWithOneSentence) {
  const std::string file = reviews() + "/valid.jsonl";
  for (const std::string& asked : {"--shots 2 --data " + reviews(), "--task nonsense --data " + reviews(), "--task classify --shots 2 --data " + file,
                                   "--task classify --shots 7 --data " + reviews(), "--stride 97 --data " + file,
                                   "--task classify --data " + (scratch() / "nowhere").string()}) {
    const Ran ran = gimbal("eval --model " + model() + " " + asked);
    EXPECT_EQ(ran.code, 2) << asked;
    EXPECT_TRUE(is_one_sentence(ran.err)) << asked << ": " << ran.err;
  }
}

}  // namespace
}  // namespace gimbal
