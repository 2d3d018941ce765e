// Values of a template: what Jinja's expressions compute with, compared, counted and printed as Python does, since templates are written for it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/error.h"
#include "text/json.h"

namespace gimbal::jinja {

using Json = text::OrderedJson;

/// What is wrong with a template or with what it is given; whoever knows the line makes an Error of it.
struct Fault {
  std::string sentence;
};
template <class... Parts>
[[noreturn]] void fault(const Parts&... parts) {
  throw Fault{cat(parts...)};
}

struct Value;
using List = std::vector<Value>;
/// In the order in which the keys were written. Few keys: looked for one by one.
using Dict = std::vector<std::pair<std::string, Value>>;

struct Arguments {
  List list;
  Dict named;

  /// By place or by name; nullptr when it is not given.
  const Value* find(size_t place, std::string_view name) const;
};
using Function = std::function<Value(const Arguments&)>;

struct Undefined {
  std::string name;  // what was asked for
};
struct None {};
/// A map whose members templates may set: {% set ns.x = … %}.
struct Namespace {
  Dict members;
};

struct Value {
  std::variant<Undefined, None, bool, int64_t, double, std::string, std::shared_ptr<const List>, std::shared_ptr<const Dict>,
               std::shared_ptr<Namespace>, std::shared_ptr<const Function>>
      v;

  Value() = default;
  template <class T>
  requires(!std::is_same_v<std::remove_cvref_t<T>, Value>) Value(T&& x) : v(std::forward<T>(x)) {}
  static Value of(List list) { return std::make_shared<const List>(std::move(list)); }
  static Value of(Dict dict) { return std::make_shared<const Dict>(std::move(dict)); }
  static Value of(Function function) { return std::make_shared<const Function>(std::move(function)); }
  static Value of(const Json& json);

  template <class T>
  bool is() const {
    return std::holds_alternative<T>(v);
  }
  const std::string* string() const { return std::get_if<std::string>(&v); }
  const List* list() const;
  const Dict* dict() const;  // of a namespace too
  /// Of a whole number or a bool.
  const int64_t* whole() const { return std::get_if<int64_t>(&v); }
  bool is_undefined() const { return is<Undefined>(); }
};

const Value* find(const Dict& dict, std::string_view key);
void put(Dict& dict, std::string_view key, Value value);

bool is_true(const Value& value);
/// Python's str().
std::string text_of(const Value& value);
/// Python's repr(), as it stands within a printed list.
std::string repr_of(const Value& value);
/// "a string", "'message.role' (undefined)": for sentences.
std::string describe(const Value& value);
bool equal(const Value& a, const Value& b);
/// Below, equal, above as -1, 0, 1. Fault when Python would not compare them.
int compare(const Value& a, const Value& b);
bool contains(const Value& container, const Value& item);
/// Of a string: characters.
int64_t length_of(const Value& value);
/// Elements of a list, characters of a string, keys of a map; nothing of undefined.
List elements_of(const Value& value);
int64_t whole_number(const Value& value, std::string_view what);
/// Error unless it is a string.
const std::string& string_of(const Value& value, std::string_view what);

/// json.dumps without escapes beyond ASCII; indent below 0: on one line.
std::string json_text(const Value& value, int64_t indent, std::string_view item_separator, std::string_view key_separator, bool sort_keys);
/// Python's repr of a float.
std::string float_text(double number);

}  // namespace gimbal::jinja
