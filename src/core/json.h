// JSON and YAML text to one value type, with errors that name the file and the place.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

// Its members are compiled once, in json.cc.
extern template class nlohmann::basic_json<nlohmann::ordered_map>;

namespace gimbal {

/// Keys keep the order in which they were written.
using Json = nlohmann::ordered_json;

/// Error names `what` (a file or a flag), the byte and the reason, and refuses nesting deeper than 512 levels.
Json parse_json(std::string_view text, std::string_view what);

/// The same for one line of many: discarded (is_discarded) instead of an Error.
Json parse_json_or_discard(std::string_view text);

/// YAML 1.2 core scalars become numbers, booleans, null or strings; anchors are expanded. Nesting as in parse_json.
Json parse_yaml(std::string_view text, std::string_view what);

/// The value of one flag such as --set a=VALUE: a number, true/false, null, [lists], {maps} or a string.
Json parse_scalar(std::string_view text);

/// Block-style YAML that parse_yaml reads back to the same value.
std::string to_yaml(const Json& value);

}  // namespace gimbal
