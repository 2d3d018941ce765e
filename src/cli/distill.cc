// gimbal distill: a student learns from a teacher's answers, or from texts that the teacher writes.
#include "train/distill.h"
#include "cli/command.h"
#include "cli/run_place.h"
#include "cli/teacher_texts.h"
#include "core/fields.h"
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
    {"--through-text", "distill.texts",
     "the teacher answers so many records of the data, or writes so many texts, and the student learns those; for vocabularies that differ"},
};

RunConfig config_of(const Flags& flags, const CommonFlags& common) {
  const Json asked = flags.place.merged(flags.run, common);
  if (flags.place.resumes) return read_run_config(asked);  // all that follows was decided when the run began
  Json whole = distill_defaults(asked);
  merge_over(whole, asked);
  if (!text_setting(whole, "task", "name").empty()) {
    Json with_task = finetune_defaults(text_setting(whole, "model", "preset"));
    merge_over(with_task, whole);
    whole = std::move(with_task);
  }
  return read_run_config(whole);
}

int run(const Flags& flags, const CommonFlags& common) {
  const RunRequest request = flags.place.request(common);
  RunConfig config = config_of(flags, common);
  if (config.distill.texts > 0 && !request.resume) let_the_teacher_write(config, request);
  print_outcome(flags.place, config.task.name.empty() ? pretrain(config, request) : finetune(config, request, predict_in(config)), common);
  return 0;
}

}  // namespace

std::function<int()> add_distill(CommandLine& line, const CommonFlags& common) {
  const auto flags = std::make_shared<Flags>();
  for (const Setting& s : kSettings)
    line.on_value(
        s.names, [flags, &s](const std::string& text) { set_path(flags->run.settings, s.setting, value_of_flag(s.setting, text)); }, s.help);
  line.on_flag(
      "--from-teacher-layers", [flags] { set_path(flags->run.settings, "distill.from_teacher_layers", true); },
      "a student of the teacher's width starts from layers of the teacher, spread evenly");
  flags->run.declare(line);
  flags->place.declare(line);
  return [flags, &common] { return run(*flags, common); };
}

}  // namespace gimbal
