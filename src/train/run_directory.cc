// Log lines, step directories and the links between them.
#include "train/run_directory.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <vector>

#include "core/error.h"

namespace gimbal {
namespace {

const fs::path& made(const fs::path& path) {
  std::error_code code;
  fs::create_directories(path, code);
  if (code) fail("cannot create ", path.string(), ": ", code.message());
  return path;
}

}  // namespace

std::vector<int64_t> steps_in(const fs::path& directory) {
  std::vector<int64_t> steps;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(directory, none)) {
    const std::string name = entry.path().filename();
    if (!name.starts_with("step-") || name.size() == 5 || name.find_first_not_of("0123456789", 5) != std::string::npos) continue;
    if (fs::exists(entry.path() / "train_state.safetensors")) steps.push_back(std::stoll(name.substr(5)));
  }
  std::sort(steps.begin(), steps.end());
  return steps;
}

fs::path step_in(const fs::path& directory, int64_t step) {
  char name[32];
  std::snprintf(name, sizeof name, "step-%08lld", static_cast<long long>(step));
  return directory / name;
}

void remove_leftovers(const fs::path& directory) {
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(directory, none)) {
    const std::string name = entry.path().filename();
    if (name.starts_with("step-") && (name.find(".tmp.") != std::string::npos || name.find(".old.") != std::string::npos))
      fs::remove_all(entry.path());
  }
}

RunDirectory::RunDirectory(const fs::path& path) : path_(made(path)), lock_(path_ / "lock") { remove_leftovers(path_); }

fs::path RunDirectory::step_path(int64_t step) const { return step_in(path_, step); }

bool RunDirectory::has_run() const { return !steps_in(path_).empty(); }

std::optional<fs::path> RunDirectory::last() const {
  const std::vector<int64_t> steps = steps_in(path_);
  if (steps.empty()) return std::nullopt;
  return step_path(steps.back());
}

void RunDirectory::set_aside_logs() {
  for (const char* name : {"log", "samples"})
    if (const fs::path file = path_ / cat(name, ".jsonl"); fs::exists(file)) fs::rename(file, path_ / cat(name, ".before.jsonl"));
}

void RunDirectory::rewind_logs(int64_t step) {
  for (const char* name : {"log.jsonl", "samples.jsonl"}) {
    const fs::path file = path_ / name;
    if (!fs::exists(file)) continue;
    const std::string text = read_file(file);
    std::string kept;
    for (size_t begin = 0; begin < text.size();) {
      const size_t end = text.find('\n', begin);
      if (end == std::string::npos) break;  // cut short by a crash
      const std::string line = text.substr(begin, end - begin);
      begin = end + 1;
      const Json value = parse_json_or_discard(line);
      if (value.is_discarded() || !value.is_object()) continue;
      if (value.contains("step") && !(value["step"].is_number_integer() && value["step"].get<int64_t>() <= step)) continue;
      kept += line + "\n";
    }
    write_file(file, kept);
  }
}

void RunDirectory::append(std::ofstream& file, const char* name, const Json& line) {
  if (!file.is_open()) file.open(path_ / name, std::ios::app);
  file << line.dump() << '\n';
  file.flush();
  if (!file) fail("cannot write ", (path_ / name).string(), ": the disk is full or the file cannot be written");
}

void RunDirectory::save_step(int64_t step, const std::function<void(const fs::path&)>& fill) {
  const Context context(cat("saving step ", step));
  write_directory(step_path(step), fill);
  point("last", step);
}

void RunDirectory::mark_best(int64_t step) { point("best", step); }

void RunDirectory::point(const char* link, int64_t step) {
  const fs::path temporary = path_ / cat(link, ".tmp.", ::getpid());
  std::error_code ignored;
  fs::remove(temporary, ignored);
  fs::create_directory_symlink(step_path(step).filename(), temporary);
  fs::rename(temporary, path_ / link);
}

void RunDirectory::prune(int64_t keep) {
  if (keep == 0) return;
  std::vector<int64_t> steps = steps_in(path_);
  std::error_code code;
  const fs::path best = fs::read_symlink(path_ / "best", code);
  for (size_t i = 0; i + static_cast<size_t>(keep) < steps.size(); ++i) {
    const fs::path directory = step_path(steps[i]);
    if (directory.filename() == best) continue;
    // Renamed first, so that a crash in the middle leaves nothing that looks complete.
    const fs::path old = directory.string() + ".old.prune";
    fs::rename(directory, old, code);
    if (!code) fs::remove_all(old, code);
  }
}

}  // namespace gimbal
