// A conversation as a model reads it: its tokenizer's chat template, and which of the tokens the assistant says.
//
// The assistant says what stands in the template's {% generation %} blocks; where it has none, what a message adds to the conversation up to it,
// once the assistant is asked to speak. Where that cannot be told apart (a template that writes earlier answers otherwise), the message's own text.
// The special token that ends an answer belongs to it, white space behind that does not.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "data/tasks/record.h"
#include "text/chat_template.h"

namespace gimbal {

/// What a tokenizer without a template gets: "User: …\nAssistant: …" with the end of text behind each answer.
std::string_view plain_chat_template();

/// Messages [0, lead) are the system's; then exchanges: what others say up to the end of what the assistant answers. The last one may be open.
struct Exchanges {
  size_t lead = 0;
  std::vector<size_t> ends;
};
Exchanges exchanges_of(std::span<const Message> messages);

class ChatFormat {
 public:
  /// Error when the tokenizer has no chat template, or a malformed one.
  explicit ChatFormat(const Tokenizer& tokenizer);

  struct Tokens {
    std::vector<int32_t> ids;
    std::vector<bool> said;  // by the assistant, what ends its answers included
    int64_t count() const;   // of those said
  };
  /// The whole conversation. Error when the template refuses it.
  Tokens tokens(std::span<const Message> messages) const;

  /// What the assistant says in message `at`, as a text of its own: without its end and without white space around it.
  std::vector<int32_t> answer(std::span<const Message> messages, size_t at) const;

  struct Prompt {
    std::vector<int32_t> ids;
    int64_t forgotten = 0;  // exchanges
  };
  /// Up to where the assistant is to speak, with as many of the latest exchanges as `room` tokens hold, the open one always: it may be longer.
  Prompt prompt(std::span<const Message> messages, int64_t room) const;

  /// What ends an answer: the special token that the template writes there; else, what it writes as text ("" for nothing).
  const std::optional<int32_t>& end() const { return end_; }
  const std::string& end_text() const { return end_text_; }

 private:
  enum class Asks : uint8_t { kNo, kYes };  // whether the assistant is asked to speak next
  jinja::Rendered render(std::span<const Message> messages, Asks asks) const;
  std::optional<std::string> text_if_allowed(std::span<const Message> messages, Asks asks) const;
  text::Span said_in(std::span<const Message> messages, size_t at, const std::string& whole) const;
  Encoding encode(const std::string& text) const;
  bool is_special(int32_t id) const;
  void settle(const std::string& text, text::Span said, const Encoding& encoding, std::span<const uint32_t> byte_of, Tokens& tokens) const;
  std::optional<int32_t> first_id(const std::string& text) const;
  void find_end();

  Tokenizer tokenizer_;
  jinja::Template template_;
  text::OrderedJson variables_;
  std::vector<std::pair<std::string, int32_t>> unread_;  // special tokens that the tokenizer does not find in a text
  std::optional<int32_t> end_;
  std::string end_text_;
};

}  // namespace gimbal
