// JSON as the tokenizer files use it: typed field access that answers a wrong file with a sentence.
//
// Reading uses nlohmann::json, whose objects stay fast with a hundred thousand keys; writing uses ordered_json, which keeps the order people expect.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <type_traits>

#include "core/error.h"

namespace gimbal::text {

using Json = nlohmann::json;
using OrderedJson = nlohmann::ordered_json;

template <class T>
T value_as(const Json& value, const std::string& key) {
  if constexpr (std::is_same_v<T, bool>) {
    if (!value.is_boolean()) fail("\"", key, "\" must be true or false, but is ", value.dump());
  } else if constexpr (std::is_same_v<T, std::string>) {
    if (!value.is_string()) fail("\"", key, "\" must be a string, but is of type ", value.type_name());
  } else {
    static_assert(std::is_same_v<T, int64_t>);
    if (!value.is_number_integer()) fail("\"", key, "\" must be a whole number, but is of type ", value.type_name());
  }
  return value.get<T>();
}

/// The field as it stands. Error when `object` is no object or lacks the key.
inline const Json& field(const Json& object, const std::string& key) {
  if (!object.is_object()) fail("an object with \"", key, "\" is needed, but there is a value of type ", object.type_name());
  const auto found = object.find(key);
  if (found == object.end()) fail("\"", key, "\" is missing");
  return *found;
}

/// A required field; T is bool, std::string or int64_t.
template <class T>
T field_as(const Json& object, const std::string& key) {
  return value_as<T>(field(object, key), key);
}

/// An optional field: absent and null both give `fallback`.
template <class T>
T field_or(const Json& object, const std::string& key, T fallback) {
  const auto found = object.is_object() ? object.find(key) : object.end();
  return found == object.end() || found->is_null() ? fallback : value_as<T>(*found, key);
}

/// A required field that is an array.
inline const Json& array_field(const Json& object, const std::string& key) {
  const Json& value = field(object, key);
  if (!value.is_array()) fail("\"", key, "\" must be an array, but is of type ", value.type_name());
  return value;
}

}  // namespace gimbal::text
