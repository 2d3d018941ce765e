// Vocabulary look-ups and their JSON form.
#include "text/vocabulary.h"

namespace gimbal::text {
namespace {
constexpr int64_t kMaxId = 1 << 22;  // the largest published vocabularies hold a quarter of a million tokens
}

Vocabulary Vocabulary::from_json(const Json& object) {
  if (!object.is_object()) fail("\"vocab\" must be an object of ids by token, but is of type ", object.type_name());
  Vocabulary vocabulary;
  vocabulary.index_.reserve(object.size());
  for (const auto& [token, value] : object.items()) {
    const auto id = value_as<int64_t>(value, token);
    if (id < 0 || id > kMaxId) fail("the token \"", token, "\" has the id ", id, ", but ids lie between 0 and ", kMaxId);
    if (const auto other = vocabulary.token(static_cast<int32_t>(id))) fail("the tokens \"", *other, "\" and \"", token, "\" share the id ", id);
    vocabulary.add(token, static_cast<int32_t>(id));
  }
  return vocabulary;
}

OrderedJson Vocabulary::to_json() const {
  OrderedJson object = OrderedJson::object();
  // Appended, not looked up: ordered_json searches its keys one by one.
  auto& entries = object.get_ref<OrderedJson::object_t&>();
  for (size_t id = 0; id < tokens_.size(); ++id) {
    if (tokens_[id].used) entries.emplace_back(std::string(text(tokens_[id])), id);
  }
  return object;
}

void Vocabulary::add(std::string_view token, int32_t id) {
  const auto place = static_cast<size_t>(id);
  if (place >= tokens_.size()) tokens_.resize(place + 1);
  tokens_[place] = {bytes_.size(), static_cast<uint32_t>(token.size()), true};
  bytes_ += token;
  index_.insert(hash_bytes(token), static_cast<uint32_t>(id));
  ++count_;
}

std::optional<int32_t> Vocabulary::id(std::string_view token) const {
  const uint32_t found = index_.find(hash_bytes(token), [&](uint32_t id) { return text(tokens_[id]) == token; });
  return found == FlatIndex::kAbsent ? std::nullopt : std::optional(static_cast<int32_t>(found));
}

std::optional<std::string_view> Vocabulary::token(int32_t id) const {
  if (id < 0 || id >= end_id() || !tokens_[static_cast<size_t>(id)].used) return std::nullopt;
  return text(tokens_[static_cast<size_t>(id)]);
}

}  // namespace gimbal::text
