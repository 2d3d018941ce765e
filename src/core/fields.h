// A struct lists its fields once; reading, writing, diffing and describing follow from that list.
//
//   struct Clip {
//     double norm = 1.0;
//     template <class V> void fields(V&& v) { v("norm", norm, "largest global gradient norm; 0 switches clipping off"); }
//   };
//
// Field types: bool, int64_t, double, std::string, std::vector of these, std::optional of these, and structs with fields().
// An unknown key is an error that names the nearest one. Whole numbers may be written as 20k, 1.5M, 2G; they count something, so that negative ones
// are errors, as real numbers are that are not finite.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "core/error.h"
#include "core/json.h"

namespace gimbal {

namespace detail {

template <class T>
concept HasFields = requires(T t) { t.fields([](auto&&...) {}); };

void read_value(const Json& value, const std::string& path, bool& out);
void read_value(const Json& value, const std::string& path, int64_t& out);
void read_value(const Json& value, const std::string& path, double& out);
void read_value(const Json& value, const std::string& path, std::string& out);
template <HasFields T>
void read_value(const Json& value, const std::string& path, T& out);

template <class T>
void read_value(const Json& value, const std::string& path, std::vector<T>& out) {
  out.clear();
  if (!value.is_array()) {  // one item stands for a list of one
    read_value(value, path, out.emplace_back());
    return;
  }
  for (size_t i = 0; i < value.size(); ++i) read_value(value[i], cat(path, "[", i, "]"), out.emplace_back());
}

template <class T>
void read_value(const Json& value, const std::string& path, std::optional<T>& out) {
  if (value.is_null()) {
    out.reset();
    return;
  }
  read_value(value, path, out.emplace());
}

template <class T>
Json write_value(const T& value);

template <class T>
Json write_value(const std::optional<T>& value) {
  return value ? write_value(*value) : Json(nullptr);
}

template <class T>
Json write_value(const T& value) {
  if constexpr (HasFields<T>) {
    Json object = Json::object();
    const_cast<T&>(value).fields([&](const char* name, auto& field, const char*) { object[name] = write_value(field); });
    return object;
  } else {
    return Json(value);
  }
}

template <HasFields T>
void read_value(const Json& value, const std::string& path, T& out) {
  if (!value.is_object()) fail("'", path.empty() ? "the configuration" : path, "' needs a map of settings, not ", value.dump());
  std::vector<std::string> known;
  out.fields([&](const char* name, auto&, const char*) { known.emplace_back(name); });
  for (const auto& item : value.items()) {
    if (std::find(known.begin(), known.end(), item.key()) == known.end())
      fail("unknown setting '", path.empty() ? "" : path + ".", item.key(), "'", did_you_mean(item.key(), known), "; known here: ", joined(known));
  }
  out.fields([&](const char* name, auto& field, const char*) {
    if (value.contains(name)) read_value(value[name], path.empty() ? name : path + "." + name, field);
  });
}

}  // namespace detail

/// Overwrites the fields that `value` mentions. `path` is the prefix used in sentences.
template <class T>
void read_fields(const Json& value, T& out, const std::string& path = "") {
  detail::read_value(value, path, out);
}

template <class T>
Json write_fields(const T& value) {
  return detail::write_value(value);
}

/// One row of `gimbal config schema`.
struct FieldDescription {
  std::string path, default_value, description;
};

template <class T>
std::vector<FieldDescription> describe_fields(const T& defaults, const std::string& path = "") {
  std::vector<FieldDescription> rows;
  const_cast<T&>(defaults).fields([&](const char* name, auto& field, const char* description) {
    const std::string full = path.empty() ? name : path + "." + name;
    if constexpr (detail::HasFields<std::remove_reference_t<decltype(field)>>) {
      for (auto& row : describe_fields(field, full)) rows.push_back(std::move(row));
    } else {
      rows.push_back({full, detail::write_value(field).dump(), description});
    }
  });
  return rows;
}

/// --set a.b=c: stores `value` at a dotted path, making maps on the way.
void set_path(Json& root, const std::string& dotted, Json value);

/// Lays `over` upon `base`: maps merge key by key, anything else replaces.
void merge_over(Json& base, const Json& over);

}  // namespace gimbal
