// Which tokens of a conversation count, by every way of telling them, and what becomes of conversations that are too long.
#include <gtest/gtest.h>

#include "data/forms/chat_format.h"
#include "data/forms/samples_for_tests.h"

namespace gimbal::samples {
namespace {

// ChatML by this test's own hand; end tokens are single ids of the byte tokenizer below.
constexpr const char* kByRoles =
    "{%- for m in messages %}{{ '<|start|>' + m.role + '\\n' + m.content | trim + '<|extract|>\\n' }}{% endfor %}"
    "{%- if add_generation_prompt %}{{ '<|start|>assistant\\n' }}{% endif %}";
// The same, and it says what the assistant says.
constexpr const char* kMarked =
    "{%- for m in messages %}{{ '<|start|>' + m.role + '\\n' }}"
    "{% if m.role == 'assistant' %}{% generation %}{{ m.content | trim + '<|extract|>' }}{% endgeneration %}{% else %}{{ m.content + '<|extract|>' "
    "}}{% endif %}"
    "{{ '\\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|start|>assistant\\n' }}{% endif %}";
// Thoughts stand in the last answer only, so that a conversation's beginning reads otherwise when it goes on.
constexpr const char* kForgetful =
    "{%- for m in messages %}{{ '<|start|>' + m.role + '\\n' }}{% if m.role == 'assistant' and loop.last %}{{ '<hm>' }}{% endif %}"
    "{{ m.content + '<|extract|>\\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|start|>assistant\\n' }}{% endif %}";

const std::vector<Message> kTalk = {{"system", "Be kind."}, {"user", "Hi"}, {"assistant", "Hello."}, {"user", "More"}, {"assistant", "Bye é."}};

Tokenizer speaking(std::string_view chat_template) { return with_chat_template(bytes(), std::string(chat_template)); }

std::string said(std::string_view chat_template, std::span<const Message> messages = kTalk) {
  const Tokenizer tokenizer = speaking(chat_template);
  const ChatFormat::Tokens t = ChatFormat(tokenizer).tokens(messages);
  std::string bytes_said;  // é is two tokens
  for (size_t i = 0; i < t.ids.size(); ++i) {
    if (t.said[i] && (i == 0 || !t.said[i - 1])) bytes_said += "[";
    if (t.said[i]) bytes_said += t.ids[i] < 256 ? std::string(1, static_cast<char>(t.ids[i])) : tokenizer.token(t.ids[i]);
    if (t.said[i] && (i + 1 == t.ids.size() || !t.said[i + 1])) bytes_said += "]";
  }
  return bytes_said;
}

TEST(ChatFormat, TellsWhatTheAssistantSays) {
  const std::string both = "[Hello.<|extract|>][Bye é.<|extract|>]";
  EXPECT_EQ(said(kByRoles), both);
  EXPECT_EQ(said(kMarked), both);
  EXPECT_EQ(said(kForgetful), "[Hello.<|extract|>][<hm>Bye é.<|extract|>]");
  EXPECT_EQ(said(plain_chat_template()), "[ Hello.<|endoftext|>][ Bye é.<|endoftext|>]");
}

TEST(ChatFormat, EndsAndPrompts) {
  const Tokenizer tokenizer = speaking(kByRoles);
  const ChatFormat format(tokenizer);
  EXPECT_EQ(format.end(), kExtract);
  const ChatFormat::Prompt whole = format.prompt(std::span(kTalk).first(4), 1000), less = format.prompt(std::span(kTalk).first(4), 50);
  EXPECT_EQ(whole.forgotten, 0);
  EXPECT_EQ(less.forgotten, 1);
  const auto text = [&](const Ids& ids) { return tokenizer.decode(ids, SkipSpecial::kNo); };
  EXPECT_EQ(text(less.ids), "<|start|>system\nBe kind.<|extract|>\n<|start|>user\nMore<|extract|>\n<|start|>assistant\n");
  const ChatFormat::Tokens all = format.tokens(kTalk);
  EXPECT_TRUE(std::equal(whole.ids.begin(), whole.ids.end(), all.ids.begin()));
  EXPECT_EQ(text(format.answer(kTalk, 4)), "Bye é.");
  EXPECT_SAYS(refusal([] { ChatFormat{bytes()}; }), "has no chat template");
  EXPECT_SAYS(refusal([] { ChatFormat(speaking("{{ x")); }), "chat template line 1: a tag {{ has no end }}");
}

Record conversation(std::vector<Message> messages) {
  Record r = record_of({});
  r.messages = std::move(messages);
  return r;
}

std::unique_ptr<TaskForm> chat_form(int64_t context, Frame frame = Frame::kCausal, std::string_view chat_template = kByRoles) {
  FormRequest request{.task = task_named("chat"), .tokenizer = speaking(chat_template), .labels = {}};
  request.context = context;
  request.frame = frame;
  return make_form("chat", request);
}

std::string targets_of(const TokenBatch& batch) {
  std::string out;
  for (const int32_t t : batch.targets) out += t < 0 ? "" : t < 256 ? std::string(1, static_cast<char>(t)) : "|";
  return out;
}

TEST(ChatForm, CountsEveryAnswerAndItsEnd) {
  const auto form = chat_form(200);
  const TokenBatch batch = batch_of(*form, conversation(kTalk));
  EXPECT_EQ(targets_of(batch), "Hello.|Bye é.|");
  EXPECT_EQ(form->parts(conversation(kTalk)), 1);
  for (size_t row = 0; row + 1 < batch.ids.size(); ++row)
    if (batch.targets[row] >= 0) {
      EXPECT_EQ(batch.targets[row], batch.ids[row + 1]);
    }
  EXPECT_EQ(form->end_id(), kExtract);
}

TEST(ChatForm, AShapeOfOneQuestionIsAConversation) {
  Record r = record_of({"Add.", "1 2"});
  r.references = {"3"};
  EXPECT_EQ(targets_of(batch_of(*chat_form(200), r)), "3|");
}

TEST(ChatForm, ALongConversationIsToldInPartsOfWholeExchanges) {
  const Record talk = conversation(kTalk);
  const auto form = chat_form(60);  // the system's message and one exchange: 47 and 50 tokens
  ASSERT_EQ(form->parts(talk), 2);
  EXPECT_EQ(targets_of(batch_of(*form, talk, 0)), "Hello.|");
  EXPECT_EQ(targets_of(batch_of(*form, talk, 1)), "Bye é.|");
  const TokenBatch second = batch_of(*form, talk, 1);
  EXPECT_EQ(Ids(second.ids.begin(), second.ids.begin() + 8), Ids{kStart} + ascii("system\n"));
  const std::vector<Record> records = {talk};
  EXPECT_SAYS(form->note(records), "of 1 conversations 1 are longer than 60 tokens");
  EXPECT_EQ(chat_form(200)->note(records), "");
}

TEST(ChatForm, AnExchangeTooLongAloneLosesEnds) {
  const Record asks = conversation({{"user", std::string(100, 'q')}, {"assistant", "yes"}});
  const TokenBatch asked = batch_of(*chat_form(60), asks);
  EXPECT_EQ(asked.rows(), 60);
  EXPECT_EQ(targets_of(asked), "yes|");
  const Record tells = conversation({{"user", "q"}, {"assistant", std::string(100, 'y')}});
  const TokenBatch told = batch_of(*chat_form(60), tells);
  EXPECT_EQ(told.rows(), 60);
  EXPECT_EQ(targets_of(told), std::string(61 - 20, 'y')) << "no end of an answer that is cut";
  const std::vector<Record> nothing = {conversation({{"user", "q"}, {"assistant", "yes"}})};
  EXPECT_SAYS(refusal([&] { chat_form(10)->check(nothing); }), "the assistant says nothing in 10 tokens of it");
}

TEST(ChatForm, OtherFramesTakeOneAnswerAnExample) {
  const auto form = chat_form(100, Frame::kPrefix);
  const Record talk = conversation(kTalk);
  ASSERT_EQ(form->parts(talk), 2);
  EXPECT_EQ(targets_of(batch_of(*form, talk, 1)), "Bye é.|");
  EXPECT_EQ(batch_of(*form, talk, 0).prefixes[0], static_cast<int64_t>(std::string("system\nBe kind.\nuser\nHi\nassistant\n").size()) + 5);
}

}  // namespace
}  // namespace gimbal::samples
