// A conversation answers as the model answers its whole text, and computes only what is new.
#include "infer/chat.h"

#include <gtest/gtest.h>

#include "infer/text_generator.h"
#include "infer/tiny_model.h"
#include "text/train_bpe.h"

namespace gimbal {
namespace {

TextModel letters(int64_t context) {
  const std::string_view alphabet = "abcdefghijklmnop\n User:Assistant";
  TextModel model;
  model.tokenizer = train_char({&alphabet, 1}, {"<|endoftext|>"});
  model.model = tiny_model(model.tokenizer->vocab_size(), context);
  model.stop_ids = {0};
  return model;
}

ChatOptions options(int64_t max_tokens) {
  ChatOptions o;
  o.max_tokens = max_tokens;
  return o;
}

Next listen(std::string_view) { return Next::kContinue; }

// What the model says after `text`, with the session's way of ending.
std::string continued(const TextModel& model, const std::string& text, int64_t max_tokens) {
  TextOptions o;
  o.max_tokens = max_tokens;
  o.stop = {"\nUser:"};
  o.stop_ids = model.stop_ids;
  return generate_text(*model.model, *model.tokenizer, text, o)[0].text;
}

TEST(Chat, AnswersTheWholeConversationAndComputesWhatIsNew) {
  const TextModel model = letters(1000);
  Decoder decoder(*model.model, DType::kF32);
  ChatSession session(model, decoder, options(25));
  std::string whole;
  int64_t before = 0;
  for (const char* said : {"abc", "def", "no"}) {
    whole += cat("User: ", said, "\nAssistant:");
    std::string heard;
    const ChatReply reply = session.say(said, [&](std::string_view piece) {
      heard += piece;
      return Next::kContinue;
    });
    const std::string raw = continued(model, whole, 25);
    EXPECT_EQ(reply.text, raw.starts_with(' ') ? raw.substr(1) : raw);
    EXPECT_EQ(heard, reply.text);
    EXPECT_EQ(reply.prompt_tokens, static_cast<int64_t>(whole.size()));
    // All but the last token of the answer, which nothing followed, was computed in the turn before.
    EXPECT_EQ(reply.reused_tokens, before);
    before = reply.prompt_tokens + reply.new_tokens - 1;
    whole += raw + "\n";
  }
}

TEST(Chat, NeedsAModelThatGoesOnWithAText) {
  TextModel model = letters(100);
  model.model = tiny_model(tiny_encoder_decoder(model.tokenizer->vocab_size(), 100));
  Decoder decoder(*model.model, DType::kF32);
  EXPECT_THROW(ChatSession(model, decoder, options(5)), Error);
}

TextModel templated(TextModel model) {
  constexpr const char* kTemplate =
      "{% for m in messages %}{{ m.role[-1] + ':' + m.content }}{{ eos_token if m.role == 'assistant' }}{{ '\\n' }}{% endfor %}"
      "{% if add_generation_prompt %}t:{% endif %}";
  model.tokenizer = with_chat_template(*model.tokenizer, kTemplate);
  return model;
}

TEST(Chat, SpeaksInTheModelsTemplate) {
  const TextModel model = templated(letters(1000));
  Decoder decoder(*model.model, DType::kF32);
  ChatOptions o = options(25);
  o.system = "be";
  ChatSession session(model, decoder, o);
  std::string whole = "m:be\n";
  for (const char* said : {"abc", "def"}) {
    whole += cat("r:", said, "\nt:");
    const ChatReply reply = session.say(said, listen);
    const std::string raw = continued(model, whole, 25);
    EXPECT_EQ(reply.text, raw.starts_with(' ') ? raw.substr(1) : raw);
    whole += reply.text + "<|endoftext|>\n";
    EXPECT_EQ(reply.reused_tokens > 0, std::string(said) == "def");
  }
}

TEST(Chat, WithATemplateModelsThatReadASourceAnswerToo) {
  TextModel model = templated(letters(100));
  model.model = tiny_model(tiny_encoder_decoder(model.tokenizer->vocab_size(), 100));
  Decoder decoder(*model.model, DType::kF32);
  ChatSession session(model, decoder, options(5));
  EXPECT_EQ(session.say("abc", listen).prompt_tokens, 8);
  EXPECT_GT(session.say(std::string(90, 'd'), listen).forgotten_turns, 0);
  EXPECT_THROW(session.say(std::string(200, 'd'), listen), Error);
}

TEST(Chat, ResetForgets) {
  const TextModel model = letters(1000);
  Decoder decoder(*model.model, DType::kF32);
  ChatSession session(model, decoder, options(10));
  const std::string first = session.say("abc", listen).text;
  session.say("def", listen);
  session.reset();
  const ChatReply again = session.say("abc", listen);
  EXPECT_EQ(again.text, first);
  EXPECT_EQ(again.prompt_tokens, 20);
}

TEST(Chat, AStoppedAnswerStaysPartOfTheConversation) {
  const TextModel model = letters(1000);
  Decoder decoder(*model.model, DType::kF32);
  ChatSession session(model, decoder, options(30));
  int heard = 0;
  const ChatReply reply = session.say("abc", [&](std::string_view) { return ++heard == 4 ? Next::kStop : Next::kContinue; });
  EXPECT_EQ(reply.new_tokens, 4);
  EXPECT_EQ(reply.finish, Finish::kStopped);
  EXPECT_EQ(session.say("def", listen).reused_tokens, 20 + 3);
}

TEST(Chat, TheOldestTurnsAreForgotten) {
  const TextModel model = letters(100);
  Decoder decoder(*model.model, DType::kF32);
  ChatSession session(model, decoder, options(20));
  int64_t forgotten = 0;
  for (int turn = 0; turn < 8; ++turn) {
    const ChatReply reply = session.say("abcde", listen);
    EXPECT_LE(reply.prompt_tokens + reply.new_tokens, 100);
    EXPECT_GT(reply.new_tokens, 0);
    forgotten += reply.forgotten_turns;
  }
  EXPECT_GE(forgotten, 3);
}

TEST(Chat, ATextThatCannotFitIsRefusedAndForgotten) {
  const TextModel model = letters(100);
  Decoder decoder(*model.model, DType::kF32);
  ChatSession session(model, decoder, options(10));
  session.say("abc", listen);
  EXPECT_THROW(session.say(std::string(100, 'a'), listen), Error);
  EXPECT_GT(session.say("def", listen).reused_tokens, 20);
}

}  // namespace
}  // namespace gimbal
