// gimbal config: every setting of a run file with its default, or a run file resolved.
#include <cstdio>

#include "cli/command.h"
#include "cli/run_flags.h"
#include "train/run_config.h"

namespace gimbal {
namespace {

int print_schema(const CommonFlags& common) {
  auto rows = describe_fields(RunConfig{});
  for (auto& row : describe_fields(Architecture{}, "model")) rows.push_back(row);
  rows.push_back({"model.preset", "\"llama\"", "family, preset or model directory; the other model settings choose on top of it"});
  std::sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
  if (common.json) {
    Json list = Json::array();
    for (const auto& row : rows) list.push_back({{"setting", row.path}, {"default", Json::parse(row.default_value)}, {"description", row.description}});
    std::printf("%s\n", list.dump(2).c_str());
    return 0;
  }
  for (const auto& row : rows) std::printf("%-34s %-14s %s\n", row.path.c_str(), row.default_value.c_str(), row.description.c_str());
  return 0;
}

}  // namespace

std::function<int()> add_config(CommandLine& line, const CommonFlags& common) {
  const auto action = std::make_shared<std::string>();
  const auto flags = std::make_shared<RunFlags>();
  line.value("action", *action, "schema: all settings; dump: a run file with flags and defaults resolved").required().one_of({"schema", "dump"});
  flags->declare(line);
  return [action, flags, &common] {
    if (*action == "schema") return print_schema(common);
    const Json whole = write_run_config(read_run_config(flags->merged(common)));
    std::printf("%s", common.json ? (whole.dump(2) + "\n").c_str() : to_yaml(whole).c_str());
    return 0;
  };
}

}  // namespace gimbal
