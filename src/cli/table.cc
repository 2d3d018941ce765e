// gimbal table: every task of the story world by every family that carries it, fine-tuned after pretraining on the world's stories, from nothing, and
// on all tasks together, beside the best possible score and the majority's.
#include <chrono>
#include <cstdio>

#include "cli/command.h"
#include "core/error.h"
#include "core/threads.h"
#include "lab/task_table/page.h"
#include "train/stop_signal.h"

namespace gimbal {
namespace {

struct Flags {
  std::string out;
  bool quick = false;
  std::vector<std::string> families, tasks;
};

int run(const Flags& flags, const CommonFlags& common) {
  const lab::TablePlan plan = lab::table_plan(flags.quick ? lab::TableSize::kQuick : lab::TableSize::kWhole, flags.families, flags.tasks,
                                              common.seed_given ? common.seed : 1);
  Progress progress(Progress::style_for(common.quiet));
  const auto begin = std::chrono::steady_clock::now();
  bool stopped = false;
  {
    const StopSignal signal;
    lab::compute_table(flags.out, plan, num_threads(), progress, [&] { return stopped = signal.requested(); });
  }
  if (stopped) {
    std::printf("Stopped; the same command goes on.\n");
    return 0;
  }
  const std::string text = lab::table_text(flags.out, plan);
  write_file(fs::path(flags.out) / "table.md", text);
  std::printf("%s\n", common.json ? lab::table_json(flags.out, plan).dump(2).c_str() : text.c_str());
  progress.note(cat("in ", duration_text(std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count()), "; ",
                    (fs::path(flags.out) / "table.md").string()));
  return 0;
}

}  // namespace

std::function<int()> add_table(CommandLine& line, const CommonFlags& common) {
  const auto flags = std::make_shared<Flags>();
  line.value("-o,--out", flags->out, "directory of the table; an unfinished one goes on").required();
  line.flag("--quick", flags->quick, "BERT, T5, GLM, GPT-2 and Llama by six tasks");
  line.values("--families", flags->families, "some families only");
  line.values("--tasks", flags->tasks, "some tasks only; gimbal corpus --task list names them");
  return [flags, &common] { return run(*flags, common); };
}

}  // namespace gimbal
