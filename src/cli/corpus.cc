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

constexpr int64_t kOneStory = 1000, kMostText = 1'000'000'000'000;  // bytes

struct Flags {
  std::string out, size = "20M", task, examples = "10k";
  double validation_share = 0.02;
  double label_noise = 0;
};

int list_tasks(const CommonFlags& common) {
  Json all = Json::array();
  for (const world::WorldTask& task : world::all_world_tasks()) {
    const std::string name(task.name), kind(kind_name(task_named(task.task).kind)), metric(task.metric), says(task.says);
    all.push_back({{"name", name}, {"task", task.task}, {"kind", kind}, {"metric", metric}, {"says", says}});
    if (!common.json) std::printf("%-14s %-13s %-10s %s\n", name.c_str(), kind.c_str(), metric.c_str(), says.c_str());
  }
  if (common.json) std::printf("%s\n", all.dump(2).c_str());
  return 0;
}

int64_t count_in(const std::string& text, const char* flag, int64_t least, int64_t most) {
  int64_t count = 0;
  read_fields(Json(text), count, flag);
  if (count < least || count > most) fail(flag, " ", text, " is not from ", least, " to ", most);
  return count;
}

int write_task(const Flags& flags, const CommonFlags& common) {
  const world::WorldTask& task = world::world_task_named(flags.task);
  const int64_t examples = count_in(flags.examples, "--examples", 1, 10'000'000);
  check_new_directory(flags.out);
  const world::TaskCorpus corpus{common.seed_given ? common.seed : 1, static_cast<uint64_t>(examples), flags.label_noise};
  const world::TaskScores scores = world::write_world_task(flags.out, task, corpus);
  const bool has_majority = !std::isnan(scores.majority);
  if (common.json) {
    const Json majority = has_majority ? Json(scores.majority) : Json();
    std::printf("%s\n", Json({{"out", flags.out},
                              {"task", flags.task},
                              {"examples", examples},
                              {"metric", task.metric},
                              {"best", scores.best},
                              {"majority", majority}})
                            .dump()
                            .c_str());
  } else if (!common.quiet) {
    std::printf("%s: %lld examples of %s; %s at best %.4g, of the most frequent answer %s\n", flags.out.c_str(), static_cast<long long>(examples),
                flags.task.c_str(), std::string(task.metric).c_str(), scores.best, has_majority ? cat(scores.majority).c_str() : "none");
  }
  return 0;
}

int run(const Flags& flags, const CommonFlags& common) {
  if (flags.task == "list") return list_tasks(common);
  if (flags.out.empty()) fail("give --out, a directory for train.jsonl and valid.jsonl");
  if (fs::exists(fs::path(flags.out) / "train.jsonl")) fail(flags.out, " already holds a corpus; choose another --out or remove it");
  if (!flags.task.empty()) return write_task(flags, common);
  const int64_t bytes = count_in(flags.size, "--size", kOneStory, kMostText);
  const world::CorpusSize size = world::write_corpus(flags.out, common.seed_given ? common.seed : 1, static_cast<uint64_t>(bytes), {flags.validation_share});
  if (common.json) {
    std::printf("%s\n", Json({{"out", flags.out}, {"stories", size.stories}, {"words", size.words}, {"bytes", size.bytes}}).dump().c_str());
  } else if (!common.quiet) {
    std::printf("%s: %llu stories, %s words, %s\n", flags.out.c_str(), static_cast<unsigned long long>(size.stories), count_text(static_cast<double>(size.words)).c_str(),
                bytes_text(static_cast<double>(size.bytes)).c_str());
  }
  return 0;
}

}  // namespace

std::function<int()> add_corpus(CommandLine& line, const CommonFlags& common) {
  const auto flags = std::make_shared<Flags>();
  line.value("-o,--out", flags->out, "directory for train.jsonl and valid.jsonl (with --task also test.jsonl and task.json)");
  line.value("--size", flags->size, "bytes of text, as in 20M");
  line.value("--validation-share", flags->validation_share, "part of the stories that is held out").between(0.0, 0.5);
  line.value("--task", flags->task, "labelled records of this task instead of stories; list names them");
  line.value("--examples", flags->examples, "with --task: examples for training; a tenth as many, at least 200, each for validation and test");
  line.value("--label-noise", flags->label_noise, "with --task: share of the labels that are replaced by wrong ones").between(0.0, 0.9);
  return [flags, &common] { return run(*flags, common); };
}

}  // namespace gimbal
