// Turns are kept as ids, so that what was generated is found again in the cache token by token.
#include "infer/chat.h"

#include <algorithm>

#include "infer/stop_strings.h"
#include "text/stream_decoder.h"

namespace gimbal {
namespace {

constexpr const char* kNextTurn = "\nUser:";

// The answer follows "Assistant:", so that it begins with a space, which is not shown.
std::string without_leading_space(std::string text) {
  if (text.starts_with(' ')) text.erase(0, 1);
  return text;
}

}  // namespace

ChatSession::ChatSession(const TextModel& model, Decoder& decoder, ChatOptions options)
    : tokenizer_(*model.tokenizer),
      decoder_(decoder),
      generator_(decoder),
      options_(std::move(options)),
      form_(model.form()),
      begin_(tokenizer_.encode(options_.system.empty() ? "" : options_.system + "\n", AddSpecial::kYes)),
      stop_ids_(model.stop_ids) {
  check(options_.sampling);
  if (chat_template_of(tokenizer_)) {
    format_.emplace(tokenizer_);
    if (format_->end()) stop_ids_.push_back(*format_->end());
    if (!format_->end_text().empty()) stops_ = {format_->end_text()};
  } else {
    stops_ = {kNextTurn};
    if (const Architecture& a = decoder.architecture(); form_.kind != PromptKind::kContinue)
      fail("a conversation without a chat template needs a model that goes on with a text, and this one (family ", a.family,
           ") reads a prompt as a whole; ask it with gimbal generate");
  }
  reset();
}

void ChatSession::reset() {
  turns_.clear();
  messages_.clear();
  if (!options_.system.empty()) messages_.push_back({"system", options_.system});
}

// The ids of the whole conversation with a new turn. The oldest turns go until a quarter of the context (or a whole answer) is free.
std::vector<int32_t> ChatSession::conversation(std::span<const int32_t> turn, ChatReply& reply) {
  const int64_t context = decoder_.architecture().context, room = std::min(options_.max_tokens, std::max<int64_t>(1, context / 4));
  const auto length = [&](size_t first) {
    size_t n = begin_.size() + turn.size();
    for (size_t t = first; t < turns_.size(); ++t) n += turns_[t].size();
    return static_cast<int64_t>(n);
  };
  size_t first = 0;
  while (first < turns_.size() && length(first) + room > context) ++first;
  if (length(first) >= context)
    fail("the text has ", turn.size(), " tokens and the model's context is ", context, ", so no answer fits; say it in fewer words");
  turns_.erase(turns_.begin(), turns_.begin() + static_cast<std::ptrdiff_t>(first));
  reply.forgotten_turns = static_cast<int64_t>(first);
  std::vector<int32_t> ids = begin_;
  for (const auto& t : turns_) ids.insert(ids.end(), t.begin(), t.end());
  ids.insert(ids.end(), turn.begin(), turn.end());
  return ids;
}

// Generates one answer. Returns the ids that make up its text: those chosen, and for a text that ends inside a token the ids of its rest.
std::vector<int32_t> ChatSession::answer(GenerationRequest request, const std::function<Next(std::string_view)>& on_text, ChatReply& reply) {
  StreamDecoder decoder(tokenizer_, SkipSpecial::kYes);
  for (const int32_t id : request.prompt) decoder.feed(id);
  StopStrings stops(stops_);
  std::string text;
  std::vector<size_t> ends;  // bytes of text after each token
  size_t decoded = 0;
  const auto hear = [&](const std::string& certain) {
    const std::string shown = text.empty() ? without_leading_space(certain) : certain;
    text += certain;
    return on_text(shown);
  };
  const auto on_token = [&](const NewToken& token) {
    if (token.is_stop_id) return Next::kStop;
    const std::string piece = decoder.feed(token.id);
    decoded += piece.size();
    ends.push_back(decoded);
    const Next next = hear(stops.feed(piece));
    return stops.stopped() ? Next::kStop : next;
  };
  const Generator::Admission admission = generator_.add(std::move(request));
  reply.reused_tokens = admission.reused;
  while (generator_.busy()) generator_.step(on_token);
  const Generated made = std::move(generator_.take(admission.request).front());
  hear(stops.feed(decoder.finish()) + stops.finish());

  reply.text = without_leading_space(text);
  reply.finish = made.finish;
  reply.new_tokens = static_cast<int64_t>(made.ids.size());
  size_t whole = 0;
  while (whole < ends.size() && ends[whole] <= text.size()) ++whole;
  std::vector<int32_t> ids(made.ids.begin(), made.ids.begin() + static_cast<std::ptrdiff_t>(whole));
  const std::string rest = text.substr(whole == 0 ? 0 : ends[whole - 1]) + "\n";
  const std::vector<int32_t> rest_ids = tokenizer_.encode(rest, AddSpecial::kNo);
  ids.insert(ids.end(), rest_ids.begin(), rest_ids.end());
  return ids;
}

ChatReply ChatSession::say(std::string_view user, const std::function<Next(std::string_view)>& on_text) {
  if (format_) return say_in_template(user, on_text);
  ChatReply reply;
  std::vector<int32_t> turn = tokenizer_.encode(cat("User: ", user, "\nAssistant:"), AddSpecial::kNo);
  GenerationRequest request;
  request.prompt = conversation(turn, reply);
  request.sampling = options_.sampling;
  request.max_tokens = options_.max_tokens;
  request.stop_ids = stop_ids_;
  request.after = AfterFinish::kKeep;
  reply.prompt_tokens = static_cast<int64_t>(request.prompt.size());
  const std::vector<int32_t> said = answer(std::move(request), on_text, reply);
  turn.insert(turn.end(), said.begin(), said.end());
  turns_.push_back(std::move(turn));
  return reply;
}

// Every turn renders the whole conversation: templates may tell earlier turns otherwise.
ChatReply ChatSession::say_in_template(std::string_view user, const std::function<Next(std::string_view)>& on_text) {
  std::vector<Message> messages = messages_;
  messages.push_back({"user", std::string(user)});
  const int64_t context = decoder_.architecture().context, answer_room = std::min(options_.max_tokens, std::max<int64_t>(1, context / 4));
  ChatFormat::Prompt prompt = format_->prompt(messages, context - (form_.kind == PromptKind::kSource ? 1 : answer_room));
  if (static_cast<int64_t>(prompt.ids.size()) >= context)
    fail("the text has ", prompt.ids.size(), " tokens with its template and the model's context is ", context,
         ", so no answer fits; say it in fewer words");
  ChatReply reply;
  reply.forgotten_turns = prompt.forgotten;
  if (prompt.forgotten > 0) {
    const Exchanges exchanges = exchanges_of(messages);
    messages.erase(messages.begin() + static_cast<std::ptrdiff_t>(exchanges.lead),
                   messages.begin() + static_cast<std::ptrdiff_t>(exchanges.ends[static_cast<size_t>(prompt.forgotten) - 1]));
  }
  reply.prompt_tokens = static_cast<int64_t>(prompt.ids.size());
  GenerationRequest request = request_for(form_, framed_ids(form_, tokenizer_.special(), std::move(prompt.ids)));
  request.sampling = options_.sampling;
  request.max_tokens = options_.max_tokens;
  request.stop_ids = stop_ids_;
  if (form_.kind == PromptKind::kContinue) request.after = AfterFinish::kKeep;
  answer(std::move(request), on_text, reply);
  messages.push_back({"assistant", reply.text});
  messages_ = std::move(messages);
  return reply;
}

}  // namespace gimbal
