// English verbs in the four forms that the grammar needs.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace gimbal::world {

enum class Form : uint8_t { kPast, kBase, kIng, kPart };
constexpr int kForms = 4;

/// inflect("carry", kPast) is "carried"; irregular verbs come from a table, the others from the rules of spelling.
std::string inflect(std::string_view base, Form form);

/// "marbles" from "marble", "cherries" from "cherry".
std::string plural(std::string_view noun);

}  // namespace gimbal::world
