// A conversation in which the assistant is to say what it says there; nothing else counts (the chat template: chat_format.h).
//
//   causal decoder                  the whole conversation, a loss on every answer and what ends it
//   encoder-decoder, blanks, prefix one example an answer: what stands before it as the source, the answer as the target (frame.h)
//
// What is too long: a decoder's conversation is told in several parts of whole exchanges, each behind the system's messages; a source loses its
// oldest exchanges. Of an exchange that is too long alone, what is asked loses its end, down to half of the context, then the answer its end.
#include <algorithm>

#include "core/error.h"
#include "data/forms/chat_format.h"
#include "data/forms/form.h"
#include "data/tasks/wording.h"
#include "text/utf8.h"

namespace gimbal {
namespace {

constexpr int64_t kRoomForAnAnswer = 64;  // tokens that a prompt leaves free in a stack that it shares with the answer
constexpr int kCuts = 4;                  // of one text: cutting moves the ends of tokens

using Messages = std::vector<Message>;

class ChatForm final : public TaskForm {
 public:
  explicit ChatForm(const FormRequest& request)
      : r_(request), roles_(roles_of(request.tokenizer)), format_(request.tokenizer), limits_{r_.frame, r_.context, r_.target_context} {
    if (r_.frame == Frame::kCausal) return;
    need_roles("a conversation", {{roles_.eos, "an end of text (</s>)"}});
    if (r_.frame == Frame::kEncoderDecoder) need_roles("a conversation", {{roles_.start, "a first token for the decoder (<pad>)"}});
    if (r_.frame == Frame::kBlank)
      need_roles("a text with blanks",
                 {{roles_.document_mask, "[gMASK]"}, {roles_.piece_start, "<|startofpiece|>"}, {roles_.piece_end, "<|endofpiece|>"}});
  }

  void check(std::span<const Record> records) const override {
    for (const Record& record : records) {
      const Context doing("telling conversation " + record.id);
      if (!record.labelled) {
        source(record);
        continue;
      }
      for (int64_t part = 0, count = parts(record); part < count; ++part) {
        TokenBatch batch;
        add(record, part, batch);
        if (std::ranges::all_of(batch.targets, [](int32_t t) { return t < 0; }))
          fail("the assistant says nothing in ", r_.context, " tokens of it; give more context, or leave the record out");
      }
    }
  }

  int64_t parts(const Record& record) const override {
    const Messages all = as_messages(r_.task, record);
    return static_cast<int64_t>(r_.frame == Frame::kCausal ? pieces(all).size() : answers(all).size());
  }

  void add(const Record& record, int64_t part, TokenBatch& batch) const override {
    const Messages all = as_messages(r_.task, record);
    if (r_.frame == Frame::kCausal) return add_told(fitted(pieces(all)[static_cast<size_t>(part)]), batch);
    const size_t at = answers(all)[static_cast<size_t>(part)];
    const int64_t most = r_.frame == Frame::kEncoderDecoder ? limits_.longest_target() : limits_.shared_tokens() / 2;
    std::vector<int32_t> target = format_.answer(all, at);
    if (static_cast<int64_t>(target.size()) < most) {
      target.push_back(*roles_.eos);
    } else {
      target.resize(static_cast<size_t>(most));  // an answer that is cut has no end
    }
    const int64_t room = r_.frame == Frame::kEncoderDecoder ? r_.context : limits_.shared_tokens() - static_cast<int64_t>(target.size());
    add_pair(asked({all.begin(), all.begin() + static_cast<std::ptrdiff_t>(at)}, room), target, r_.frame, roles_, batch);
  }

  std::vector<int32_t> source(const Record& record) const override {
    Messages all = as_messages(r_.task, record);
    if (record.labelled)
      while (!all.empty() && all.back().role != "assistant") all.pop_back();
    while (!all.empty() && all.back().role == "assistant") all.pop_back();
    if (all.empty()) fail(name_of(record), " has nothing to answer");
    const int64_t shared = limits_.shared_tokens(), answer = std::min(r_.target_context > 0 ? r_.target_context : kRoomForAnAnswer, shared / 2);
    std::vector<int32_t> ids = asked(std::move(all), r_.frame == Frame::kEncoderDecoder ? r_.context : shared - answer);
    if (r_.frame == Frame::kBlank) ids.push_back(*roles_.document_mask);
    return ids;
  }

  Prediction read_text(const Record&, const std::string& text) const override {
    Prediction p;
    p.text = text.substr(std::min(text.find_first_not_of(' '), text.size()));
    return p;
  }

  std::optional<int32_t> end_id() const override { return format_.end(); }

  std::string note(std::span<const Record> records) const override {
    if (r_.frame != Frame::kCausal) return "";
    int64_t divided = 0, shortened = 0;
    for (const Record& record : records) {
      const std::vector<Messages> all = pieces(as_messages(r_.task, record));
      divided += all.size() > 1;
      for (const Messages& piece : all) shortened += size_of(format_.tokens(piece)) > limits_.shared_tokens();
    }
    if (divided + shortened == 0) return "";
    return cat("of ", records.size(), " conversations ", divided, " are longer than ", r_.context, " tokens and are told in parts; ", shortened,
               " single exchanges are, and lose the ends of what is asked or answered");
  }

 private:
  static int64_t size_of(const ChatFormat::Tokens& tokens) { return static_cast<int64_t>(tokens.ids.size()); }

  static std::vector<size_t> answers(const Messages& messages) {
    std::vector<size_t> at;
    for (size_t i = 0; i < messages.size(); ++i)
      if (messages[i].role == "assistant") at.push_back(i);
    return at;
  }

  // The conversation in parts that fit, or are a single exchange. What nobody answers is left out.
  std::vector<Messages> pieces(const Messages& messages) const {
    const Exchanges exchanges = exchanges_of(messages);
    std::vector<Messages> all;
    size_t begin = exchanges.lead;
    Messages piece;
    for (const size_t end : exchanges.ends) {
      const auto from = messages.begin() + static_cast<std::ptrdiff_t>(begin), to = messages.begin() + static_cast<std::ptrdiff_t>(end);
      begin = end;
      if (messages[end - 1].role != "assistant") continue;
      Messages longer = piece;
      if (longer.empty()) longer.assign(messages.begin(), messages.begin() + static_cast<std::ptrdiff_t>(exchanges.lead));
      longer.insert(longer.end(), from, to);
      if (!piece.empty() && size_of(format_.tokens(longer)) > limits_.shared_tokens()) {
        all.push_back(std::move(piece));
        longer.assign(messages.begin(), messages.begin() + static_cast<std::ptrdiff_t>(exchanges.lead));
        longer.insert(longer.end(), from, to);
      }
      piece = std::move(longer);
    }
    if (!piece.empty()) all.push_back(std::move(piece));
    return all;
  }

  // Takes `tokens` from the end of the longest message that is not the assistant's; nothing when these are empty.
  void shorten(Messages& messages, int64_t tokens) const {
    Message* longest = nullptr;
    for (Message& m : messages)
      if (m.role != "assistant" && (!longest || m.content.size() > longest->content.size())) longest = &m;
    if (!longest || longest->content.empty()) return;
    const Encoding encoding = r_.tokenizer.encode_with_offsets(longest->content, AddSpecial::kNo);
    const int64_t keep = std::max<int64_t>(0, static_cast<int64_t>(encoding.ids.size()) - tokens);
    size_t end = 0;
    for (int32_t left = keep > 0 ? encoding.offsets[static_cast<size_t>(keep) - 1].second : 0; left > 0; --left)
      end += text::character_length(longest->content[end]);
    longest->content.resize(end);
  }

  ChatFormat::Tokens fitted(Messages messages) const {
    ChatFormat::Tokens t = format_.tokens(messages);
    const int64_t most = limits_.shared_tokens();
    for (int cut = 0; cut < kCuts && size_of(t) > most; ++cut) {
      const int64_t spare = std::min(size_of(t) - most, size_of(t) - t.count() - most / 2);
      if (spare <= 0) break;
      shorten(messages, spare);
      t = format_.tokens(messages);
    }
    if (size_of(t) > most) t.ids.resize(static_cast<size_t>(most)), t.said.resize(static_cast<size_t>(most));
    return t;
  }

  static void add_told(const ChatFormat::Tokens& t, TokenBatch& batch) {
    Sequence s;
    for (size_t i = 0; i + 1 < t.ids.size(); ++i) {
      s.ids.push_back(t.ids[i]);
      s.targets.push_back(t.said[i + 1] ? t.ids[i + 1] : kIgnoredTarget);
    }
    batch.add(s);
  }

  // What a model reads before it answers, in `room` tokens with those that its frame adds.
  std::vector<int32_t> asked(Messages messages, int64_t room) const {
    const bool begins = r_.frame == Frame::kBlank && roles_.cls, ends = r_.frame == Frame::kEncoderDecoder;
    room -= (begins ? 1 : 0) + (ends ? 1 : 0);
    std::vector<int32_t> ids = format_.prompt(messages, room).ids;
    for (int cut = 0; cut<kCuts&& static_cast<int64_t>(ids.size())> room; ++cut) {
      const Exchanges exchanges = exchanges_of(messages);
      if (exchanges.ends.size() > 1)
        messages.erase(messages.begin() + static_cast<std::ptrdiff_t>(exchanges.lead),
                       messages.begin() + static_cast<std::ptrdiff_t>(exchanges.ends[exchanges.ends.size() - 2]));
      shorten(messages, static_cast<int64_t>(ids.size()) - room);
      ids = format_.prompt(messages, room).ids;
    }
    if (static_cast<int64_t>(ids.size()) > room) fail("a context of ", r_.context, " tokens has no room for a question in the chat template");
    if (begins && (ids.empty() || ids.front() != *roles_.cls)) ids.insert(ids.begin(), *roles_.cls);
    if (ends && (ids.empty() || ids.back() != *roles_.eos)) ids.push_back(*roles_.eos);
    return ids;
  }

  FormRequest r_;
  RoleIds roles_;
  ChatFormat format_;
  PairLimits limits_;
};

}  // namespace

std::unique_ptr<TaskForm> make_chat_form(const FormRequest& request) { return std::make_unique<ChatForm>(request); }

}  // namespace gimbal
