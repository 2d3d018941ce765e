// Lower case and white space as Python's str has them: the benchmarks' own scripts are written in it, and a score must not differ by a character.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gimbal::metrics {

/// str.lower() of valid UTF-8: full mappings, and a capital sigma at the end of a word becomes the final form. By this program's tables of Unicode,
/// which may know letters that a given Python does not.
std::string python_lower(std::string_view text);

/// str.split() of valid UTF-8: the pieces between runs of white space, none of them empty. The views point into `text`.
std::vector<std::string_view> python_split(std::string_view text);

/// str.isspace() of one character: Unicode White_Space and the separators U+001C to U+001F.
bool is_python_space(char32_t c);

}  // namespace gimbal::metrics
