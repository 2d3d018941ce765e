// A conversation that keeps its keys and values between turns: of a turn's prompt only what is new is computed.
//
// A model whose tokenizer has a chat template is asked in it (data/forms/chat_format.h), whatever kind of model it is; of the template's text what
// stands in the cache is not computed again. Else the form is plain text, which any causal model can continue:
//   User: <what the user says>
//   Assistant: <the answer, up to a line that begins with "User:", or the model's end of text>
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "data/forms/chat_format.h"
#include "infer/generator.h"
#include "infer/text_model.h"

namespace gimbal {

struct ChatOptions {
  SamplingOptions sampling;
  int64_t max_tokens = 512;  // of one answer
  std::string system;        // what stands before the conversation; "" for nothing
};

struct ChatReply {
  std::string text;
  Finish finish = Finish::kLength;
  int64_t prompt_tokens = 0, reused_tokens = 0;  // of the whole conversation so far; of these, those that were in the cache
  int64_t new_tokens = 0;
  int64_t forgotten_turns = 0;  // the oldest ones, which no longer fit into the context
};

class ChatSession {
 public:
  /// `model` (with a tokenizer) and `decoder` must outlive the session. Error for a malformed chat template, and without one for a model that does
  /// not continue texts.
  ChatSession(const TextModel& model, Decoder& decoder, ChatOptions options);

  /// Answers. `on_text` hears the answer as it becomes certain (pieces may be "") and may stop it; what was said until then stays part of the
  /// conversation. Error when the text alone does not fit into the context; the conversation is then as before.
  ChatReply say(std::string_view user, const std::function<Next(std::string_view piece)>& on_text);

  /// Forgets the conversation.
  void reset();

 private:
  ChatReply say_in_template(std::string_view user, const std::function<Next(std::string_view)>& on_text);
  std::vector<int32_t> conversation(std::span<const int32_t> turn, ChatReply& reply);
  std::vector<int32_t> answer(GenerationRequest request, const std::function<Next(std::string_view)>& on_text, ChatReply& reply);

  const Tokenizer& tokenizer_;
  Decoder& decoder_;
  Generator generator_;
  ChatOptions options_;
  PromptForm form_;
  std::optional<ChatFormat> format_;
  std::vector<int32_t> begin_, stop_ids_;
  std::vector<std::string> stops_;           // strings that end an answer
  std::vector<std::vector<int32_t>> turns_;  // plain form: ids of what both said
  std::vector<Message> messages_;            // in a template
};

}  // namespace gimbal
