// Flags to a run's request.
#include "cli/run_place.h"

#include <cmath>
#include <cstdio>

#include "core/files.h"
#include "infer/predictor.h"
#include "infer/text_generator.h"

namespace gimbal {
namespace {

std::string write_sample(Model& model, const Tokenizer& tokenizer, const SampleConfig& samples, uint64_t seed) {
  TextOptions options;
  options.sampling.temperature = samples.temperature;
  options.sampling.seed = static_cast<int64_t>(seed);
  options.max_tokens = samples.tokens;
  return generate_text(model, tokenizer, samples.prompt, options).front().text;
}

}  // namespace

void RunPlace::declare(CommandLine& line) {
  line.value("--out,--output-dir", out, "directory of the run");
  line.value("--show", show, "only print so many examples: what the model reads and is to say, row by row");
  line.on_value(
          "--resume", [this](const std::string& from) { resume = from, resumes = true; },
          "continue a run: auto (its newest checkpoint) or a step directory")
      .optional_value("auto");
}

RunRequest RunPlace::request(const CommonFlags& common) const {
  if (out.empty()) fail("give --out, the directory of the run");
  RunRequest request;
  request.out = out;
  if (resumes) request.resume = resume == "auto" ? fs::path() : fs::path(resume);
  request.progress = Progress::style_for(common.quiet);
  request.write_sample = write_sample;
  request.show_examples = show;
  return request;
}

Predict predict_in(const RunConfig& config) {
  return [compute = compute_type(config)](Model& model, const Tokenizer& tokenizer, const TaskForm& form, std::span<const Record> records) {
    return Predictor(model, tokenizer, form, compute).predict(records);
  };
}

void print_outcome(const RunPlace& place, const RunOutcome& outcome, const CommonFlags& common) {
  if (place.show > 0) {
    std::printf("%s", common.json ? (Json({{"shown", outcome.shown}}).dump() + "\n").c_str() : outcome.shown.c_str());
    return;
  }
  const auto finite = [](double v) { return std::isfinite(v) ? Json(v) : Json(nullptr); };
  Json scores = Json::object();
  std::string text = cat("steps ", outcome.steps, "  loss ", outcome.loss);
  if (std::isfinite(outcome.last_validation_loss))
    text += cat("  validation ", outcome.last_validation_loss, " (best ", outcome.best_validation_loss, ")");
  for (const RunScore& score : outcome.scores) {
    scores[score.metric] = finite(score.value);
    text += cat("  ", score.metric, " ", score.value);
  }
  if (outcome.steps_taken == 0) text = cat("the run was finished before: ", outcome.steps, " steps; a larger train.steps (--steps) goes on with it");
  text += outcome.scores.empty() ? cat("  checkpoint ", outcome.last.string()) : cat("  best ", outcome.best.string());
  if (common.json)
    text = Json({{"steps", outcome.steps},
                 {"loss", finite(outcome.loss)},
                 {"val_loss", finite(outcome.last_validation_loss)},
                 {"best_val_loss", finite(outcome.best_validation_loss)},
                 {"scores", scores},
                 {"stopped", outcome.stopped},
                 {"seconds", outcome.seconds},
                 {"checkpoint", outcome.last.string()},
                 {"best", outcome.best.string()}})
               .dump();
  std::printf("%s\n", text.c_str());
}

Json RunPlace::merged(const RunFlags& flags, const CommonFlags& common) const {
  const fs::path kept = fs::path(out) / "config.yaml";
  if (resumes && resume == "auto" && flags.file.empty() && fs::exists(out) && !fs::exists(kept))
    fail(kept.string(), " is not there, and with it the run's settings; give its run file beside --resume");
  return flags.merged(common, resumes && fs::exists(kept) ? kept.string() : "");
}

}  // namespace gimbal
