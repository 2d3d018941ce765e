// Rendering conversations, and telling what the assistant says.
#include "data/forms/chat_format.h"

#include <algorithm>

#include "core/error.h"

namespace gimbal {
namespace {

constexpr std::string_view kNowhere = "\xEE\x80\x80\xEE\x80\x81";  // two characters of the private use area: in no conversation

bool is_blank_text(std::string_view text) { return text.find_first_not_of(" \t\r\n") == std::string_view::npos; }

std::string trimmed(const std::string& text) {
  const size_t begin = text.find_first_not_of(" \t\r\n");
  return begin == std::string::npos ? "" : text.substr(begin, text.find_last_not_of(" \t\r\n") + 1 - begin);
}

// The byte at which each character begins, and the end.
std::vector<uint32_t> character_bytes(const std::string& text) {
  std::vector<uint32_t> begins;
  for (uint32_t at = 0; at < text.size(); at += text::character_length(text[at])) begins.push_back(at);
  begins.push_back(static_cast<uint32_t>(text.size()));
  return begins;
}

jinja::Template template_of(const Tokenizer& tokenizer) {
  const std::optional<std::string> source = chat_template_of(tokenizer);
  if (!source) fail("the model's tokenizer has no chat template; gimbal finetune --task chat gives it one");
  return jinja::Template(*source);
}

}  // namespace

std::string_view plain_chat_template() {
  return "{{ bos_token }}"
         "{% for message in messages %}"
         "{{ {'user': 'User: ', 'assistant': 'Assistant: '}.get(message.role, '') + message.content"
         " + (eos_token if message.role == 'assistant' else '') + '\\n' }}"
         "{% endfor %}"
         "{% if add_generation_prompt %}Assistant:{% endif %}";
}

Exchanges exchanges_of(std::span<const Message> messages) {
  Exchanges e;
  while (e.lead < messages.size() && messages[e.lead].role == "system") ++e.lead;
  for (size_t i = e.lead; i < messages.size(); ++i)
    if (i + 1 == messages.size() || (messages[i].role == "assistant" && messages[i + 1].role != "assistant" && messages[i + 1].role != "tool"))
      e.ends.push_back(i + 1);
  return e;
}

int64_t ChatFormat::Tokens::count() const { return std::ranges::count(said, true); }

ChatFormat::ChatFormat(const Tokenizer& tokenizer)
    : tokenizer_(tokenizer), template_(template_of(tokenizer)), variables_(template_variables(tokenizer)) {
  for (auto item = variables_.begin(); item != variables_.end(); ++item) {
    if (!item.value().is_string()) continue;
    const auto token = item.value().get<std::string>();
    const std::optional<int32_t> id = tokenizer.id(token);
    if (id && tokenizer.encode(token, AddSpecial::kNo) != std::vector<int32_t>{*id}) unread_.emplace_back(token, *id);
  }
  find_end();
}

jinja::Rendered ChatFormat::render(std::span<const Message> messages, Asks asks) const {
  text::OrderedJson variables = variables_, list = text::OrderedJson::array();
  for (const Message& m : messages) list.push_back({{"role", m.role}, {"content", m.content}});
  variables["messages"] = std::move(list);
  variables["add_generation_prompt"] = asks == Asks::kYes;
  return template_.render(variables);
}

std::optional<std::string> ChatFormat::text_if_allowed(std::span<const Message> messages, Asks asks) const {
  try {
    return render(messages, asks).text;
  } catch (const Error&) {  // some templates refuse half a conversation
    return std::nullopt;
  }
}

// Where message `at` is told in the whole text.
text::Span ChatFormat::said_in(std::span<const Message> messages, size_t at, const std::string& whole) const {
  const auto span_of = [](size_t begin, size_t end) { return text::Span{static_cast<uint32_t>(begin), static_cast<uint32_t>(end)}; };
  const auto before = text_if_allowed(messages.first(at), Asks::kYes), after = text_if_allowed(messages.first(at + 1), Asks::kNo);
  if (before && after && before->size() < after->size() && after->starts_with(*before) && whole.starts_with(*after))
    return span_of(before->size(), after->size());
  std::vector<Message> marked(messages.begin(), messages.end());
  marked[at].content = kNowhere;
  const std::string other = render(marked, Asks::kNo).text;
  const auto first = std::ranges::mismatch(whole, other).in1;
  size_t begin = static_cast<size_t>(first - whole.begin()), shared = 0;
  while (begin > 0 && begin < whole.size() && text::continues_character(whole[begin])) --begin;
  const size_t most = std::min(whole.size(), other.size()) - begin;
  while (shared < most && whole[whole.size() - 1 - shared] == other[other.size() - 1 - shared]) ++shared;
  while (shared > 0 && text::continues_character(whole[whole.size() - shared])) --shared;
  return span_of(begin, whole.size() - shared);
}

bool ChatFormat::is_special(int32_t id) const { return tokenizer_.is_special(id) || tokenizer_.special().eos == id; }

Encoding ChatFormat::encode(const std::string& text) const {
  Encoding all;
  int32_t characters = 0;
  const auto add = [&](std::string_view piece) {
    if (piece.empty()) return;
    const Encoding part = tokenizer_.encode_with_offsets(piece, AddSpecial::kNo);
    all.ids.insert(all.ids.end(), part.ids.begin(), part.ids.end());
    for (const auto& [begin, end] : part.offsets) all.offsets.emplace_back(begin + characters, end + characters);
    characters += static_cast<int32_t>(std::ranges::count_if(piece, [](char c) { return !text::continues_character(c); }));
  };
  for (size_t at = 0; at < text.size();) {
    size_t found = text.size();
    const std::pair<std::string, int32_t>* special = nullptr;
    for (const auto& token : unread_)
      if (const size_t place = text.find(token.first, at); place < found) found = place, special = &token;
    add(std::string_view(text).substr(at, found - at));
    at = found;
    if (!special) break;
    const auto length = static_cast<int32_t>(special->first.size());
    all.ids.push_back(special->second);
    all.offsets.emplace_back(characters, characters + length);
    characters += length, at += special->first.size();
  }
  return all;
}

// Marks the tokens of one thing said: with the special token behind it, without white space behind that.
void ChatFormat::settle(const std::string& text, text::Span said, const Encoding& encoding, std::span<const uint32_t> byte_of, Tokens& tokens) const {
  const auto begin_of = [&](size_t t) { return byte_of[static_cast<size_t>(encoding.offsets[t].first)]; };
  const auto end_of = [&](size_t t) { return byte_of[static_cast<size_t>(encoding.offsets[t].second)]; };
  size_t first = 0, end = encoding.ids.size();
  while (first < end && std::max(end_of(first), begin_of(first) + 1) <= said.begin) ++first;
  size_t last = first;
  while (last < end && begin_of(last) < said.end) ++last;
  size_t kept = last;
  while (kept > first && is_blank_text(std::string_view(text).substr(begin_of(kept - 1), end_of(kept - 1) - begin_of(kept - 1)))) --kept;
  if (kept > first && is_special(encoding.ids[kept - 1])) {
    last = kept;
  } else if (last < end && begin_of(last) == said.end && is_special(encoding.ids[last])) {
    ++last;
  }
  for (size_t t = first; t < last; ++t) tokens.said[t] = true;
}

ChatFormat::Tokens ChatFormat::tokens(std::span<const Message> messages) const {
  const jinja::Rendered whole = render(messages, Asks::kNo);
  const Encoding encoding = encode(whole.text);
  const std::vector<uint32_t> byte_of = character_bytes(whole.text);
  Tokens out{encoding.ids, std::vector<bool>(encoding.ids.size())};
  if (template_.marks_generation()) {
    for (const text::Span said : whole.generated) settle(whole.text, said, encoding, byte_of, out);
    return out;
  }
  for (size_t i = 0; i < messages.size(); ++i)
    if (messages[i].role == "assistant") settle(whole.text, said_in(messages, i, whole.text), encoding, byte_of, out);
  return out;
}

std::vector<int32_t> ChatFormat::answer(std::span<const Message> messages, size_t at) const {
  const std::span<const Message> until = messages.first(at + 1);
  const jinja::Rendered whole = render(until, Asks::kNo);
  const bool marked = template_.marks_generation() && !whole.generated.empty();
  const text::Span said = marked ? whole.generated.back() : said_in(until, at, whole.text);
  std::vector<int32_t> ids = encode(trimmed(std::string(text::cut(whole.text, said)))).ids;
  while (!ids.empty() && is_special(ids.back())) ids.pop_back();
  return ids;
}

ChatFormat::Prompt ChatFormat::prompt(std::span<const Message> messages, int64_t room) const {
  const Exchanges exchanges = exchanges_of(messages);
  Prompt p;
  for (size_t first = exchanges.lead, i = 0;; first = exchanges.ends[i++]) {
    std::vector<Message> kept(messages.begin(), messages.begin() + static_cast<std::ptrdiff_t>(exchanges.lead));
    kept.insert(kept.end(), messages.begin() + static_cast<std::ptrdiff_t>(first), messages.end());
    p.ids = encode(render(kept, Asks::kYes).text).ids;
    p.forgotten = static_cast<int64_t>(i);
    if (static_cast<int64_t>(p.ids.size()) <= room || i + 1 >= exchanges.ends.size()) return p;
  }
}

void ChatFormat::find_end() {
  const std::vector<Message> sample = {{"user", "question"}, {"assistant", std::string(kNowhere)}};
  const std::optional<std::string> whole = text_if_allowed(sample, Asks::kNo);
  const size_t at = whole ? whole->rfind(kNowhere) : std::string::npos;
  if (at == std::string::npos) return;
  end_text_ = trimmed(whole->substr(at + kNowhere.size()));
  for (const std::optional<int32_t>& id : {tokenizer_.special().eos, first_id(end_text_)}) {
    if (!id || !is_special(*id) || !end_text_.starts_with(tokenizer_.token(*id))) continue;
    end_ = id;
    end_text_.clear();
    return;
  }
}

// Nothing for an empty text, and for one that the tokenizer cannot write.
std::optional<int32_t> ChatFormat::first_id(const std::string& text) const {
  try {
    const std::vector<int32_t> ids = encode(text).ids;
    return ids.empty() ? std::nullopt : std::optional(ids[0]);
  } catch (const Error&) {
    return std::nullopt;
  }
}

}  // namespace gimbal
