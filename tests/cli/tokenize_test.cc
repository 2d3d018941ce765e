// gimbal tokenize, detokenize and vocab from outside.
#include <gtest/gtest.h>

#include "cli/gimbal_process.h"

namespace gimbal {
namespace {

std::string made_vocab(const std::string& name, const std::string& flags) {
  const fs::path out = scratch() / name;
  const Ran ran = gimbal("vocab --out " + out.string() + " " + flags);
  EXPECT_EQ(ran.code, 0) << ran.err;
  return out.string();
}

std::string corpus() {
  const fs::path path = scratch() / "corpus.txt";
  std::string text;
  for (int i = 0; i < 50; ++i) text += "the cat sat on the mat and the dog sat on the log, über die Straße\n";
  write_file(path, text);
  return path.string();
}

TEST(TokenizeCommand, TextGoesThereAndBack) {
  const std::string text = "the dog über 世界";
  for (const std::string& tokenizer : {made_vocab("byte", "--kind byte"), made_vocab("bpe", "--kind byte-bpe --size 290 --data " + corpus()),
                                       made_vocab("bpe2", "--size 0.28k --data " + corpus())}) {
    const Ran ids = gimbal("tokenize --tokenizer " + tokenizer + " '" + text + "'");
    EXPECT_EQ(ids.code, 0) << ids.err;
    EXPECT_EQ(gimbal("tokenize --tokenizer " + tokenizer + " -", text).out, ids.out);
    EXPECT_EQ(gimbal("detokenize --tokenizer " + tokenizer + " -", ids.out).out, text + "\n");
  }
}

TEST(TokenizeCommand, OffsetsCountCharacters) {
  const std::string tokenizer = made_vocab("char", "--kind char --data " + corpus());
  const Json json = gimbal("tokenize --json --tokenizer " + tokenizer + " 'üb e'").json();
  EXPECT_EQ(json["tokens"].size(), 4u);
  EXPECT_EQ(json["offsets"], Json::parse("[[0,1],[1,2],[2,3],[3,4]]"));
}

TEST(TokenizeCommand, APairHasTypeIds) {
  const std::string tokenizer = made_vocab("wordpiece", "--kind wordpiece --size 57 --data " + corpus());
  const Json pair = gimbal("tokenize --json --tokenizer " + tokenizer + " 'The cat' --pair dog").json();
  EXPECT_EQ(pair["tokens"], Json::parse(R"(["[CLS]", "the", "cat", "[SEP]", "dog", "[SEP]"])"));
  EXPECT_EQ(pair["type_ids"], Json::parse("[0,0,0,0,1,1]"));
  EXPECT_EQ(pair["texts"], Json::parse("[-1,0,0,-1,1,-1]"));
  const std::string ids = gimbal("tokenize --tokenizer " + tokenizer + " 'The cat' --pair dog").out;
  EXPECT_TRUE(ids.ends_with("\n0,0,0,0,1,1\n")) << ids;
  EXPECT_EQ(gimbal("tokenize --tokenizer " + tokenizer + " a --pair b --no-special").code, 2);
}

TEST(TokenizeCommand, ComparesWithExpectedIds) {
  const std::string tokenizer = made_vocab("byte", "--kind byte");
  const fs::path right = scratch() / "right.json", wrong = scratch() / "wrong.json";
  write_file(
      right,
      R"({"texts": ["ab", "ü"], "ids": [[97, 98], [195, 188]], "offsets": [[[0, 1], [1, 2]], [[0, 1], [0, 1]]], "ids_special": [0, [195, 188]]})");
  write_file(wrong, R"({"ids": [[97, 98], [195, 189]]})");
  const Ran agree = gimbal("tokenize --tokenizer " + tokenizer + " --compare " + right.string());
  EXPECT_EQ(agree.code, 0) << agree.out << agree.err;
  const Ran differ = gimbal("tokenize --tokenizer " + tokenizer + " --compare " + wrong.string() + " -", R"(["ab", "ü"])");
  EXPECT_EQ(differ.code, 1);
  EXPECT_NE(differ.out.find("ids: 1 of 2 texts agree"), std::string::npos) << differ.out;
  EXPECT_NE(differ.out.find("[195,189]"), std::string::npos);
  EXPECT_EQ(gimbal("tokenize --tokenizer " + tokenizer + " --compare " + wrong.string()).code, 2);
  EXPECT_EQ(gimbal("tokenize --tokenizer " + tokenizer + " --compare " + wrong.string() + " -", R"(["ab"])").code, 2);
}

TEST(TokenizeCommand, RefusesInOneSentence) {
  const std::string byte = made_vocab("byte", "--kind byte"), never = " --out " + (scratch() / "never").string();
  const std::string bad[] = {
      "tokenize --tokenizer /no/such/place abc",
      "tokenize --tokenizer " + byte,
      "tokenize --tokenizer " + byte + " \"$(printf '\\377')\"",
      "detokenize --tokenizer " + byte + " 1,9999",
      "detokenize --tokenizer " + byte + " one",
      "vocab --kind byte --size 300" + never,
      "vocab --kind char" + never,
      "vocab --kind wordpiece" + never,
      "vocab --size 12x --data " + corpus() + never,
      "vocab --size 100 --data " + corpus() + never,
      "vocab --size 100k --data " + corpus() + never,
      "vocab --size 290 --data /no/such/file" + never,
      "vocab --kind wordpiece --size 100k --data " + corpus() + never,
      "vocab --kind unigram --size 100k --data " + corpus() + never,
      "vocab --kind unigram --size 105 --data " + corpus() + never,
      "vocab --kind unigram --special x --data " + corpus() + never,
  };
  for (const std::string& arguments : bad) {
    const Ran ran = gimbal(arguments);
    EXPECT_EQ(ran.code, 2) << arguments;
    EXPECT_TRUE(is_one_sentence(ran.err)) << arguments << "\n" << ran.err;
  }
  EXPECT_FALSE(fs::exists(scratch() / "never"));
}

}  // namespace
}  // namespace gimbal
