// What templates may call: filters, tests, methods of strings and maps, and functions, by the names that Jinja and Python give them.
#pragma once

#include "text/jinja/value.h"

namespace gimbal::jinja {

std::vector<std::string> filter_names();
/// `value | name(arguments)`. Fault for arguments that the filter cannot take.
Value apply_filter(std::string_view name, const Value& value, const Arguments& arguments);

std::vector<std::string> test_names();
/// `value is name(arguments)`.
bool apply_test(std::string_view name, const Value& value, const Arguments& arguments);

/// value.name or value["name"]: a member, or the method bound to the value; undefined when there is neither.
enum class Prefer : uint8_t { kMethod, kMember };
Value member_of(const Value& value, const std::string& name, Prefer prefer);
/// value[index].
Value item_of(const Value& value, const Value& index);
/// value[begin:end:step] with undefined for what is left out.
Value slice_of(const Value& value, const Value& begin, const Value& end, const Value& step);

/// The method of a string; undefined when strings have none of this name.
Value string_method(const std::string& text, const std::string& name);

/// range, namespace, dict, raise_exception, strftime_now.
const Dict& functions();

// Of strings, as Python has them.
std::string stripped(const std::string& text, const Value* characters, bool left, bool right);
std::string uppercase(const std::string& text);
std::string lowercase(const std::string& text);
std::string capitalized(const std::string& text);
std::string replaced(const std::string& text, const std::string& old, const std::string& by, int64_t most);
/// Error when one is no string.
std::string joined_texts(const List& texts, const std::string& separator);

}  // namespace gimbal::jinja
