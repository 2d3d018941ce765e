// JSON through nlohmann, YAML through yaml-cpp.
#include "core/json.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "core/error.h"

template class nlohmann::basic_json<nlohmann::ordered_map>;

namespace gimbal {
namespace {

Json scalar_value(const std::string& text) {
  if (text.empty() || text == "~" || text == "null" || text == "Null") return nullptr;
  if (text == "true" || text == "True") return true;
  if (text == "false" || text == "False") return false;
  const char* first = text.data() + (text[0] == '+' ? 1 : 0);
  const char* last = text.data() + text.size();
  int64_t whole = 0;
  if (const auto [end, code] = std::from_chars(first, last, whole); code == std::errc() && end == last) return whole;
  double real = 0;
  if (const auto [end, code] = std::from_chars(first, last, real); code == std::errc() && end == last && std::isfinite(real)) return real;
  return text;
}

constexpr int kDeepest = 512;  // levels; what is nested deeper would end the stack of whoever walks through it

// Levels of lists and maps in JSON text, whether it is valid or not.
int nesting_of(std::string_view text) {
  int depth = 0, deepest = 0;
  bool in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      in_string = c != '"';
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      deepest = std::max(deepest, ++depth);
    } else if (c == ']' || c == '}') {
      --depth;
    }
  }
  return deepest;
}

Json from_yaml(const YAML::Node& node, std::string_view what, int depth = 0) {
  if (depth > kDeepest) fail(what, " is nested deeper than ", kDeepest, " levels, or an anchor in it holds itself");
  switch (node.Type()) {
    case YAML::NodeType::Scalar:
      return node.Tag() == "!" ? Json(node.Scalar()) : scalar_value(node.Scalar());
    case YAML::NodeType::Sequence: {
      Json list = Json::array();
      for (const auto& item : node) list.push_back(from_yaml(item, what, depth + 1));
      return list;
    }
    case YAML::NodeType::Map: {
      Json map = Json::object();
      for (const auto& pair : node) {
        const std::string key = pair.first.Scalar();
        if (map.contains(key)) fail(what, " says '", key, "' twice (line ", pair.first.Mark().line + 1, ")");
        map[key] = from_yaml(pair.second, what, depth + 1);
      }
      return map;
    }
    default:
      return nullptr;
  }
}

void emit(YAML::Emitter& out, const Json& value) {
  if (value.is_object()) {
    out << YAML::BeginMap;
    for (const auto& [key, item] : value.items()) {
      out << YAML::Key << key << YAML::Value;
      emit(out, item);
    }
    out << YAML::EndMap;
  } else if (value.is_array()) {
    out << YAML::Flow << YAML::BeginSeq;
    for (const auto& item : value) emit(out, item);
    out << YAML::EndSeq;
  } else if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    if (!scalar_value(text).is_string() || text.empty()) out << YAML::DoubleQuoted;
    out << text;
  } else if (value.is_null()) {
    out << YAML::Null;
  } else {
    out << value.dump();
  }
}

}  // namespace

Json parse_json(std::string_view text, std::string_view what) {
  if (nesting_of(text) > kDeepest) fail(what, " is nested deeper than ", kDeepest, " levels");
  try {
    return Json::parse(text);
  } catch (const Json::parse_error& e) {
    fail(what, " is not valid JSON: ", e.what());
  }
}

Json parse_json_or_discard(std::string_view text) {
  if (nesting_of(text) > kDeepest) return Json(Json::value_t::discarded);
  return Json::parse(text, nullptr, /*allow_exceptions=*/false);
}

Json parse_yaml(std::string_view text, std::string_view what) {
  try {
    return from_yaml(YAML::Load(std::string(text)), what);
  } catch (const YAML::Exception& e) {
    fail(what, " is not valid YAML: line ", e.mark.line + 1, ": ", e.msg);
  }
}

Json parse_scalar(std::string_view text) {
  if (text.empty()) return "";
  if (text.front() == '[' || text.front() == '{') return parse_yaml(text, text);
  return scalar_value(std::string(text));
}

std::string to_yaml(const Json& value) {
  YAML::Emitter out;
  emit(out, value);
  return std::string(out.c_str()) + "\n";
}

}  // namespace gimbal
