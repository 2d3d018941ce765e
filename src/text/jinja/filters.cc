// Jinja's filters, those that chat templates use.
#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "text/jinja/library.h"

namespace gimbal::jinja {
namespace {

using Filter = Value (*)(const Value& value, const Arguments& a);
struct NamedFilter {
  std::string_view name;
  Filter apply;
};
using Args = Arguments;

bool flagged(const Args& a, size_t place, std::string_view name) {
  const Value* v = a.find(place, name);
  return v && is_true(*v);
}

// "a.b.0" of a value, as filters name attributes.
Value attribute_path(const Value& value, const Value& path) {
  if (path.whole()) return item_of(value, path);
  Value at = value;
  const std::string& text = string_of(path, "an attribute");
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find('.', begin), text.size());
    at = member_of(at, text.substr(begin, end - begin), Prefer::kMember);
    begin = end + 1;
  }
  return at;
}

Args without_first(const Args& a, size_t count) {
  Args rest = a;
  rest.list.erase(rest.list.begin(), rest.list.begin() + static_cast<std::ptrdiff_t>(std::min(count, rest.list.size())));
  return rest;
}

Value tojson(const Value& v, const Args& a) {
  const Value *indent = a.find(1, "indent"), *separators = a.find(2, "separators");
  const int64_t width = indent && !indent->is<None>() ? whole_number(*indent, "tojson's indent") : -1;
  std::string between = width < 0 ? ", " : ",", behind_key = ": ";
  if (separators && separators->list() && separators->list()->size() == 2)
    between = text_of((*separators->list())[0]), behind_key = text_of((*separators->list())[1]);
  return json_text(v, width, between, behind_key, flagged(a, 3, "sort_keys"));
}

Value with_default(const Value& v, const Args& a) {
  const Value* other = a.find(0, "default_value");
  const bool missing = v.is_undefined() || (flagged(a, 1, "boolean") && !is_true(v));
  return missing ? (other ? *other : Value(std::string())) : v;
}

Value map_each(const Value& v, const Args& a) {
  List out;
  const Value *attribute = find(a.named, "attribute"), *otherwise = find(a.named, "default");
  if (!attribute && a.list.empty()) fault("map needs attribute='name' or a filter's name");
  for (const Value& element : elements_of(v)) {
    if (!attribute) {
      out.push_back(apply_filter(string_of(a.list[0], "map's filter"), element, without_first(a, 1)));
      continue;
    }
    const Value member = attribute_path(element, *attribute);
    out.push_back(member.is_undefined() && otherwise ? *otherwise : member);
  }
  return Value::of(std::move(out));
}

// select, reject, selectattr, rejectattr.
Value chosen(const Value& v, const Args& a, bool by_attribute, bool wanted) {
  const size_t first = by_attribute ? 1 : 0;
  if (by_attribute && a.list.empty()) fault("selectattr and rejectattr need the name of an attribute");
  List out;
  for (const Value& element : elements_of(v)) {
    const Value subject = by_attribute ? attribute_path(element, a.list[0]) : element;
    const bool holds =
        a.list.size() > first ? apply_test(string_of(a.list[first], "a test's name"), subject, without_first(a, first + 1)) : is_true(subject);
    if (holds == wanted) out.push_back(element);
  }
  return Value::of(std::move(out));
}

// By value or attribute; letters' case does not count unless it is asked for.
Value sort_key(const Value& element, const Value* attribute, bool case_sensitive) {
  const Value key = attribute && !attribute->is<None>() ? attribute_path(element, *attribute) : element;
  return !case_sensitive && key.string() ? Value(lowercase(*key.string())) : key;
}

Value sorted(const Value& v, const Args& a) {
  List all = elements_of(v);
  const bool reverse = flagged(a, 0, "reverse"), case_sensitive = flagged(a, 1, "case_sensitive");
  const Value* attribute = a.find(2, "attribute");
  std::ranges::stable_sort(all, [&](const Value& x, const Value& y) {
    const int order = compare(sort_key(x, attribute, case_sensitive), sort_key(y, attribute, case_sensitive));
    return reverse ? order > 0 : order < 0;
  });
  return Value::of(std::move(all));
}

Value unique(const Value& v, const Args& a) {
  List out, keys;
  for (const Value& element : elements_of(v)) {
    Value key = sort_key(element, a.find(1, "attribute"), flagged(a, 0, "case_sensitive"));
    if (std::ranges::any_of(keys, [&](const Value& k) { return equal(k, key); })) continue;
    keys.push_back(std::move(key));
    out.push_back(element);
  }
  return Value::of(std::move(out));
}

Value extreme(const Value& v, const Args& a, int sign) {
  Value best{Undefined{"an element of nothing"}}, best_key;
  for (const Value& element : elements_of(v)) {
    const Value key = sort_key(element, a.find(1, "attribute"), flagged(a, 0, "case_sensitive"));
    if (best.is_undefined() || compare(key, best_key) * sign > 0) best = element, best_key = key;
  }
  return best;
}

Value pairs_sorted(const Value& v, const Args& a) {
  if (!v.dict()) fault("dictsort needs a map, not ", describe(v));
  const Value* by = a.find(1, "by");
  const int64_t place = by && by->string() && *by->string() == "value" ? 1 : 0;
  Args order;
  order.named = {
      {"attribute", Value(place)}, {"case_sensitive", Value(flagged(a, 0, "case_sensitive"))}, {"reverse", Value(flagged(a, 2, "reverse"))}};
  List pairs;
  for (const auto& [key, member] : *v.dict()) pairs.push_back(Value::of(List{Value(key), member}));
  return sorted(Value::of(std::move(pairs)), order);
}

Value indented(const Value& v, const Args& a) {
  const Value* width = a.find(0, "width");
  const std::string by = !width            ? "    "
                         : width->string() ? *width->string()
                                           : std::string(static_cast<size_t>(whole_number(*width, "indent's width")), ' ');
  const bool blank = flagged(a, 2, "blank");
  std::string out = flagged(a, 1, "first") ? by : "";
  const std::string text = text_of(v);
  for (size_t i = 0; i < text.size(); ++i) {
    out += text[i];
    if (text[i] == '\n' && (blank || (i + 1 < text.size() && text[i + 1] != '\n'))) out += by;
  }
  return out;
}

Value to_number(const Value& v, const Args& a, bool whole) {
  const Value* otherwise = a.find(0, "default");
  const Value fallback = otherwise ? *otherwise : whole ? Value(int64_t{0}) : Value(0.0);
  double number = 0;
  if (const std::string* s = v.string()) {
    const std::string text = stripped(*s, nullptr, true, true);
    char* end = nullptr;
    number = std::strtod(text.c_str(), &end);
    if (text.empty() || *end != '\0') return fallback;
  } else if (const int64_t* i = v.whole()) {
    if (whole) return *i;
    number = static_cast<double>(*i);
  } else if (const double* d = std::get_if<double>(&v.v)) {
    number = *d;
  } else if (const bool* b = std::get_if<bool>(&v.v)) {
    number = *b;
  } else {
    return fallback;
  }
  if (whole && !(std::fabs(number) < 9e18)) return fallback;
  return whole ? Value(static_cast<int64_t>(number)) : Value(number);
}

Value rounded(const Value& v, const Args& a) {
  const double number = std::get<double>(to_number(v, {}, false).v);
  const double scale = std::pow(10.0, static_cast<double>(a.find(0, "precision") ? whole_number(*a.find(0, "precision"), "round's precision") : 0));
  const std::string how = a.find(1, "method") ? text_of(*a.find(1, "method")) : "common";
  const double x = number * scale;
  return (how == "ceil" ? std::ceil(x) : how == "floor" ? std::floor(x) : std::nearbyint(x)) / scale;
}

Value sum_of(const Value& v, const Args& a) {
  const Value *attribute = a.find(0, "attribute"), *start = a.find(1, "start");
  double sum = start ? std::get<double>(to_number(*start, {}, false).v) : 0;
  bool whole = !start || start->whole();
  for (const Value& element : elements_of(v)) {
    const Value x = attribute && !attribute->is<None>() ? attribute_path(element, *attribute) : element;
    whole = whole && x.whole();
    sum += std::get<double>(to_number(x, {}, false).v);
  }
  return whole ? Value(static_cast<int64_t>(sum)) : Value(sum);
}

// "hello big-world" to "Hello Big-World".
std::string title_of(const std::string& text) {
  std::string out, word;
  const auto flush = [&] { out += capitalized(word), word.clear(); };
  for (const char c : text) {
    if (std::string_view("- \t\n\r\f\v({[<").find(c) == std::string_view::npos) {
      word += c;
    } else {
      flush();
      out += c;
    }
  }
  flush();
  return out;
}

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text)
    out += c == '&' ? "&amp;" : c == '<' ? "&lt;" : c == '>' ? "&gt;" : c == '"' ? "&#34;" : c == '\'' ? "&#39;" : std::string(1, c);
  return out;
}

Value joined_elements(const Value& v, const Args& a) {
  const Value *separator = a.find(0, "d"), *attribute = a.find(1, "attribute");
  List texts;
  for (const Value& element : elements_of(v))
    texts.emplace_back(text_of(attribute && !attribute->is<None>() ? attribute_path(element, *attribute) : element));
  return joined_texts(texts, separator ? text_of(*separator) : "");
}

Value reversed(const Value& v) {
  List all = elements_of(v);
  std::ranges::reverse(all);
  return v.string() ? Value(joined_texts(all, "")) : Value::of(std::move(all));
}

Value edge(const Value& v, bool first) {
  const List all = elements_of(v);
  return all.empty() ? Value(Undefined{first ? "the first element of nothing" : "the last element of nothing"}) : first ? all.front() : all.back();
}

Value length(const Value& v, const Args&) { return length_of(v); }

Value pairs(const Value& v) {
  if (v.is_undefined()) return Value::of(List{});
  if (!v.dict()) fault("items needs a map, not ", describe(v));
  List out;
  for (const auto& [key, member] : *v.dict()) out.push_back(Value::of(List{Value(key), member}));
  return Value::of(std::move(out));
}

Value replaced_text(const Value& v, const Args& a) {
  const Value *old = a.find(0, "old"), *by = a.find(1, "new"), *count = a.find(2, "count");
  if (!old || !by) fault("replace needs what is replaced and what replaces it");
  return replaced(text_of(v), text_of(*old), text_of(*by), count && !count->is<None>() ? whole_number(*count, "replace's count") : -1);
}

Value magnitude(const Value& v) {
  if (const int64_t* i = v.whole()) return *i < 0 ? -*i : *i;
  if (const double* d = std::get_if<double>(&v.v)) return std::fabs(*d);
  fault("abs needs a number, not ", describe(v));
}

const NamedFilter kFilters[] = {
    {"abs", [](const Value& v, const Args&) { return magnitude(v); }},
    {"capitalize", [](const Value& v, const Args&) -> Value { return capitalized(text_of(v)); }},
    {"count", length},
    {"d", with_default},
    {"default", with_default},
    {"dictsort", pairs_sorted},
    {"e", [](const Value& v, const Args&) -> Value { return escaped(text_of(v)); }},
    {"escape", [](const Value& v, const Args&) -> Value { return escaped(text_of(v)); }},
    {"first", [](const Value& v, const Args&) { return edge(v, true); }},
    {"float", [](const Value& v, const Args& a) { return to_number(v, a, false); }},
    {"indent", indented},
    {"int", [](const Value& v, const Args& a) { return to_number(v, a, true); }},
    {"items", [](const Value& v, const Args&) { return pairs(v); }},
    {"join", joined_elements},
    {"last", [](const Value& v, const Args&) { return edge(v, false); }},
    {"length", length},
    {"list", [](const Value& v, const Args&) { return Value::of(elements_of(v)); }},
    {"lower", [](const Value& v, const Args&) -> Value { return lowercase(text_of(v)); }},
    {"map", map_each},
    {"max", [](const Value& v, const Args& a) { return extreme(v, a, 1); }},
    {"min", [](const Value& v, const Args& a) { return extreme(v, a, -1); }},
    {"reject", [](const Value& v, const Args& a) { return chosen(v, a, false, false); }},
    {"rejectattr", [](const Value& v, const Args& a) { return chosen(v, a, true, false); }},
    {"replace", replaced_text},
    {"reverse", [](const Value& v, const Args&) { return reversed(v); }},
    {"round", rounded},
    {"safe", [](const Value& v, const Args&) { return v; }},
    {"select", [](const Value& v, const Args& a) { return chosen(v, a, false, true); }},
    {"selectattr", [](const Value& v, const Args& a) { return chosen(v, a, true, true); }},
    {"sort", sorted},
    {"string", [](const Value& v, const Args&) -> Value { return text_of(v); }},
    {"sum", sum_of},
    {"title", [](const Value& v, const Args&) -> Value { return title_of(text_of(v)); }},
    {"tojson", tojson},
    {"trim", [](const Value& v, const Args& a) -> Value { return stripped(text_of(v), a.find(0, "chars"), true, true); }},
    {"unique", unique},
    {"upper", [](const Value& v, const Args&) -> Value { return uppercase(text_of(v)); }},
};

}  // namespace

std::vector<std::string> filter_names() {
  std::vector<std::string> names;
  for (const NamedFilter& filter : kFilters) names.emplace_back(filter.name);
  return names;
}

Value apply_filter(std::string_view name, const Value& value, const Arguments& arguments) {
  for (const NamedFilter& filter : kFilters)
    if (filter.name == name) return filter.apply(value, arguments);
  fault("there is no filter '", name, "'", did_you_mean(name, filter_names()));
}

}  // namespace gimbal::jinja
