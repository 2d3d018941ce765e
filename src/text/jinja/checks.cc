// Jinja's tests: value is defined, value is divisibleby 3.
#include <algorithm>

#include "text/jinja/library.h"

namespace gimbal::jinja {
namespace {

using Check = bool (*)(const Value& value, const Arguments& a);
struct NamedCheck {
  std::string_view name;
  Check holds;
};

const Value& other(const Arguments& a) {
  if (a.list.empty()) fault("this test needs something to compare with");
  return a.list[0];
}

template <class T>
bool holds_type(const Value& v, const Arguments&) {
  return v.is<T>();
}
bool is_equal(const Value& v, const Arguments& a) { return equal(v, other(a)); }
bool is_unequal(const Value& v, const Arguments& a) { return !equal(v, other(a)); }
bool is_below(const Value& v, const Arguments& a) { return compare(v, other(a)) < 0; }
bool is_above(const Value& v, const Arguments& a) { return compare(v, other(a)) > 0; }
bool is_at_most(const Value& v, const Arguments& a) { return compare(v, other(a)) <= 0; }
bool is_at_least(const Value& v, const Arguments& a) { return compare(v, other(a)) >= 0; }
bool is_map(const Value& v, const Arguments&) { return v.dict() && !v.is<std::shared_ptr<Namespace>>(); }
bool is_countable(const Value& v, const Arguments& a) { return v.string() || v.list() || is_map(v, a); }
bool is_iterable(const Value& v, const Arguments& a) { return is_countable(v, a) || v.is_undefined(); }

const NamedCheck kChecks[] = {
    {"boolean", holds_type<bool>},
    {"callable", holds_type<std::shared_ptr<const Function>>},
    {"defined", [](const Value& v, const Arguments&) { return !v.is_undefined(); }},
    {"divisibleby",
     [](const Value& v, const Arguments& a) {
       const int64_t by = whole_number(other(a), "divisibleby");
       if (by == 0) fault("nothing is divisible by 0");
       return whole_number(v, "divisibleby") % by == 0;
     }},
    {"eq", is_equal},
    {"equalto", is_equal},
    {"even", [](const Value& v, const Arguments&) { return whole_number(v, "even") % 2 == 0; }},
    {"false", [](const Value& v, const Arguments&) { return v.is<bool>() && !std::get<bool>(v.v); }},
    {"float", holds_type<double>},
    {"ge", is_at_least},
    {"greaterthan", is_above},
    {"gt", is_above},
    {"in", [](const Value& v, const Arguments& a) { return contains(other(a), v); }},
    {"integer", holds_type<int64_t>},
    {"iterable", is_iterable},
    {"le", is_at_most},
    {"lessthan", is_below},
    {"lower", [](const Value& v, const Arguments&) { return lowercase(text_of(v)) == text_of(v) && uppercase(text_of(v)) != text_of(v); }},
    {"lt", is_below},
    {"mapping", is_map},
    {"ne", is_unequal},
    {"none", holds_type<None>},
    {"number", [](const Value& v, const Arguments&) { return v.is<int64_t>() || v.is<double>() || v.is<bool>(); }},
    {"odd", [](const Value& v, const Arguments&) { return whole_number(v, "odd") % 2 != 0; }},
    {"sameas", [](const Value& v, const Arguments& a) { return v.v.index() == other(a).v.index() && equal(v, other(a)); }},
    {"sequence", [](const Value& v, const Arguments& a) { return is_iterable(v, a); }},
    {"string", holds_type<std::string>},
    {"true", [](const Value& v, const Arguments&) { return v.is<bool>() && std::get<bool>(v.v); }},
    {"undefined", [](const Value& v, const Arguments&) { return v.is_undefined(); }},
    {"upper", [](const Value& v, const Arguments&) { return uppercase(text_of(v)) == text_of(v) && lowercase(text_of(v)) != text_of(v); }},
};

}  // namespace

std::vector<std::string> test_names() {
  std::vector<std::string> names;
  for (const NamedCheck& check : kChecks) names.emplace_back(check.name);
  return names;
}

bool apply_test(std::string_view name, const Value& value, const Arguments& arguments) {
  for (const NamedCheck& check : kChecks)
    if (check.name == name) return check.holds(value, arguments);
  fault("there is no test '", name, "'", did_you_mean(name, test_names()));
}

}  // namespace gimbal::jinja
