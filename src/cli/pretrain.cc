// gimbal pretrain: a model from nothing, or further from a checkpoint.
#include <cmath>
#include <cstdio>

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
  const RunConfig config = read_run_config(flags.place.merged(flags.run, common));
  const RunOutcome outcome = pretrain(config, request);
  if (flags.place.show > 0) {
    std::printf("%s", outcome.shown.c_str());
    return 0;
  }
  const auto finite = [](double v) { return std::isfinite(v) ? Json(v) : Json(nullptr); };
  if (common.json) {
    std::printf("%s\n", Json({{"steps", outcome.steps},
                              {"loss", finite(outcome.loss)},
                              {"val_loss", finite(outcome.last_validation_loss)},
                              {"best_val_loss", finite(outcome.best_validation_loss)},
                              {"stopped", outcome.stopped},
                              {"checkpoint", outcome.last.string()}})
                            .dump()
                            .c_str());
  } else {
    const std::string validation = std::isfinite(outcome.last_validation_loss)
                                       ? cat("  validation ", outcome.last_validation_loss, " (best ", outcome.best_validation_loss, ")")
                                       : std::string();
    std::printf("%s\n", cat("steps ", outcome.steps, "  loss ", outcome.loss, validation, "  checkpoint ", outcome.last.string()).c_str());
  }
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
