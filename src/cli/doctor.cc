// gimbal doctor: what a run, a model or a configuration suffers from, or will; and its last steps done again, tensor by tensor.
#include <cstdio>

#include "cli/command.h"
#include "cli/run_flags.h"
#include "lab/doctor/faults.h"
#include "lab/doctor/replay.h"
#include "models/adapter.h"
#include "models/family.h"

namespace gimbal {
namespace {

struct Flags {
  std::string what;
  int64_t replay = 0, window = 5;
  int64_t benchmark = 0;
};

int say(const lab::Diagnosis& d, const CommonFlags& common) {
  std::printf("%s%s", common.json ? lab::to_json(d).dump(2).c_str() : lab::to_text(d).c_str(), common.json ? "\n" : "");
  return d.healthy() ? 0 : 1;
}

int benchmark(int64_t seeds, const CommonFlags& common) {
  std::vector<uint64_t> all;
  for (int64_t i = 0; i < seeds; ++i) all.push_back((common.seed_given ? common.seed : 1) + static_cast<uint64_t>(i));
  const lab::FaultTable table = lab::run_fault_benchmark(all);
  std::printf("%s%s", common.json ? lab::to_json(table).dump(2).c_str() : lab::to_text(table).c_str(), common.json ? "\n" : "");
  return 0;
}

int run(const Flags& flags, const CommonFlags& common) {
  if (flags.benchmark > 0) return benchmark(flags.benchmark, common);
  if (flags.what.empty()) fail("give a run's directory, a model's directory, a run file or a preset; gimbal doctor --help has an example");
  const fs::path path = flags.what;
  if (flags.replay > 0) {
    if (!fs::exists(path / "log.jsonl")) fail("--replay needs the directory of a run, and ", flags.what, " has no log.jsonl");
    const lab::Replay again = lab::replay({path, flags.replay, flags.window});
    std::printf("%s%s", common.json ? lab::to_json(again).dump().c_str() : lab::to_text(again).c_str(), common.json ? "\n" : "");
    return again.same == again.compared ? 0 : 1;
  }
  if (fs::exists(path / "log.jsonl")) return say(lab::diagnose_run(path), common);
  if (fs::exists(path / "config.json") || is_adapter(path)) return say(lab::diagnose_model(path), common);
  if (fs::is_directory(path)) fail(flags.what, " holds neither a run (log.jsonl) nor a model (config.json)");
  if (fs::exists(path)) {
    RunFlags file;
    file.file = flags.what;
    lab::Diagnosis d = lab::diagnose_config(read_run_config(file.merged(common)));
    d.what = "run file " + flags.what;
    return say(d, common);
  }
  if (!find_architecture(flags.what)) fail(flags.what, " is neither a file nor a directory, and no family or preset is called so");
  RunConfig config;
  config.model = {{"preset", flags.what}};
  lab::Diagnosis d = lab::diagnose_config(config);
  d.what = "preset " + flags.what + " with the default settings of a run";
  return say(d, common);
}

}  // namespace

std::function<int()> add_doctor(CommandLine& line, const CommonFlags& common) {
  const auto flags = std::make_shared<Flags>();
  line.value("what", flags->what, "directory of a run or a model, a run file (YAML), or a preset");
  line.value("--replay", flags->replay, "do the steps up to this one again, bit for bit, and read every tensor").at_least(1);
  line.value("--window", flags->window, "replay: steps before it whose tensors are read too").between(2, 1000).show_default();
  line.value("--benchmark", flags->benchmark, "judge the doctor itself: twelve faults under so many seeds, and twelve healthy designs").between(1, 100);
  return [flags, &common] { return run(*flags, common); };
}

}  // namespace gimbal
