// Laying texts out.
#include "data/forms/layout.h"

#include "core/error.h"

namespace gimbal {

TextLayout::TextLayout(Kind kind, const Tokenizer& tokenizer) : kind(kind) {
  if (kind == Kind::kEncoder) {
    const RoleIds roles = roles_of(tokenizer);
    need_roles("an encoder's input", {{roles.cls, "[CLS]"}, {roles.sep, "[SEP]"}});
    first = *roles.cls;
    middle = last = *roles.sep;
    return;
  }
  const std::vector<std::string> names = decoder_task_tokens();
  int32_t* const places[] = {&first, &middle, &last};
  for (size_t i = 0; i < names.size(); ++i) {
    const std::optional<int32_t> id = tokenizer.id(names[i]);
    if (!id) fail("the tokenizer has no token ", names[i], ", which a decoder's tasks are written with; fine-tuning adds it");
    *places[i] = *id;
  }
}

TextLayout::Laid TextLayout::lay(std::span<const int32_t> a, const std::vector<int32_t>* b, int64_t context) const {
  const int64_t room = context - added(b ? 2 : 1);
  if (room < 1) fail("a context of ", context, " tokens has no room for a text between its special tokens");
  const auto [keep_a, keep_b] = longest_first(a.size(), b ? b->size() : 0, static_cast<size_t>(room));
  Laid laid;
  Sequence& s = laid.sequence;
  s.ids.push_back(first);
  laid.begin[0] = 1, laid.kept[0] = static_cast<int64_t>(keep_a);
  s.ids.insert(s.ids.end(), a.begin(), a.begin() + static_cast<std::ptrdiff_t>(keep_a));
  if (b) {
    s.ids.push_back(middle);
    laid.begin[1] = static_cast<int64_t>(s.ids.size()), laid.kept[1] = static_cast<int64_t>(keep_b);
    s.ids.insert(s.ids.end(), b->begin(), b->begin() + static_cast<std::ptrdiff_t>(keep_b));
    if (kind == Kind::kEncoder) {
      s.types.assign(static_cast<size_t>(laid.begin[1]), 0);
      s.types.resize(s.ids.size() + 1, 1);
    }
  }
  s.ids.push_back(last);
  return laid;
}

void need_roles(std::string_view what, std::initializer_list<NeededRole> roles) {
  std::vector<std::string> missing;
  for (const NeededRole& role : roles)
    if (!role.id) missing.emplace_back(role.name);
  if (!missing.empty())
    fail("the tokenizer lacks ", joined(missing), ", and ", what, " is written with ", missing.size() == 1 ? "it" : "them",
         "; take the tokenizer that the model was pretrained with");
}

std::vector<std::string> decoder_task_tokens() { return {"<|start|>", "<|delimiter|>", "<|extract|>"}; }

Tokenizer with_special_tokens(const Tokenizer& tokenizer, const std::vector<std::string>& tokens) {
  nlohmann::json json = nlohmann::json::parse(tokenizer.to_json().dump());
  int32_t next = tokenizer.vocab_size();
  for (const std::string& token : tokens) {
    if (tokenizer.id(token)) continue;
    json["added_tokens"].push_back(
        {{"id", next++}, {"content", token}, {"single_word", false}, {"lstrip", false}, {"rstrip", false}, {"normalized", false}, {"special", true}});
  }
  return Tokenizer::from_json(json, tokenizer.config());
}

}  // namespace gimbal
