// What courses and notes commonly say about normalization and residual connections, and what is right: the report's first table.
#pragma once

#include <span>
#include <string_view>

namespace gimbal::lab {

struct Statement {
  std::string_view id;             // "S5"
  std::string_view said;           // as commonly printed
  std::string_view right;          // what the sources and the experiments say
  std::string_view judged_by;      // names of experiments, separated by spaces; empty when there is none
  std::string_view shown_by = {};  // what else shows it: a command
};
std::span<const Statement> statements();

}  // namespace gimbal::lab
