// gimbal chat from outside: a conversation through a pipe.
#include <gtest/gtest.h>

#include <sstream>

#include "cli/gimbal_process.h"

namespace gimbal {
namespace {

std::string chat(const std::string& flags) { return "chat --model " + letters_directory() + " --max-tokens 8 " + flags; }

std::vector<Json> replies(const std::string& lines) {
  std::vector<Json> all;
  std::istringstream out(gimbal(chat("--json --seed 2"), lines).out);
  for (std::string line; std::getline(out, line);) all.push_back(parse_json(line, "a reply"));
  return all;
}

TEST(ChatCommand, AnswersEachLineAndReusesTheTokens) {
  const std::vector<Json> all = replies("abc\ndef\n\nabc");
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[0]["reused_tokens"], 0);
  EXPECT_GE(all[1]["reused_tokens"], all[0]["prompt_tokens"]);
  EXPECT_LE(all[1]["reused_tokens"], all[0]["prompt_tokens"].get<int>() + all[0]["new_tokens"].get<int>());
}

TEST(ChatCommand, ResetBeginsAnewAndExitEnds) {
  const std::vector<Json> all = replies("abc\ndef\n/reset\nabc\n/exit\nno\n");
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[2]["prompt_tokens"], all[0]["prompt_tokens"]);
  EXPECT_EQ(all[2]["text"], all[0]["text"]);
}

TEST(ChatCommand, SaysWhatIsWrongAndGoesOn) {
  const Ran ran = gimbal(chat("--quiet"), "/rest\n" + std::string(200, 'a') + "\nabc\n");
  EXPECT_EQ(ran.code, 0);
  EXPECT_NE(ran.err.find("/reset"), std::string::npos);
  EXPECT_NE(ran.err.find("fewer words"), std::string::npos);
  EXPECT_FALSE(ran.out.empty());
}

TEST(ChatCommand, SaysWhereATemplateIsBroken) {
  const fs::path with_template = scratch() / "templated";
  fs::copy(letters_directory(), with_template);
  write_file(with_template / "chat_template.jinja", "{% for message in messages %}\n{{ message.content | loud }}\n{% endfor %}");
  const Ran ran = gimbal("chat --quiet --model " + with_template.string(), "abc\n");
  EXPECT_NE(ran.err.find("template"), std::string::npos) << ran.err;
  EXPECT_NE(ran.err.find("line 2"), std::string::npos) << ran.err;
}

TEST(CommandLine, EveryCommandHasHelpWithAnExample) {
  for (const char* command : {"generate", "chat", "forward", "tokenize", "detokenize", "vocab"}) {
    const Ran ran = gimbal(std::string(command) + " --help");
    EXPECT_EQ(ran.code, 0);
    EXPECT_NE(ran.out.find("Example:"), std::string::npos) << command;
    for (const char* flag : {"--threads", "--seed", "--quiet", "--json"}) EXPECT_NE(ran.out.find(flag), std::string::npos) << command;
  }
}

}  // namespace
}  // namespace gimbal
