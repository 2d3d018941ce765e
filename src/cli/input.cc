// Parsing without surprises: a number is all of what stands between two commas.
#include "cli/input.h"

#include <charconv>
#include <iostream>
#include <iterator>

#include "core/error.h"

namespace gimbal {
namespace {

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpaces = " \t\r\n";
  const size_t first = text.find_first_not_of(kSpaces);
  return first == std::string_view::npos ? "" : text.substr(first, text.find_last_not_of(kSpaces) - first + 1);
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const size_t at = text.find(separator);
    parts.push_back(trimmed(text.substr(0, at)));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

}  // namespace

std::string text_or_stdin(const std::string& argument) {
  if (argument != "-") return argument;
  return std::string(std::istreambuf_iterator<char>(std::cin), {});
}

std::vector<std::vector<int32_t>> parse_id_lists(std::string_view text, std::string_view flag) {
  std::vector<std::vector<int32_t>> lists;
  for (const std::string_view sequence : split(text, ';')) {
    if (sequence.empty()) fail(flag, " has an empty sequence; write ids as 1,2,3 and part sequences by ';'");
    std::vector<int32_t>& ids = lists.emplace_back();
    for (const std::string_view number : split(sequence, ',')) {
      const auto [end, code] = std::from_chars(number.data(), number.data() + number.size(), ids.emplace_back());
      if (code != std::errc() || end != number.data() + number.size())
        fail(flag, " has '", number, "' where an id belongs; write ids as 1,2,3 and part sequences by ';'");
    }
  }
  return lists;
}

std::vector<std::string> split_numbers(std::string_view text) {
  std::vector<std::string> numbers;
  for (const std::string_view sequence : split(text, ';'))
    for (const std::string_view number : split(sequence, ',')) numbers.emplace_back(number);
  return numbers;
}

std::string id_list(const std::vector<int32_t>& ids) {
  std::string text;
  for (const int32_t id : ids) text += cat(text.empty() ? "" : ",", id);
  return text;
}

}  // namespace gimbal
