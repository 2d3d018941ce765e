// What a command takes as an argument or from standard input: texts, and lists of token ids.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gimbal {

/// Standard input, whole, for "-"; else the argument itself.
std::string text_or_stdin(const std::string& argument);

/// "1,2,3;4,5" -> {{1, 2, 3}, {4, 5}}. Spaces and line breaks around numbers are passed over. `flag` is named in the Error for anything else.
std::vector<std::vector<int32_t>> parse_id_lists(std::string_view text, std::string_view flag);

/// "0.5;1,2" -> {"0.5", "1", "2"}, whatever parts them.
std::vector<std::string> split_numbers(std::string_view text);

/// {1, 2, 3} -> "1,2,3"
std::string id_list(const std::vector<int32_t>& ids);

}  // namespace gimbal
