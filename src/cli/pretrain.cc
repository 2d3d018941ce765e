// gimbal pretrain: a model from nothing, or further from a checkpoint.
#include <cmath>
#include <cstdio>

#include "cli/command.h"
#include "cli/run_flags.h"
#include "core/files.h"
#include "infer/text_generator.h"
#include "train/pretrain.h"

namespace gimbal {
namespace {

std::string write_sample(Model& model, const Tokenizer& tokenizer, const SampleConfig& samples, uint64_t seed) {
  TextOptions options;
  options.sampling.temperature = samples.temperature;
  options.sampling.seed = static_cast<int64_t>(seed);
  options.max_tokens = samples.tokens;
  return generate_text(model, tokenizer, samples.prompt, options).front().text;
}

struct Flags {
  RunFlags run;
  std::string out;
  std::string resume;
  bool resumes = false;
  int64_t show = 0;
};

int run(const Flags& flags, const CommonFlags& common) {
  if (flags.out.empty()) fail("give --out, the directory of the run");
  RunRequest request;
  request.out = flags.out;
  if (flags.resumes) request.resume = flags.resume == "auto" ? fs::path() : fs::path(flags.resume);
  const fs::path kept = request.out / "config.yaml";
  const RunConfig config = read_run_config(flags.run.merged(common, flags.resumes && fs::exists(kept) ? kept.string() : ""));
  request.progress = Progress::style_for(common.quiet);
  request.show_examples = flags.show;
  request.write_sample = write_sample;
  const RunOutcome outcome = pretrain(config, request);
  if (flags.show > 0) {
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
  line.value("--out,--output-dir", flags->out, "directory of the run");
  line.value("--show", flags->show, "only print so many examples: what the model reads and is to say, row by row");
  line.on_value(
          "--resume", [flags](const std::string& from) { flags->resume = from, flags->resumes = true; },
          "continue a run: auto (its newest checkpoint) or a step directory")
      .optional_value("auto");
  return [flags, &common] { return run(*flags, common); };
}

}  // namespace gimbal
