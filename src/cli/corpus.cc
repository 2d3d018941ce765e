// gimbal corpus: text from the story world, or labelled records of one of its tasks.
#include <cmath>
#include <cstdio>

#include "cli/command.h"
#include "core/error.h"
#include "core/fields.h"
#include "core/files.h"
#include "core/progress.h"
#include "data/world/story.h"
#include "data/world/tasks/world_tasks.h"

namespace gimbal {
namespace {

struct Flags {
  std::string out, size = "20M", task;
  double validation_share = 0.02;
  int64_t examples = 10000;
  double label_noise = 0;
};

int list_tasks() {
  for (const world::WorldTask& task : world::all_world_tasks())
    std::printf("%-14s %-13s %-10s %s\n", std::string(task.name).c_str(), std::string(kind_name(task_named(task.task).kind)).c_str(),
                std::string(task.metric).c_str(), std::string(task.says).c_str());
  return 0;
}

int write_task(const Flags& flags, const CommonFlags& common) {
  const world::WorldTask& task = world::world_task_named(flags.task);
  if (flags.examples < 1) fail("--examples ", flags.examples, " is no number of examples; give at least 1");
  check_new_directory(flags.out);
  const world::TaskCorpus corpus{common.seed_given ? common.seed : 1, static_cast<uint64_t>(flags.examples), flags.label_noise};
  const world::TaskScores scores = world::write_world_task(flags.out, task, corpus);
  if (!common.quiet)
    std::printf("%s: %lld examples of %s; %s at best %.4g, of the most frequent answer %s\n", flags.out.c_str(), static_cast<long long>(flags.examples),
                flags.task.c_str(), std::string(task.metric).c_str(), scores.best, std::isnan(scores.majority) ? "none" : cat(scores.majority).c_str());
  return 0;
}

int run(const Flags& flags, const CommonFlags& common) {
  if (flags.task == "list") return list_tasks();
  if (flags.out.empty()) fail("give --out, a directory for train.jsonl and valid.jsonl");
  if (fs::exists(fs::path(flags.out) / "train.jsonl")) fail(flags.out, " already holds a corpus; choose another --out or remove it");
  if (!flags.task.empty()) return write_task(flags, common);
  int64_t bytes = 0;
  read_fields(Json(flags.size), bytes, "--size");
  if (bytes < 1000) fail("--size ", flags.size, " is less than one story; give bytes, as in 20M");
  const world::CorpusSize size = world::write_corpus(flags.out, common.seed_given ? common.seed : 1, static_cast<uint64_t>(bytes), {flags.validation_share});
  if (!common.quiet)
    std::printf("%s: %llu stories, %s words, %s\n", flags.out.c_str(), static_cast<unsigned long long>(size.stories), count_text(static_cast<double>(size.words)).c_str(),
                bytes_text(static_cast<double>(size.bytes)).c_str());
  return 0;
}

}  // namespace

std::function<int()> add_corpus(CommandLine& line, const CommonFlags& common) {
  const auto flags = std::make_shared<Flags>();
  line.value("-o,--out", flags->out, "directory for train.jsonl and valid.jsonl (with --task also test.jsonl and task.json)");
  line.value("--size", flags->size, "bytes of text, as in 20M");
  line.value("--validation-share", flags->validation_share, "part of the stories that is held out").between(0.0, 0.5);
  line.value("--task", flags->task, "labelled records of this task instead of stories; list names them");
  line.value("--examples", flags->examples, "with --task: examples for training; a tenth as many, at least 200, each for validation and test")
      .between(1, 1e7);
  line.value("--label-noise", flags->label_noise, "with --task: share of the labels that are replaced by wrong ones").between(0.0, 0.9);
  return [flags, &common] { return run(*flags, common); };
}

}  // namespace gimbal
