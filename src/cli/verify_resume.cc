// gimbal verify-resume: proves on a configuration of the user's own that a run killed and resumed ends with the same bits as one never stopped.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <thread>

#include "cli/command.h"
#include "cli/run_flags.h"
#include "core/files.h"
#include "core/rng.h"
#include "models/adapter.h"
#include "train/pretrain.h"

namespace gimbal {
namespace {

struct Flags {
  RunFlags run;
  std::string out = "verify-resume";
  int kills = 5;
};

// Runs (or resumes) in a child, so that it can be killed like a crash. True when it ended by itself.
bool run_child(const RunConfig& config, const fs::path& out, double kill_after_s) {
  const pid_t child = ::fork();
  if (child < 0) fail("cannot start a second process");
  if (child == 0) {
    int code = 0;
    try {
      RunRequest request;
      request.out = out;
      if (fs::exists(out / "last")) request.resume = fs::path();
      if (!request.resume) fs::remove_all(out);
      pretrain(config, request);
    } catch (const std::exception& e) {
      std::fprintf(stderr, "gimbal: %s\n", e.what());
      code = 2;
    }
    ::_exit(code);
  }
  const auto begin = std::chrono::steady_clock::now();
  for (;;) {
    int status = 0;
    if (::waitpid(child, &status, WNOHANG) == child) {
      if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) fail("the run itself failed; see the sentence above");
      return true;
    }
    if (std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count() > kill_after_s) {
      ::kill(child, SIGKILL);
      ::waitpid(child, &status, 0);
      return false;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
}

uint64_t digest(const fs::path& run) {
  const fs::path last = fs::canonical(run / "last");
  return hash_name(read_file(last / (is_adapter(last) ? "adapter_model.safetensors" : "model.safetensors")));
}

int verify(const Flags& flags, const CommonFlags& common) {
  RunConfig config = read_run_config(flags.run.merged(common));
  if (config.train.seconds > 0) fail("verify-resume compares two runs of the same length: give train.steps and train.seconds=0");
  if (config.save.every == 0) config.save.every = std::max<int64_t>(1, config.train.steps / 10);
  const fs::path whole = fs::path(flags.out) / "whole", killed = fs::path(flags.out) / "killed";
  fs::remove_all(whole);
  fs::remove_all(killed);
  const auto begin = std::chrono::steady_clock::now();
  run_child(config, whole, 1e9);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  Rng rng(common.seed, "verify-resume");
  int kills = 0;
  while (kills < flags.kills && !run_child(config, killed, seconds * (0.05 + 1.5 * rng.uniform() / flags.kills))) ++kills;
  while (!run_child(config, killed, 1e9)) {
  }
  const bool same = digest(whole) == digest(killed);
  if (common.json) {
    std::printf("%s\n", Json({{"kills", kills}, {"same", same}}).dump().c_str());
  } else {
    std::printf("%d kills in %lld steps: the weights are %s\n", kills, static_cast<long long>(config.train.steps),
                same ? "the same, bit for bit" : "DIFFERENT");
  }
  return same ? 0 : 1;
}

}  // namespace

std::function<int()> add_verify_resume(CommandLine& line, const CommonFlags& common) {
  const auto flags = std::make_shared<Flags>();
  flags->run.declare(line);
  line.value("--out", flags->out, "directory for the two runs; replaced");
  line.value("--kills", flags->kills, "how often the second run is killed").between(1, 1000);
  return [flags, &common] { return verify(*flags, common); };
}

}  // namespace gimbal
