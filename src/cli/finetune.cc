// gimbal finetune: a pretrained model learns a labelled task.
#include "cli/command.h"
#include "cli/run_place.h"
#include "train/finetune.h"

namespace gimbal {
namespace {

struct Flags {
  RunFlags run;
  RunPlace place;
};

int run(const Flags& flags, const CommonFlags& common) {
  const RunRequest request = flags.place.request(common);
  const Json asked = flags.place.merged(flags.run, common);
  const std::string model = text_setting(asked, "model", "preset");
  if (model.empty()) fail("give --model, the directory of a pretrained model (or a preset, to learn from nothing)");
  Json whole = finetune_defaults(model);
  merge_over(whole, asked);
  const RunConfig config = read_run_config(whole);
  print_outcome(flags.place, finetune(config, request, predict_in(config)), common);
  return 0;
}

}  // namespace

std::function<int()> add_finetune(CommandLine& line, const CommonFlags& common) {
  const auto flags = std::make_shared<Flags>();
  flags->run.declare(line);
  flags->place.declare(line);
  return [flags, &common] { return run(*flags, common); };
}

}  // namespace gimbal
