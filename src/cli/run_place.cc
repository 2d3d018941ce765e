// Flags to a run's request.
#include "cli/run_place.h"

#include "core/files.h"
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

Json RunPlace::merged(const RunFlags& flags, const CommonFlags& common) const {
  const fs::path kept = fs::path(out) / "config.yaml";
  return flags.merged(common, resumes && fs::exists(kept) ? kept.string() : "");
}

}  // namespace gimbal
