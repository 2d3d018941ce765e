// Flags that stand for settings of a run file, shared by every command that takes one: file, then flags, then --set.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cli/command.h"
#include "core/json.h"

namespace gimbal {

struct RunFlags {
  std::string file;
  std::vector<std::string> sets;
  Json settings = Json::object();  // from the named flags

  /// Declares the run file and the flags on `line`. They write into this object, which must outlive parsing.
  void declare(CommandLine& line);
  /// The file (or `fallback` when none is given), with flags and then --set laid over it.
  Json merged(const CommonFlags& common, const std::string& fallback = "") const;
};

/// What a flag's text means for its setting: names and paths stay as they are written, all else is read as in a run file.
Json value_of_flag(std::string_view setting, const std::string& text);

}  // namespace gimbal
