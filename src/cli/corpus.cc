// gimbal corpus: text from the story world.
#include <cstdio>

#include "cli/command.h"
#include "core/fields.h"
#include "core/files.h"
#include "core/progress.h"
#include "data/world/story.h"

namespace gimbal {
namespace {

struct Flags {
  std::string out, size = "20M";
  double validation_share = 0.02;
};

int run(const Flags& flags, const CommonFlags& common) {
  if (flags.out.empty()) fail("give --out, a directory for train.jsonl and valid.jsonl");
  int64_t bytes = 0;
  read_fields(Json(flags.size), bytes, "--size");
  if (bytes < 1000) fail("--size ", flags.size, " is less than one story; give bytes, as in 20M");
  if (fs::exists(fs::path(flags.out) / "train.jsonl")) fail(flags.out, " already holds a corpus; choose another --out or remove it");
  const world::CorpusSize size = world::write_corpus(flags.out, common.seed_given ? common.seed : 1, static_cast<uint64_t>(bytes), {flags.validation_share});
  if (!common.quiet)
    std::printf("%s: %llu stories, %s words, %s\n", flags.out.c_str(), static_cast<unsigned long long>(size.stories), count_text(static_cast<double>(size.words)).c_str(),
                bytes_text(static_cast<double>(size.bytes)).c_str());
  return 0;
}

}  // namespace

std::function<int()> add_corpus(CommandLine& line, const CommonFlags& common) {
  const auto flags = std::make_shared<Flags>();
  line.value("--out", flags->out, "directory for train.jsonl and valid.jsonl");
  line.value("--size", flags->size, "bytes of text, as in 20M");
  line.value("--validation-share", flags->validation_share, "part of the stories that is held out").between(0.0, 0.5);
  return [flags, &common] { return run(*flags, common); };
}

}  // namespace gimbal
