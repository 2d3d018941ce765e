// Comparing, counting and printing values.
#include "text/jinja/value.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include "text/utf8.h"

namespace gimbal::jinja {
namespace {

std::optional<double> number_in(const Value& value) {
  if (const bool* b = std::get_if<bool>(&value.v)) return *b ? 1.0 : 0.0;
  if (const int64_t* i = value.whole()) return static_cast<double>(*i);
  if (const double* d = std::get_if<double>(&value.v)) return *d;
  return std::nullopt;
}

// Python's repr of a string: single quotes unless only these occur.
std::string quoted(const std::string& text) {
  const char quote = text.find('\'') != std::string::npos && text.find('"') == std::string::npos ? '"' : '\'';
  std::string out(1, quote);
  for (const char c : text) {
    if (c == quote || c == '\\')
      out += {'\\', c};
    else if (c == '\n')
      out += "\\n";
    else if (c == '\r')
      out += "\\r";
    else if (c == '\t')
      out += "\\t";
    else
      out += c;
  }
  return out + quote;
}

std::string json_string(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      case '\b':
        out += "\\b";
        break;
      case '\f':
        out += "\\f";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          constexpr const char* kHex = "0123456789abcdef";
          out += cat("\\u00", kHex[(c >> 4) & 15], kHex[c & 15]);
        } else {
          out += c;
        }
    }
  }
  return out + '"';
}

struct JsonWriter {
  int64_t indent;
  std::string_view item_separator, key_separator;
  bool sort_keys;

  std::string line(int64_t depth) const { return indent < 0 ? "" : "\n" + std::string(static_cast<size_t>(indent * depth), ' '); }

  std::string write(const Value& value, int64_t depth) const {
    if (const std::string* s = value.string()) return json_string(*s);
    if (const List* list = value.list()) {
      std::string out;
      for (const Value& element : *list) out += cat(out.empty() ? "" : item_separator, line(depth + 1), write(element, depth + 1));
      return out.empty() ? "[]" : cat("[", out, line(depth), "]");
    }
    if (const Dict* dict = value.dict()) {
      Dict members = *dict;
      if (sort_keys) std::ranges::stable_sort(members, {}, [](const auto& m) { return m.first; });
      std::string out;
      for (const auto& [key, member] : members)
        out += cat(out.empty() ? "" : item_separator, line(depth + 1), json_string(key), key_separator, write(member, depth + 1));
      return out.empty() ? "{}" : cat("{", out, line(depth), "}");
    }
    if (value.is<None>()) return "null";
    if (const bool* b = std::get_if<bool>(&value.v)) return *b ? "true" : "false";
    if (number_in(value)) return text_of(value);
    fault("tojson cannot write ", describe(value));
  }
};

std::string printed_list(const List& list) {
  std::string out;
  for (const Value& element : list) out += cat(out.empty() ? "" : ", ", repr_of(element));
  return cat("[", out, "]");
}

std::string printed_dict(const Dict& dict) {
  std::string out;
  for (const auto& [key, member] : dict) out += cat(out.empty() ? "" : ", ", quoted(key), ": ", repr_of(member));
  return cat("{", out, "}");
}

}  // namespace

const Value* Arguments::find(size_t place, std::string_view name) const { return place < list.size() ? &list[place] : jinja::find(named, name); }

Value Value::of(const Json& json) {
  switch (json.type()) {
    case Json::value_t::boolean:
      return json.get<bool>();
    case Json::value_t::number_integer:
    case Json::value_t::number_unsigned:
      return json.get<int64_t>();
    case Json::value_t::number_float:
      return json.get<double>();
    case Json::value_t::string:
      return json.get<std::string>();
    case Json::value_t::array: {
      List list;
      for (const Json& element : json) list.push_back(of(element));
      return of(std::move(list));
    }
    case Json::value_t::object: {
      Dict dict;
      for (auto item = json.begin(); item != json.end(); ++item) dict.emplace_back(item.key(), of(item.value()));
      return of(std::move(dict));
    }
    default:
      return None{};
  }
}

const List* Value::list() const {
  const auto* p = std::get_if<std::shared_ptr<const List>>(&v);
  return p ? p->get() : nullptr;
}

const Dict* Value::dict() const {
  if (const auto* p = std::get_if<std::shared_ptr<const Dict>>(&v)) return p->get();
  if (const auto* p = std::get_if<std::shared_ptr<Namespace>>(&v)) return &(*p)->members;
  return nullptr;
}

const Value* find(const Dict& dict, std::string_view key) {
  for (const auto& [name, value] : dict)
    if (name == key) return &value;
  return nullptr;
}

void put(Dict& dict, std::string_view key, Value value) {
  for (auto& [name, old] : dict) {
    if (name != key) continue;
    old = std::move(value);
    return;
  }
  dict.emplace_back(key, std::move(value));
}

bool is_true(const Value& value) {
  if (const std::string* s = value.string()) return !s->empty();
  if (const List* list = value.list()) return !list->empty();
  if (value.is<std::shared_ptr<Namespace>>() || value.is<std::shared_ptr<const Function>>()) return true;
  if (const Dict* dict = value.dict()) return !dict->empty();
  const auto number = number_in(value);
  return number && *number != 0;
}

std::string float_text(double number) {
  if (std::isnan(number)) return "nan";
  if (std::isinf(number)) return number > 0 ? "inf" : "-inf";
  char buffer[64];
  const double size = std::fabs(number);
  const bool plain = size == 0 || (size >= 1e-4 && size < 1e16);
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, number, plain ? std::chars_format::fixed : std::chars_format::scientific).ptr;
  std::string text(buffer, end);
  if (plain && text.find('.') == std::string::npos) text += ".0";
  return text;
}

std::string text_of(const Value& value) {
  if (const std::string* s = value.string()) return *s;
  if (value.is_undefined()) return "";
  return repr_of(value);
}

std::string repr_of(const Value& value) {
  if (const std::string* s = value.string()) return quoted(*s);
  if (value.is_undefined()) return "Undefined";
  if (value.is<None>()) return "None";
  if (const bool* b = std::get_if<bool>(&value.v)) return *b ? "True" : "False";
  if (const int64_t* i = value.whole()) return std::to_string(*i);
  if (const double* d = std::get_if<double>(&value.v)) return float_text(*d);
  if (const List* list = value.list()) return printed_list(*list);
  if (const Dict* dict = value.dict()) return printed_dict(*dict);
  fault("a function cannot be printed; it is called with ()");
}

std::string describe(const Value& value) {
  if (const auto* u = std::get_if<Undefined>(&value.v)) return u->name.empty() ? "something undefined" : cat("'", u->name, "' (undefined)");
  constexpr const char* kNames[] = {"", "none", "a bool", "a whole number", "a number", "a string", "a list", "a map", "a namespace", "a function"};
  return kNames[value.v.index()];
}

bool equal(const Value& a, const Value& b) {
  if (const auto x = number_in(a), y = number_in(b); x || y) return x && y && *x == *y;
  if (a.string() || b.string()) return a.string() && b.string() && *a.string() == *b.string();
  if (a.list() || b.list()) return a.list() && b.list() && std::ranges::equal(*a.list(), *b.list(), equal);
  if (const Dict* x = a.dict(), *y = b.dict(); x || y) {
    if (!x || !y || x->size() != y->size()) return false;
    return std::ranges::all_of(*x, [&](const auto& m) {
      const Value* other = find(*y, m.first);
      return other && equal(m.second, *other);
    });
  }
  return a.v.index() == b.v.index() && !a.is<std::shared_ptr<const Function>>();
}

int compare(const Value& a, const Value& b) {
  const auto sign = [](const auto& x, const auto& y) { return x < y ? -1 : y < x ? 1 : 0; };
  if (const auto x = number_in(a), y = number_in(b); x && y) return sign(*x, *y);
  if (a.string() && b.string()) return sign(*a.string(), *b.string());
  if (a.list() && b.list()) {
    const List &x = *a.list(), &y = *b.list();
    for (size_t i = 0; i < std::min(x.size(), y.size()); ++i)
      if (const int c = compare(x[i], y[i]); c != 0) return c;
    return sign(x.size(), y.size());
  }
  fault("there is no order between ", describe(a), " and ", describe(b));
}

bool contains(const Value& container, const Value& item) {
  if (const std::string* s = container.string()) return s->find(string_of(item, "what is looked for in a string")) != std::string::npos;
  if (const Dict* dict = container.dict()) return item.string() && find(*dict, *item.string());
  if (const List* list = container.list()) return std::ranges::any_of(*list, [&](const Value& element) { return equal(element, item); });
  if (container.is_undefined()) return false;
  fault("'in' needs a string, a list or a map on its right side, not ", describe(container));
}

int64_t length_of(const Value& value) {
  if (const std::string* s = value.string()) return std::count_if(s->begin(), s->end(), [](char c) { return !text::continues_character(c); });
  if (const List* list = value.list()) return static_cast<int64_t>(list->size());
  if (const Dict* dict = value.dict()) return static_cast<int64_t>(dict->size());
  if (value.is_undefined()) return 0;
  fault(describe(value), " has no length");
}

List elements_of(const Value& value) {
  List out;
  if (const List* list = value.list()) return *list;
  if (const Dict* dict = value.dict()) {
    for (const auto& [key, member] : *dict) out.emplace_back(key);
  } else if (const std::string* s = value.string()) {
    for (size_t at = 0, size = 0; at < s->size(); at += size) {
      size = text::character_length((*s)[at]);
      out.emplace_back(s->substr(at, size));
    }
  } else if (!value.is_undefined()) {
    fault("there is nothing to go through in ", describe(value));
  }
  return out;
}

int64_t whole_number(const Value& value, std::string_view what) {
  if (const int64_t* i = value.whole()) return *i;
  if (const bool* b = std::get_if<bool>(&value.v)) return *b;
  fault(what, " must be a whole number, not ", describe(value));
}

const std::string& string_of(const Value& value, std::string_view what) {
  if (const std::string* s = value.string()) return *s;
  fault(what, " must be a string, not ", describe(value));
}

std::string json_text(const Value& value, int64_t indent, std::string_view item_separator, std::string_view key_separator, bool sort_keys) {
  return JsonWriter{indent, item_separator, key_separator, sort_keys}.write(value, 0);
}

}  // namespace gimbal::jinja
