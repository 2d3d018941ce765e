// gimbal pretrain: a model from nothing, or further from a checkpoint.
#include "cli/command.h"
#include "cli/run_place.h"
#include "train/pretrain.h"

namespace gimbal {
namespace {

struct Flags {
  RunFlags run;
  RunPlace place;
};

int run(const Flags& flags, const CommonFlags& common) {
  const RunRequest request = flags.place.request(common);
  print_outcome(flags.place, pretrain(read_run_config(flags.place.merged(flags.run, common)), request), common);
  return 0;
}

}  // namespace

std::function<int()> add_pretrain(CommandLine& line, const CommonFlags& common) {
  const auto flags = std::make_shared<Flags>();
  flags->run.declare(line);
  flags->place.declare(line);
  return [flags, &common] { return run(*flags, common); };
}

}  // namespace gimbal
