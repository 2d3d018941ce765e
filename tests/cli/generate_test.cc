// gimbal generate from outside: what is printed where, the ways to ask, and what is refused.
#include <gtest/gtest.h>

#include "cli/gimbal_process.h"

namespace gimbal {
namespace {

std::string with_model(const std::string& flags) { return "generate --model " + letters_directory() + " " + flags; }

Json samples_of(const Ran& ran) { return ran.json()["prompts"][0]["samples"]; }

TEST(GenerateCommand, PrintsTextAndTiming) {
  const Ran ran = gimbal(with_model("--prompt abc --max-tokens 10 --greedy"));
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_TRUE(ran.out.ends_with('\n'));
  EXPECT_NE(ran.err.find("tokens/s"), std::string::npos);
  EXPECT_EQ(gimbal(with_model("--prompt abc --max-tokens 10 --greedy --quiet")).err, "");
}

TEST(GenerateCommand, TheWaysToAskAgree) {
  const std::string greedy = " --max-tokens 12 --min-tokens 12 --greedy --quiet";
  const std::string text = gimbal(with_model("--prompt 'abc d'" + greedy)).out;
  EXPECT_EQ(gimbal(with_model("--prompt -" + greedy), "abc d\n").out, text);
  EXPECT_EQ(gimbal(with_model("--prompt 'abc d' --max-tokens 12 --min-tokens 12 --temperature 0 --quiet")).out, text);
  EXPECT_EQ(gimbal(with_model("--prompt 'abc d' --max-tokens 12 --min-tokens 12 --top-k 1 --quiet")).out, text);
  const Json json = gimbal(with_model("--prompt 'abc d' --json" + greedy)).json();
  const Json& sample = json["prompts"][0]["samples"][0];
  EXPECT_EQ(sample["text"].get<std::string>() + "\n", text);
  EXPECT_EQ(sample["finish"], "length");
  std::string ids, prompt;
  for (const Json& id : sample["ids"]) ids += (ids.empty() ? "" : ",") + id.dump();
  for (const Json& id : json["prompts"][0]["prompt_ids"]) prompt += (prompt.empty() ? "" : ",") + id.dump();
  EXPECT_EQ(gimbal(with_model("--prompt 'abc d' --ids" + greedy)).out, ids + "\n");
  EXPECT_EQ(gimbal(with_model("--prompt-ids " + prompt + greedy)).out, text);
}

TEST(GenerateCommand, TheSeedDecides) {
  const std::string flags = "--prompt abc --max-tokens 20 --quiet --temperature 1.5 --seed ";
  EXPECT_EQ(gimbal(with_model(flags + "1")).out, gimbal(with_model(flags + "1")).out);
  EXPECT_NE(gimbal(with_model(flags + "1")).out, gimbal(with_model(flags + "2")).out);
  EXPECT_EQ(gimbal(with_model(flags + "1 --threads 1")).out, gimbal(with_model(flags + "1 --threads 2")).out);
}

TEST(GenerateCommand, GivesSamplesLogprobsAndStops) {
  const Json samples = samples_of(gimbal(with_model("--prompt abc --samples 3 --max-tokens 8 --logprobs 2 --json --quiet")));
  ASSERT_EQ(samples.size(), 3u);
  EXPECT_EQ(samples[0]["logprobs"].size(), samples[0]["ids"].size());
  EXPECT_EQ(samples[0]["logprobs"][0]["top"].size(), 2u);
  EXPECT_GE(samples[0]["logprobs"][0]["top"][0]["logprob"], samples[0]["logprobs"][0]["top"][1]["logprob"]);

  const std::string free = samples_of(gimbal(with_model("--prompt abc --max-tokens 30 --min-tokens 30 --seed 5 --json --quiet")))[0]["text"];
  const std::string letter = free.substr(4, 1) == "\n" ? free.substr(5, 1) : free.substr(4, 1);
  const Json stopped =
      samples_of(gimbal(with_model("--prompt abc --max-tokens 30 --min-tokens 30 --seed 5 --json --quiet --stop ZZ --stop '" + letter + "'")))[0];
  EXPECT_EQ(stopped["text"], free.substr(0, free.find(letter)));
  EXPECT_EQ(stopped["stop"], letter);
}

TEST(GenerateCommand, SearchesWithBeams) {
  const Json best = samples_of(gimbal(with_model("--prompt abc --beams 4 --samples 3 --max-tokens 6 --json --quiet")));
  ASSERT_EQ(best.size(), 3u);
  EXPECT_GE(best[0]["score"], best[1]["score"]);
  EXPECT_GE(best[1]["score"], best[2]["score"]);
}

TEST(GenerateCommand, AnEncoderDecoderAnswersItsSources) {
  const std::string model = "generate --model " + save_letters("pairs", tiny_encoder_decoder(0, 96), {"<pad>", "</s>"}) + " --json --quiet ";
  const Json both = gimbal(model + "--prompt abc --prompt 'de f' --max-tokens 6 --min-tokens 6 --greedy").json()["prompts"];
  ASSERT_EQ(both.size(), 2u);
  EXPECT_EQ(both[0]["prompt_ids"].size(), 4u) << "a source ends with </s>";
  EXPECT_NE(both[0]["samples"][0]["ids"], both[1]["samples"][0]["ids"]) << "the source is not read";
  const Json alone = gimbal(model + "--prompt 'de f' --max-tokens 6 --min-tokens 6 --greedy").json()["prompts"];
  EXPECT_EQ(alone[0], both[1]);
  EXPECT_EQ(samples_of(gimbal(model + "--prompt abc --beams 3 --samples 2 --max-tokens 6")).size(), 2u);
}

TEST(GenerateCommand, GlmFillsBlanks) {
  const std::vector<std::string> special = {"<|endoftext|>", "[CLS]", "[MASK]", "[gMASK]", "<|startofpiece|>", "<|endofpiece|>"};
  const std::string model = "generate --model " + save_letters("blanks", tiny_prefix_decoder(0, 96), special) + " --quiet --greedy --max-tokens 7 ";
  const std::string text = gimbal(model + "--prompt 'ab[MASK]cd'").out;
  EXPECT_TRUE(text.starts_with("ab")) << text;
  EXPECT_TRUE(text.ends_with("cd\n")) << text;
  const Json json = gimbal(model + "--prompt 'ab[MASK]cd' --json").json()["prompts"][0];
  EXPECT_EQ(json["samples"][0]["text"].get<std::string>() + "\n", text);
  EXPECT_EQ(json["prompt_ids"].size(), 6u) << "[CLS] and what was given";
  EXPECT_TRUE(gimbal(model + "--prompt abc").out.starts_with("abc")) << "a text without a blank is continued";
  EXPECT_EQ(gimbal(model + "--prompt 'a[MASK]b[MASK]' --beams 2").code, 2);
}

TEST(GenerateCommand, AnEncoderIsAskedOtherwise) {
  Architecture a = tiny_decoder(0, 96, "learned");
  a.family = "bert";
  a.mask = "full";
  a.head = "masked";
  const Ran ran = gimbal("generate --model " + save_letters("encoder", a, {"[MASK]"}) + " --prompt abc");
  EXPECT_EQ(ran.code, 2);
  EXPECT_TRUE(is_one_sentence(ran.err)) << ran.err;
  EXPECT_NE(ran.err.find("gimbal predict"), std::string::npos) << ran.err;
}

TEST(GenerateCommand, SaysThatTheContextIsFull) {
  const Ran ran = gimbal(with_model("--prompt abc --max-tokens 500 --min-tokens 500 --greedy"));
  EXPECT_EQ(ran.code, 0);
  EXPECT_NE(ran.err.find("context of 96 is full"), std::string::npos) << ran.err;
}

TEST(GenerateCommand, RefusesInOneSentence) {
  const std::string long_prompt(200, 'a');
  const std::string bad[] = {
      with_model(""),
      "generate --prompt abc",
      "generate --model /no/such/model --prompt abc",
      "generate --model " + scratch().string() + " --prompt abc",
      with_model("--prompt " + long_prompt),
      with_model("--prompt-ids 1,2,9999"),
      with_model("--prompt-ids 1,,2"),
      with_model("--prompt-ids 1,two"),
      with_model("--prompt abc --max-tokens 0"),
      with_model("--prompt abc --max-tokens many"),
      with_model("--prompt abc --temperature -1"),
      with_model("--prompt abc --top-p 1.5"),
      with_model("--prompt abc --samples 0"),
      with_model("--prompt abc --greedy --top-k 5"),
      with_model("--prompt abc --greedy --samples 2"),
      with_model("--prompt abc --beams 2 --top-p 0.5"),
      with_model("--prompt abc --beams 2 --samples 3"),
      with_model("--prompt abc --beams 0 --length-penalty 2"),
      with_model("--prompt abc --prompt-ids 1,2"),
      with_model("--prompt abc --stop ''"),
      with_model("--prompt abc --ids --json"),
      with_model("--prompt abc --device reference --dtype bf16"),
      with_model("--prompt abc --temprature 1"),
  };
  for (const std::string& arguments : bad) {
    const Ran ran = gimbal(arguments);
    EXPECT_EQ(ran.code, 2) << arguments;
    EXPECT_TRUE(is_one_sentence(ran.err)) << arguments << "\n" << ran.err;
    EXPECT_EQ(ran.out, "") << arguments;
  }
  EXPECT_NE(gimbal(with_model("--prompt abc --temprature 1")).err.find("--temperature"), std::string::npos);
}

TEST(GenerateCommand, AnEmptyPromptBeginsWithTheBeginOfText) {
  const Json json = gimbal(with_model("--prompt '' --max-tokens 3 --json --quiet")).json();
  EXPECT_EQ(json["prompts"][0]["prompt_ids"], Json::array({0}));
}

TEST(GenerateCommand, AModelTaughtByPairsIsAskedAsItWasTaught) {
  const std::string pairs = (scratch() / "pairs.jsonl").string(), texts = (scratch() / "plain.jsonl").string();
  write_file(pairs, "{\"source\": \"abc\", \"target\": \"cba\"}\n{\"source\": \"de\", \"target\": \"ed\"}\n");
  write_file(texts, "{\"text\": \"abcdefgh abcdefgh abcdefgh abcdefgh\"}\n");
  const auto asked_after = [](const std::string& from, const std::string& data, const std::string& objective, const std::string& name) {
    const fs::path run = scratch() / name;
    const Ran learned = gimbal(cat("pretrain --quiet --model ", from, " --objective ", objective, " --data ", data, " --out ", run.string(),
                                   " --context 16 --steps 1 --batch-size 2 --set data.validation_share=0"));
    EXPECT_EQ(learned.code, 0) << learned.err;
    return gimbal(cat("generate --json --quiet --max-tokens 1 --prompt ab --model ", (run / "last").string())).json()["prompts"][0]["prompt_ids"];
  };
  const Json plain = gimbal(with_model("--prompt ab --max-tokens 1 --json --quiet")).json()["prompts"][0]["prompt_ids"];
  ASSERT_EQ(plain.size(), 2u);
  Json closed = plain;
  closed.push_back(0);  // <|endoftext|>
  EXPECT_EQ(asked_after(letters_directory(), pairs, "text-to-text", "by-pairs"), closed);
  EXPECT_EQ(asked_after((scratch() / "by-pairs/last").string(), texts, "causal", "by-text"), plain) << "what it learned last is how it is asked";
  const std::string tuned = (scratch() / "tuned").string();
  const Ran ran = gimbal("finetune --quiet --task text-to-text --context 16 --model " + letters_directory() + " --data " + pairs + " --out " + tuned);
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(gimbal("generate --json --quiet --max-tokens 1 --prompt ab --model " + tuned + "/last").json()["prompts"][0]["prompt_ids"], closed);
}

}  // namespace
}  // namespace gimbal
