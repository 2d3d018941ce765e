// Scalars of a configuration: what is accepted for each type, and the sentence when it is not.
#include "core/fields.h"

#include <charconv>
#include <cmath>

namespace gimbal {
namespace {

// "20k", "1.5M", "2G" (powers of 1000), or a plain number; nullopt when it is none of these.
std::optional<double> suffixed_number(const std::string& text) {
  double number = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (code != std::errc()) return std::nullopt;
  const std::string_view rest(end, static_cast<size_t>(text.data() + text.size() - end));
  if (rest == "k" || rest == "K") {
    number *= 1e3;
  } else if (rest == "M" || rest == "m") {
    number *= 1e6;
  } else if (rest == "G" || rest == "g" || rest == "B") {
    number *= 1e9;
  } else if (!rest.empty()) {
    return std::nullopt;
  }
  return std::isfinite(number) ? std::optional(number) : std::nullopt;
}

}  // namespace

namespace detail {

void read_value(const Json& value, const std::string& path, bool& out) {
  if (!value.is_boolean()) fail("'", path, "' needs true or false, not ", value.dump());
  out = value.get<bool>();
}

void read_value(const Json& value, const std::string& path, int64_t& out) {
  double number = 0;
  if (value.is_number()) {
    number = value.get<double>();
  } else if (const auto parsed = value.is_string() ? suffixed_number(value.get<std::string>()) : std::nullopt) {
    number = *parsed;
  } else {
    fail("'", path, "' needs a whole number, not ", value.dump());
  }
  if (number != std::floor(number)) fail("'", path, "' needs a whole number, not ", value.dump());
  if (number < 0) fail("'", path, "' counts something and cannot be negative; it is ", value.dump());
  if (number > 9e15) fail("'", path, "' is ", value.dump(), ", more than anything here can count; at most 9e15");
  out = value.is_number_integer() ? value.get<int64_t>() : static_cast<int64_t>(number);
}

void read_value(const Json& value, const std::string& path, double& out) {
  if (value.is_number() && std::isfinite(value.get<double>())) {
    out = value.get<double>();
  } else if (const auto parsed = value.is_string() ? suffixed_number(value.get<std::string>()) : std::nullopt) {
    out = *parsed;
  } else {
    fail("'", path, "' needs a finite number, not ", value.is_number() ? cat(value.get<double>()) : value.dump());
  }
}

void read_value(const Json& value, const std::string& path, std::string& out) {
  if (value.is_string()) {
    out = value.get<std::string>();
  } else if (value.is_number() || value.is_boolean()) {
    out = value.dump();  // a file named 1234, a stop word "true"
  } else {
    fail("'", path, "' needs text, not ", value.dump());
  }
}

}  // namespace detail

void set_path(Json& root, const std::string& dotted, Json value) {
  Json* place = &root;
  size_t begin = 0;
  for (;;) {
    const size_t dot = dotted.find('.', begin);
    const std::string key = dotted.substr(begin, dot == std::string::npos ? dot : dot - begin);
    if (key.empty()) fail("'", dotted, "' is not a setting: write it as part.name");
    if (!place->is_object()) *place = Json::object();
    place = &(*place)[key];
    if (dot == std::string::npos) break;
    begin = dot + 1;
  }
  *place = std::move(value);
}

void merge_over(Json& base, const Json& over) {
  if (!base.is_object() || !over.is_object()) {
    base = over;
    return;
  }
  for (const auto& [key, value] : over.items()) merge_over(base[key], value);
}

}  // namespace gimbal
