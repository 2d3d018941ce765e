// Special tokens around a text that fits.
#include "data/forms/embedding_text.h"

#include <algorithm>

#include "core/error.h"

namespace gimbal {
namespace {

using EmbeddedIds = std::vector<int32_t>;

// How many ids of `whole` stand before `part`, which is a run of it: templates put tokens around a text and leave its own ids alone.
size_t ids_before(const EmbeddedIds& whole, const EmbeddedIds& part) {
  return static_cast<size_t>(std::search(whole.begin(), whole.end(), part.begin(), part.end()) - whole.begin());
}

}  // namespace

EmbeddingText::EmbeddingText(const Tokenizer& tokenizer, Kind kind, int64_t context)
    : tokenizer_(tokenizer), kind_(kind), context_(static_cast<size_t>(std::max<int64_t>(context, 0))) {
  size_t added = 0;
  if (kind == Kind::kEncoder) {
    const TextLayout layout(TextLayout::Kind::kEncoder, tokenizer);
    front_ = {layout.first}, back_ = {layout.last};
    added = 2;
  } else if (kind == Kind::kSource) {
    const RoleIds roles = roles_of(tokenizer);
    need_roles("the source of an encoder-decoder", {{roles.eos, "</s>"}});
    back_ = {*roles.eos};
    added = 1;
  } else {
    added = tokenizer.encode("", AddSpecial::kYes).size();
  }
  if (context_ <= added) fail("a context of ", context, " tokens has no room for a text between its special tokens");
}

Sequence EmbeddingText::lay(std::string_view text) const {
  EmbeddedIds ids = tokenizer_.encode(text, AddSpecial::kNo), front = front_, back = back_;
  if (kind_ == Kind::kTokenizer || kind_ == Kind::kPrefix) {
    const EmbeddedIds whole = tokenizer_.encode(text, AddSpecial::kYes);
    const auto begin = whole.begin() + static_cast<std::ptrdiff_t>(ids_before(whole, ids));
    front.assign(whole.begin(), begin);
    back.assign(begin + std::min<std::ptrdiff_t>(std::ssize(ids), whole.end() - begin), whole.end());
  }
  ids.resize(std::min(ids.size(), context_ - std::min(context_ - 1, front.size() + back.size())));
  Sequence s;
  s.ids = std::move(front);
  s.ids.insert(s.ids.end(), ids.begin(), ids.end());
  s.ids.insert(s.ids.end(), back.begin(), back.end());
  if (s.ids.empty()) fail("the text \"", text, "\" has no tokens; leave it out");
  if (kind_ == Kind::kPrefix) s.prefix = static_cast<int64_t>(s.ids.size());
  return s;
}

}  // namespace gimbal
