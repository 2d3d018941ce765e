// gimbal finetune: a pretrained model learns a labelled task.
#include <cmath>
#include <cstdio>

#include "cli/command.h"
#include "cli/run_flags.h"
#include "core/files.h"
#include "infer/predictor.h"
#include "train/finetune.h"

namespace gimbal {
namespace {

struct Flags {
  RunFlags run;
  std::string out, resume;
  bool resumes = false;
  int64_t show = 0;
};

int run(const Flags& flags, const CommonFlags& common) {
  if (flags.out.empty()) fail("give --out, the directory of the run");
  RunRequest request;
  request.out = flags.out;
  if (flags.resumes) request.resume = flags.resume == "auto" ? fs::path() : fs::path(flags.resume);
  const fs::path kept = request.out / "config.yaml";
  const Json asked = flags.run.merged(common, flags.resumes && fs::exists(kept) ? kept.string() : "");
  const std::string model = RunFlags::model_of(asked);
  if (model.empty()) fail("give --model, the directory of a pretrained model (or a preset, to learn from nothing)");
  Json whole = finetune_defaults(model);
  merge_over(whole, asked);
  const RunConfig config = read_run_config(whole);
  request.progress = Progress::style_for(common.quiet);
  request.show_examples = flags.show;
  const DType compute = compute_type(config);
  const RunOutcome outcome =
      finetune(config, request, [&](Model& m, const Tokenizer& tokenizer, const TaskForm& form, std::span<const Record> records) {
        return Predictor(m, tokenizer, form, compute).predict(records);
      });
  if (flags.show > 0) {
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
  line.value("--out,--output-dir", flags->out, "directory of the run");
  line.value("--show", flags->show, "only print so many examples: what the model reads and is to say, row by row");
  line.on_value(
          "--resume", [flags](const std::string& from) { flags->resume = from, flags->resumes = true; },
          "continue a run: auto (its newest checkpoint) or a step directory")
      .optional_value("auto");
  return [flags, &common] { return run(*flags, common); };
}

}  // namespace gimbal
