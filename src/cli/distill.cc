// gimbal distill: a student learns from a teacher's answers, or from texts that the teacher writes.
#include <cmath>
#include <cstdio>

#include "cli/command.h"
#include "cli/run_place.h"
#include "core/fields.h"
#include "core/files.h"
#include "data/corpus.h"
#include "infer/predictor.h"
#include "infer/write_texts.h"
#include "train/distill.h"
#include "train/finetune.h"
#include "train/pretrain.h"

namespace gimbal {
namespace {

struct Flags {
  RunFlags run;
  RunPlace place;
};

struct Setting {
  const char *names, *setting, *help;
};
constexpr Setting kSettings[] = {
    {"--teacher", "distill.teacher", "directory of the model that is learned from"},
    {"--temperature", "distill.temperature", "of both sides' probabilities where they are compared"},
    {"--weight", "distill.weight", "share of the teacher in the loss"},
    {"--hidden-weight", "distill.hidden_weight", "weight of the squared distance between hidden states; 0 compares none"},
    {"--attention-weight", "distill.attention_weight", "weight of the divergence between the last layers' attention; 0 compares none"},
    {"--through-text", "distill.texts", "the teacher writes so many texts, and the student is pretrained on them; for vocabularies that differ"},
};

std::string setting_of(const Json& whole, const char* part, const char* name) {
  return whole.contains(part) && whole[part].is_object() ? whole[part].value(name, "") : "";
}

// The first words of each text of the data, which the teacher continues.
std::vector<std::string> beginnings_of(const std::vector<std::string>& paths) {
  constexpr int kWords = 4;
  std::vector<std::string> beginnings;
  if (paths.empty()) return beginnings;
  for (const CorpusFile& file : find_corpus({paths.begin(), paths.end()}).train) {
    read_documents(file, [&](std::string_view text) {
      size_t end = 0;
      for (int words = 0; words < kWords && end != std::string_view::npos; ++words) end = text.find_first_of(" \n", end + 1);
      beginnings.emplace_back(text.substr(0, end));
    });
  }
  return beginnings;
}

// Writes OUT/texts.jsonl and makes it the data.
void let_the_teacher_write(RunConfig& config, const RunRequest& request) {
  if (!config.task.name.empty())
    fail("--through-text pretrains on what the teacher writes, and ", config.task.name,
         " is a task for fine-tuning; leave --task out, and run gimbal finetune on the student afterwards");
  Progress progress(request.progress);
  progress.note(cat("the teacher writes ", config.distill.texts, " texts"));
  const TextModel teacher = load_text_model(config.distill.teacher, Device::kCpu);
  WrittenTexts options;
  options.count = config.distill.texts;
  options.seed = static_cast<uint64_t>(config.train.seed);
  std::string lines;
  for (const std::string& text :
       write_texts(teacher, tokenizer_of(teacher, config.distill.teacher), beginnings_of(config.data.paths), options, DType::kF32))
    lines += Json({{"text", text}}).dump() + "\n";
  fs::create_directories(request.out);
  const fs::path file = request.out / "texts.jsonl";
  write_file(file, lines);
  config.data.paths = {file.string()};
}

RunConfig config_of(const Flags& flags, const CommonFlags& common) {
  const Json asked = flags.place.merged(flags.run, common);
  if (flags.place.resumes) return read_run_config(asked);  // all that follows was decided when the run began
  Json whole = distill_defaults(asked);
  merge_over(whole, asked);
  if (!setting_of(whole, "task", "name").empty()) {
    Json with_task = finetune_defaults(RunFlags::model_of(whole));
    merge_over(with_task, whole);
    whole = std::move(with_task);
  }
  return read_run_config(whole);
}

void print(const RunOutcome& outcome, const CommonFlags& common) {
  const auto finite = [](double v) { return std::isfinite(v) ? Json(v) : Json(nullptr); };
  Json scores = Json::object();
  std::string text;
  if (std::isfinite(outcome.last_validation_loss)) text = cat("  validation ", outcome.last_validation_loss);
  for (const RunScore& score : outcome.scores) {
    scores[score.metric] = score.value;
    text += cat("  ", score.metric, " ", score.value);
  }
  if (common.json) {
    std::printf("%s\n", Json({{"steps", outcome.steps},
                              {"loss", finite(outcome.loss)},
                              {"val_loss", finite(outcome.last_validation_loss)},
                              {"scores", scores},
                              {"stopped", outcome.stopped},
                              {"seconds", outcome.seconds},
                              {"checkpoint", outcome.last.string()},
                              {"best", outcome.best.string()}})
                            .dump()
                            .c_str());
  } else {
    std::printf("%s\n", cat("steps ", outcome.steps, "  loss ", outcome.loss, text, "  checkpoint ", outcome.last.string()).c_str());
  }
}

int run(const Flags& flags, const CommonFlags& common) {
  const RunRequest request = flags.place.request(common);
  RunConfig config = config_of(flags, common);
  if (config.distill.texts > 0 && !request.resume) let_the_teacher_write(config, request);
  if (config.task.name.empty()) {
    print(pretrain(config, request), common);
    return 0;
  }
  const DType compute = compute_type(config);
  const Predict predict = [&](Model& m, const Tokenizer& tokenizer, const TaskForm& form, std::span<const Record> records) {
    return Predictor(m, tokenizer, form, compute).predict(records);
  };
  print(finetune(config, request, predict), common);
  return 0;
}

}  // namespace

std::function<int()> add_distill(CommandLine& line, const CommonFlags& common) {
  const auto flags = std::make_shared<Flags>();
  for (const Setting& s : kSettings)
    line.on_value(
        s.names, [flags, &s](const std::string& text) { set_path(flags->run.settings, s.setting, parse_scalar(text)); }, s.help);
  line.on_flag(
      "--from-teacher-layers", [flags] { set_path(flags->run.settings, "distill.from_teacher_layers", true); },
      "a student of the teacher's width starts from layers of the teacher, spread evenly");
  flags->run.declare(line);
  flags->place.declare(line);
  return [flags, &common] { return run(*flags, common); };
}

}  // namespace gimbal
