// Reading foreign config.json files: a key with its older names, a default, and one sentence when its type is wrong.
#pragma once

#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/fields.h"
#include "layers/architecture.h"

namespace gimbal {

/// The first of `keys` that is present and not null.
template <class T>
std::optional<T> find_key(const Json& config, std::initializer_list<const char*> keys) {
  for (const char* key : keys) {
    if (!config.contains(key) || config[key].is_null()) continue;
    T value{};
    read_fields(config[key], value, key);
    return value;
  }
  return std::nullopt;
}

template <class T>
T key_or(const Json& config, std::initializer_list<const char*> keys, T otherwise) {
  return find_key<T>(config, keys).value_or(otherwise);
}

/// A key without which the model has no shape.
inline int64_t needed_size(const Json& config, std::initializer_list<const char*> keys) {
  const auto value = find_key<int64_t>(config, keys);
  if (!value) fail("config.json lacks '", *keys.begin(), "'");
  if (*value < 1) fail("config.json says '", *keys.begin(), "' is ", *value, "; at least 1 is needed");
  return *value;
}

/// An id that may be written as a number or as a list (the first counts). Older files write -1 where there is none.
inline std::optional<int64_t> token_key(const Json& config, const char* key) {
  if (!config.contains(key) || config[key].is_null()) return std::nullopt;
  const bool is_list = config[key].is_array();
  if (is_list && config[key].empty()) return std::nullopt;
  const Json& value = is_list ? config[key][0] : config[key];
  if (value == -1) return std::nullopt;
  int64_t id = 0;
  read_fields(value, id, key);
  return id;
}

inline void read_token_keys(const Json& config, Architecture& a) {
  a.bos = token_key(config, "bos_token_id");
  a.eos = token_key(config, "eos_token_id");
  a.pad = token_key(config, "pad_token_id");
}

/// The keys that most families share: the token ids, whether the head is tied, the spread of the first weights. Where one of the latter is missing, `a`
/// stays as it is.
void read_shared_keys(const Json& config, Architecture& a);
void write_shared_keys(const Architecture& a, Json& config);
/// The three dropouts as GPT-1 and GPT-2 call them.
void read_gpt_dropout(const Json& config, Architecture& a);
void write_gpt_dropout(const Architecture& a, Json& config);

inline Json token_value(const std::optional<int64_t>& id) { return id ? Json(*id) : Json(nullptr); }

/// One foreign activation name and ours.
struct ActivationPair {
  const char *disk, *ours;
};

inline std::string activation_from(const std::string& disk, std::initializer_list<ActivationPair> pairs) {
  std::vector<std::string> known;
  for (const auto& p : pairs) {
    if (disk == p.disk) return p.ours;
    known.emplace_back(p.disk);
  }
  fail("config.json asks for the activation '", disk, "', which this family does not have here; known: ", joined(known));
}

/// The foreign name, or the first one when ours has none (the "gimbal" block then says what it is).
inline std::string activation_to(const std::string& ours, std::initializer_list<ActivationPair> pairs) {
  for (const auto& p : pairs)
    if (ours == p.ours) return p.disk;
  return pairs.begin()->disk;
}

/// transformers' class of a model with one of our heads.
struct HeadClass {
  std::string_view disk, ours;
};

/// model.head and model.labels from "architectures", "id2label" and "problem_type". A class that is not listed is an Error naming those that are.
void read_head(const Json& config, Architecture& a, std::span<const HeadClass> classes);
/// "architectures", and for heads with labels "id2label", "label2id" and "problem_type".
void write_head(const Architecture& a, std::span<const HeadClass> classes, Json& config);

}  // namespace gimbal
