// What every command shares: its registration, the common flags, and how results and progress are printed.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "cli/command_line.h"

namespace gimbal {

/// Flags that every command has.
struct CommonFlags {
  int threads = 0;      // 0: one a core
  uint64_t seed = 0;
  bool seed_given = false;
  bool quiet = false;
  bool json = false;
};

/// One command: `add` declares its flags on `line` and returns what runs when it was chosen. The flags live in the returned closure.
struct Command {
  std::string_view name;
  std::string_view summary;
  std::string_view example;  // shown under --help
  std::function<int()> (*add)(CommandLine& line, const CommonFlags& common);
};

/// The list of commands (cli/commands.cc), one file each.
std::span<const Command> commands();

/// Parses, runs, and turns every Error into one sentence on stderr and exit code 2.
int run_command_line(int argc, char** argv);

}  // namespace gimbal
