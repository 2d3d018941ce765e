// A run on disk: OUT/config.yaml, log.jsonl, samples.jsonl, step-00000800/ (complete or absent), last and best (links to steps), report.html.
#pragma once

#include <fstream>
#include <optional>
#include <vector>

#include "core/files.h"
#include "core/json.h"

namespace gimbal {

/// Steps whose complete checkpoints lie in a directory, ascending; none where there is no such directory.
std::vector<int64_t> steps_in(const fs::path& directory);
fs::path step_in(const fs::path& directory, int64_t step);
/// What an interrupted save left there.
void remove_leftovers(const fs::path& directory);

class RunDirectory {
 public:
  /// Creates the directory if needed and holds its lock while alive. Error when another process uses it.
  explicit RunDirectory(const fs::path& path);

  const fs::path& path() const { return path_; }
  fs::path step_path(int64_t step) const;
  /// True when there is a complete checkpoint: what ended before its first one cannot be continued, and may be started again.
  bool has_run() const;
  /// The newest complete checkpoint: what `last` points at, or the highest step directory.
  std::optional<fs::path> last() const;

  /// Of a run that ended before its first checkpoint: log.jsonl becomes log.before.jsonl, its samples samples.before.jsonl.
  void set_aside_logs();
  /// Drops log and sample lines of steps after `step`, and a line that a crash cut short. `step` is the number of finished steps.
  void rewind_logs(int64_t step);
  void log(const Json& line) { append(log_, "log.jsonl", line); }
  void sample(const Json& line) { append(samples_, "samples.jsonl", line); }

  /// Writes step-N through `fill` and points `last` at it.
  void save_step(int64_t step, const std::function<void(const fs::path&)>& fill);
  void mark_best(int64_t step);
  /// Deletes all but the newest `keep` steps and the best one; 0 keeps all.
  void prune(int64_t keep);

 private:
  void append(std::ofstream& file, const char* name, const Json& line);
  void point(const char* link, int64_t step);

  fs::path path_;
  FileLock lock_;
  std::ofstream log_, samples_;
};

}  // namespace gimbal
