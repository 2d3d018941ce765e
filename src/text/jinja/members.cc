// What stands behind a dot or in brackets: members, elements, slices, methods, and the functions that every template may call.
#include <algorithm>
#include <ctime>

#include "text/jinja/library.h"

namespace gimbal::jinja {
namespace {

constexpr int64_t kLongestRange = 100000;

Value pairs_of(const Dict& dict) {
  List out;
  for (const auto& [key, member] : dict) out.push_back(Value::of(List{Value(key), member}));
  return Value::of(std::move(out));
}

// Maps and namespaces; undefined for another name.
Value dict_method(const Value& value, const std::string& name) {
  const auto bound = [&](auto&& make) { return Value::of(Function([value, make](const Arguments& a) { return make(*value.dict(), a); })); };
  if (name == "items") return bound([](const Dict& d, const Arguments&) { return pairs_of(d); });
  if (name == "keys")
    return bound([](const Dict& d, const Arguments&) {
      List out;
      for (const auto& [key, member] : d) out.emplace_back(key);
      return Value::of(std::move(out));
    });
  if (name == "values")
    return bound([](const Dict& d, const Arguments&) {
      List out;
      for (const auto& [key, member] : d) out.push_back(member);
      return Value::of(std::move(out));
    });
  if (name == "get")
    return bound([](const Dict& d, const Arguments& a) -> Value {
      if (a.list.empty()) fault("get() needs a key");
      if (const Value* found = a.list[0].string() ? find(d, *a.list[0].string()) : nullptr) return *found;
      return a.list.size() > 1 ? a.list[1] : Value(None{});
    });
  if (name == "pop" || name == "update" || name == "setdefault" || name == "clear")
    fault("a template may not change a map, and ", name, "() would; use a namespace");
  return Undefined{name};
}

Value list_method(const List& list, const std::string& name) {
  const auto bound = [&](auto&& make) { return Value::of(Function([list, make](const Arguments& a) { return make(list, a); })); };
  if (name == "index")
    return bound([](const List& all, const Arguments& a) -> Value {
      for (size_t i = 0; !a.list.empty() && i < all.size(); ++i)
        if (equal(all[i], a.list[0])) return static_cast<int64_t>(i);
      fault("index() finds no such element");
    });
  if (name == "count")
    return bound([](const List& all, const Arguments& a) -> Value {
      return static_cast<int64_t>(std::ranges::count_if(all, [&](const Value& v) { return !a.list.empty() && equal(v, a.list[0]); }));
    });
  if (name == "append" || name == "pop" || name == "insert" || name == "extend" || name == "remove" || name == "reverse" || name == "sort")
    fault("a template may not change a list, and ", name, "() would; write list + [element]");
  return Undefined{name};
}

Value range_of(const Arguments& a) {
  if (a.list.empty() || a.list.size() > 3) fault("range() takes one to three numbers");
  int64_t begin = 0, end = whole_number(a.list[0], "range()"), step = 1;
  if (a.list.size() > 1) begin = end, end = whole_number(a.list[1], "range()");
  if (a.list.size() > 2) step = whole_number(a.list[2], "range()");
  if (step == 0) fault("range() cannot go in steps of 0");
  List out;
  for (int64_t i = begin; step > 0 ? i < end : i > end; i += step) {
    if (static_cast<int64_t>(out.size()) >= kLongestRange) fault("range() is longer than ", kLongestRange);
    out.emplace_back(i);
  }
  return Value::of(std::move(out));
}

Dict dict_of_arguments(const Arguments& a) {
  Dict out;
  for (const Value& from : a.list) {
    if (!from.dict()) fault("a map is made of another map and of name=value");
    for (const auto& [key, member] : *from.dict()) put(out, key, member);
  }
  for (const auto& [key, member] : a.named) put(out, key, member);
  return out;
}

Value time_now(const Arguments& a) {
  if (a.list.size() != 1) fault("strftime_now() needs a format");
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  localtime_r(&now, &parts);
  char text[256];
  return std::string(text, std::strftime(text, sizeof text, string_of(a.list[0], "a format of time").c_str(), &parts));
}

Dict make_functions() {
  Dict all;
  put(all, "range", Value::of(Function(range_of)));
  put(all, "dict", Value::of(Function([](const Arguments& a) { return Value::of(dict_of_arguments(a)); })));
  put(all, "namespace",
      Value::of(Function([](const Arguments& a) -> Value { return std::make_shared<Namespace>(Namespace{dict_of_arguments(a)}); })));
  put(all, "raise_exception", Value::of(Function([](const Arguments& a) -> Value {
        fault("the template refuses this conversation: ", a.list.empty() ? "" : text_of(a.list[0]));
      })));
  put(all, "strftime_now", Value::of(Function(time_now)));
  return all;
}

// Where a slice begins and ends among `size` elements, as Python clamps it.
struct Range {
  int64_t begin, end, step;
};
Range clamped(const Value& begin, const Value& end, const Value& step, int64_t size) {
  const auto given = [](const Value& v) { return !v.is_undefined() && !v.is<None>(); };
  Range r{0, size, given(step) ? whole_number(step, "a slice's step") : 1};
  if (r.step == 0) fault("a slice cannot go in steps of 0");
  const int64_t low = r.step > 0 ? 0 : -1, high = r.step > 0 ? size : size - 1;
  const auto place = [&](const Value& v, std::string_view what) {
    int64_t i = whole_number(v, what);
    if (i < 0) i += size;
    return std::clamp(i, low, high);
  };
  r.begin = given(begin) ? place(begin, "a slice's begin") : (r.step > 0 ? 0 : size - 1);
  r.end = given(end) ? place(end, "a slice's end") : (r.step > 0 ? size : -1);
  return r;
}

}  // namespace

Value member_of(const Value& value, const std::string& name, Prefer prefer) {
  if (value.is_undefined()) fault(describe(value), " has no member '", name, "'");
  if (value.string()) return string_method(*value.string(), name);
  if (value.list()) return list_method(*value.list(), name);
  if (!value.dict()) return Undefined{name};
  const Value* member = find(*value.dict(), name);
  if (value.is<std::shared_ptr<Namespace>>()) return member ? *member : Value(Undefined{name});
  if (prefer == Prefer::kMember && member) return *member;
  const Value method = dict_method(value, name);
  if (!method.is_undefined()) return method;
  return member ? *member : Value(Undefined{name});
}

Value item_of(const Value& value, const Value& index) {
  if (index.string()) return member_of(value, *index.string(), Prefer::kMember);
  if (value.is_undefined()) fault(describe(value), " has no elements");
  if (value.dict()) return Undefined{text_of(index)};
  if (!value.list() && !value.string()) return Undefined{text_of(index)};
  const List all = elements_of(value);
  int64_t at = whole_number(index, "an element's place");
  if (at < 0) at += static_cast<int64_t>(all.size());
  if (at < 0 || at >= static_cast<int64_t>(all.size())) return Undefined{cat("element ", text_of(index))};
  return all[static_cast<size_t>(at)];
}

Value slice_of(const Value& value, const Value& begin, const Value& end, const Value& step) {
  if (!value.list() && !value.string()) fault("a slice is taken of a list or a string, not of ", describe(value));
  const List all = elements_of(value);
  const Range r = clamped(begin, end, step, static_cast<int64_t>(all.size()));
  List out;
  for (int64_t i = r.begin; r.step > 0 ? i < r.end : i > r.end; i += r.step) out.push_back(all[static_cast<size_t>(i)]);
  return value.string() ? Value(joined_texts(out, "")) : Value::of(std::move(out));
}

const Dict& functions() {
  static const Dict all = make_functions();
  return all;
}

}  // namespace gimbal::jinja
