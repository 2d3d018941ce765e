// Names in a study's settings, for the few choices that have no registry of their own.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/error.h"

namespace gimbal::lab {

/// The value that stands beside `name`. Error naming the nearest one.
template <class T>
T chosen_by_name(const std::string& name, const char* what, const std::vector<std::pair<const char*, T>>& choices) {
  std::vector<std::string> names;
  for (const auto& [known, value] : choices) {
    if (name == known) return value;
    names.emplace_back(known);
  }
  fail("unknown ", what, " '", name, "'", did_you_mean(name, names), "; known: ", joined(names));
}

}  // namespace gimbal::lab
