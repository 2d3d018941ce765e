// Finding added tokens in a text, with the rules of their flags.
#include "text/added_tokens.h"

#include <algorithm>
#include <cstring>

#include "text/spaces.h"

namespace gimbal::text {
namespace {

size_t previous_character(std::string_view text, size_t i) {
  do --i;
  while (continues_character(text[i]));
  return i;
}

bool touches_word(std::string_view text, size_t begin, size_t end) {
  if (begin > 0 && is_word_character(character_at(text.data() + previous_character(text, begin)))) return true;
  return end < text.size() && is_word_character(character_at(text.data() + end));
}

size_t before_spaces(std::string_view text, size_t i) {
  while (i > 0) {
    const size_t previous = previous_character(text, i);
    if (!is_space(character_at(text.data() + previous))) break;
    i = previous;
  }
  return i;
}

size_t after_spaces(std::string_view text, size_t i) {
  while (i < text.size() && is_space(character_at(text.data() + i))) i += character_length(text[i]);
  return i;
}

AddedToken added_token(const Json& json) {
  AddedToken token;
  token.content = field_as<std::string>(json, "content");
  token.special = field_or(json, "special", false);
  token.normalized = field_or(json, "normalized", !token.special);
  token.single_word = field_or(json, "single_word", false);
  token.lstrip = field_or(json, "lstrip", false);
  token.rstrip = field_or(json, "rstrip", false);
  token.in_text = field_or(json, "in_text", true);
  return token;
}

std::string normal_form(const AddedToken& token, const Normalizer* normalizer) {
  if (!normalizer || !token.normalized) return token.content;
  AlignedText text(token.content, {0, static_cast<uint32_t>(token.content.size())}, Tracking::kOff);
  normalizer->apply(text);
  return std::string(text.text());
}

}  // namespace

void StringFinder::add(std::string_view string, uint32_t value) {
  if (string.empty()) return;
  begins_[static_cast<unsigned char>(string[0])] = true;
  uint32_t node = 0;
  for (const char byte : string) {
    uint32_t child = child_of(node, byte);
    if (child == kNone) {
      child = static_cast<uint32_t>(nodes_.size());
      nodes_.push_back({kNone, kNone, nodes_[node].child, byte});
      nodes_[node].child = child;
    }
    node = child;
  }
  nodes_[node].value = value;
}

uint32_t StringFinder::child_of(uint32_t node, char byte) const {
  uint32_t child = nodes_[node].child;
  while (child != kNone && nodes_[child].byte != byte) child = nodes_[child].sibling;
  return child;
}

StringFinder::Match StringFinder::find(std::string_view text, size_t from) const {
  for (size_t begin = from; begin < text.size(); ++begin) {
    if (!begins_[static_cast<unsigned char>(text[begin])]) continue;
    Match longest{std::string_view::npos, 0, 0};
    uint32_t node = 0;
    for (size_t i = begin; i < text.size() && (node = child_of(node, text[i])) != kNone; ++i) {
      if (nodes_[node].value != kNone) longest = {begin, i + 1, nodes_[node].value};
    }
    if (longest.begin != std::string_view::npos) return longest;
  }
  return {std::string_view::npos, 0, 0};
}

AddedTokens::AddedTokens(const Json& list, const TokenModel& model, const Normalizer* normalizer) {
  if (list.is_null()) return;
  if (!list.is_array()) fail("\"added_tokens\" must be an array, but is of type ", list.type_name());
  auto next_id = static_cast<int32_t>(model.vocabulary().size());
  for (const Json& json : list) {
    AddedToken token = added_token(json);
    if (token.content.empty()) continue;
    token.normal_form = normal_form(token, normalizer);
    const AddedToken* known = find(token.content);
    if (known) {
      token.id = known->id;
    } else {
      const std::optional<int32_t> in_model = model.vocabulary().id(token.content);
      token.id = in_model ? *in_model : next_id++;
    }
    if (known) {
      tokens_[static_cast<size_t>(known - tokens_.data())] = std::move(token);
    } else {
      tokens_.push_back(std::move(token));
    }
  }
  for (size_t i = 0; i < tokens_.size(); ++i) {
    if (!tokens_[i].in_text) continue;
    (tokens_[i].normalized ? normalized_ : as_given_).add(tokens_[i].normal_form, static_cast<uint32_t>(i));
  }
}

OrderedJson AddedTokens::to_json() const {
  std::vector<AddedToken> sorted = tokens_;
  std::sort(sorted.begin(), sorted.end(), [](const AddedToken& a, const AddedToken& b) { return a.id < b.id; });
  OrderedJson list = OrderedJson::array();
  for (const AddedToken& token : sorted) {
    list.push_back({{"id", token.id},
                    {"content", token.content},
                    {"single_word", token.single_word},
                    {"lstrip", token.lstrip},
                    {"rstrip", token.rstrip},
                    {"normalized", token.normalized},
                    {"special", token.special}});
  }
  return list;
}

const AddedToken* AddedTokens::find(std::string_view content) const {
  for (const AddedToken& token : tokens_) {
    if (token.content == content) return &token;
  }
  return nullptr;
}

std::vector<AddedTokens::Piece> AddedTokens::split(std::string_view text, Stage stage) const {
  std::vector<Piece> pieces;
  size_t done = 0;  // all before it is in pieces
  const auto put = [&](size_t begin, size_t end, const AddedToken* token) {
    pieces.push_back({{static_cast<uint32_t>(begin), static_cast<uint32_t>(end)}, token});
    done = end;
  };
  const StringFinder& finder = stage == Stage::kAsGiven ? as_given_ : normalized_;
  for (size_t from = 0; !finder.empty() && from < text.size();) {
    const StringFinder::Match match = finder.find(text, from);
    if (match.begin == std::string_view::npos) break;
    from = match.end;
    const AddedToken& token = tokens_[match.value];
    if (token.single_word && touches_word(text, match.begin, match.end)) continue;
    const size_t begin = token.lstrip ? std::max(before_spaces(text, match.begin), done) : match.begin;
    const size_t end = token.rstrip ? after_spaces(text, match.end) : match.end;
    if (done < begin) put(done, begin, nullptr);
    put(begin, end, &token);
  }
  if (done < text.size()) put(done, text.size(), nullptr);
  return pieces;
}

}  // namespace gimbal::text
