// gimbal report: writes a run's report.html again, or prints one of its samples.
#include <cstdio>
#include <fstream>

#include "cli/command.h"
#include "core/files.h"
#include "core/error.h"
#include "core/json.h"
#include "train/report.h"

namespace gimbal {
namespace {

int print_sample(const fs::path& run, const std::string& which, const CommonFlags& common) {
  std::ifstream lines(run / "samples.jsonl");
  Json chosen;
  for (std::string line; std::getline(lines, line);) {
    const Json sample = parse_json_or_discard(line);
    if (!sample.is_object()) continue;
    if (which == "last" || chosen.is_null()) chosen = sample;
  }
  if (chosen.is_null()) fail(run.string(), " holds no sample texts; set samples.every to write some");
  const auto text = [&](const char* key) { return chosen.contains(key) && chosen[key].is_string() ? chosen[key].get<std::string>() : ""; };
  std::printf("%s\n", (common.json ? chosen.dump() : text("prompt") + text("text")).c_str());
  return 0;
}

}  // namespace

std::function<int()> add_report(CommandLine& line, const CommonFlags& common) {
  const auto run = std::make_shared<std::string>();
  const auto sample = std::make_shared<std::string>();
  line.value("run", *run, "directory of a run").required();
  line.value("--sample", *sample, "print the first or last sample text instead").one_of({"first", "last"});
  return [run, sample, &common] {
    if (!sample->empty()) return print_sample(*run, *sample, common);
    write_report(*run);
    const std::string page = fs::path(*run) / "report.html";
    if (common.json || !common.quiet) std::printf("%s\n", (common.json ? Json({{"report", page}}).dump() : page).c_str());
    return 0;
  };
}

}  // namespace gimbal
