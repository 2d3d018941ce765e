// gimbal finetune: a pretrained model learns a labelled task.
#include <cmath>
#include <cstdio>

#include "cli/command.h"
#include "cli/run_place.h"
#include "infer/predictor.h"
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
  const std::string model = RunFlags::model_of(asked);
  if (model.empty()) fail("give --model, the directory of a pretrained model (or a preset, to learn from nothing)");
  Json whole = finetune_defaults(model);
  merge_over(whole, asked);
  const RunConfig config = read_run_config(whole);
  const DType compute = compute_type(config);
  const RunOutcome outcome =
      finetune(config, request, [&](Model& m, const Tokenizer& tokenizer, const TaskForm& form, std::span<const Record> records) {
        return Predictor(m, tokenizer, form, compute).predict(records);
      });
  if (flags.place.show > 0) {
    std::printf("%s", outcome.shown.c_str());
    return 0;
  }
  Json scores = Json::object();
  std::string text;
  for (const RunScore& score : outcome.scores) {
    scores[score.metric] = score.value;
    text += cat("  ", score.metric, " ", score.value);
  }
  if (common.json) {
    std::printf("%s\n", Json({{"steps", outcome.steps},
                              {"loss", outcome.loss},
                              {"scores", scores},
                              {"stopped", outcome.stopped},
                              {"seconds", outcome.seconds},
                              {"checkpoint", outcome.last.string()},
                              {"best", outcome.best.string()}})
                            .dump()
                            .c_str());
  } else {
    std::printf("%s\n", cat("steps ", outcome.steps, "  loss ", outcome.loss, text, "  best ", outcome.best.string()).c_str());
  }
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
