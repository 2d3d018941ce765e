// Reading and mixing pairs.
#include "data/objectives/text_pairs.h"

#include <algorithm>

#include "core/error.h"
#include "core/json.h"
#include "core/rng.h"

namespace gimbal {
namespace {

// The string under one of two keys.
std::string text_of(const Json& line, const char* key, const char* other) {
  const bool has = line.contains(key), has_other = line.contains(other);
  if (has && has_other) fail("has both \"", key, "\" and \"", other, "\"");
  if (!has && !has_other) fail("has neither \"", key, "\" nor \"", other, "\"");
  const Json& value = line[has ? key : other];
  if (!value.is_string()) fail("has a \"", has ? key : other, "\" that is not a string");
  return value.get<std::string>();
}

}  // namespace

void read_text_pairs(const fs::path& path, const std::function<void(std::string source, std::string target)>& take) {
  const std::string text = read_text_file(path);
  int64_t number = 0, pairs = 0;
  for (std::string_view rest = text; !rest.empty();) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    const std::string where = cat(path.string(), " line ", ++number);
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    const Json object = parse_json(line, where);
    const Context context("reading " + where);
    if (!object.is_object()) fail("it is not an object like {\"source\": \"...\", \"target\": \"...\"}");
    take(text_of(object, "source", "input"), text_of(object, "target", "output"));
    ++pairs;
  }
  if (pairs == 0) fail(path.string(), " holds no pairs; leave it out");
}

TextPairs TextPairs::read(const fs::path& path, const std::string& prefix, const Tokenizer& tokenizer) {
  TextPairs pairs;
  read_text_pairs(path, [&](const std::string& source, const std::string& target) {
    const std::vector<int32_t> target_ids = tokenizer.encode(target, AddSpecial::kNo);
    if (target_ids.empty()) fail("its target is empty, so that there is nothing to learn");
    pairs.add(tokenizer.encode(prefix + source, AddSpecial::kNo), target_ids);
  });
  return pairs;
}

void TextPairs::add(std::span<const int32_t> source, std::span<const int32_t> target) {
  for (const auto& part : {source, target}) {
    tokens_.insert(tokens_.end(), part.begin(), part.end());
    ends_.push_back(tokens_.size());
  }
}

TextPairs TextPairs::slice(int64_t begin, int64_t end) const {
  TextPairs some;
  for (int64_t i = begin; i < end; ++i) some.add(source(i), target(i));
  return some;
}

uint64_t TextPairs::content_hash() const {
  uint64_t hash = tokens_.size();
  for (const int32_t id : tokens_) hash = mix64(hash ^ static_cast<uint64_t>(id));
  for (const size_t end : ends_) hash = mix64(hash ^ end);
  return hash;
}

}  // namespace gimbal
