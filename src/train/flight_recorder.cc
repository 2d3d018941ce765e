// Taking, keeping and removing snapshots.
#include "train/flight_recorder.h"

#include <vector>

#include "train/run_directory.h"

namespace gimbal {
namespace {

constexpr int64_t kFewestSteps = 20;   // between snapshots
constexpr double kShare = 0.01;        // of the run's time
constexpr int kMostKept = 3;           // times
constexpr const char* kMark = "kept";  // a file beside the weights

bool is_kept(const fs::path& snapshot) { return fs::exists(snapshot / kMark); }

void remove_snapshot(const fs::path& path) {
  // Renamed first, so that a crash in the middle leaves nothing that looks complete.
  const fs::path old = path.string() + ".old.flight";
  std::error_code ignored;
  fs::rename(path, old, ignored);
  fs::remove_all(old, ignored);
}

}  // namespace

void FlightRecorder::after_step(int64_t step, const std::function<void(const fs::path&)>& fill) {
  const auto now = Clock::now();
  if (last_step_ < 0) last_step_ = step - 1;
  if (step - last_step_ < kFewestSteps || std::chrono::duration<double>(now - last_).count() < cost_s_ / kShare) return;
  fs::create_directories(directory_);
  write_directory(step_in(directory_, step), fill);
  remove_all_but(2);
  last_ = Clock::now();
  cost_s_ = std::chrono::duration<double>(last_ - now).count();
  last_step_ = step;
}

void FlightRecorder::keep() {
  if (times_kept_ == kMostKept) return;
  bool fresh = false;
  for (const int64_t step : steps_in(directory_)) {
    const fs::path path = step_in(directory_, step);
    if (is_kept(path)) continue;
    write_file(path / kMark, "");
    fresh = true;
  }
  times_kept_ += fresh;
}

void FlightRecorder::rewind(int64_t step) {
  for (const int64_t there : steps_in(directory_))
    if (there > step) remove_snapshot(step_in(directory_, there));
  last_step_ = step;
}

void FlightRecorder::finish() {
  remove_all_but(0);
  remove_leftovers(directory_);
  std::error_code not_empty;
  fs::remove(directory_, not_empty);
}

void FlightRecorder::remove_all_but(size_t newest) {
  std::vector<int64_t> steps = steps_in(directory_);
  std::erase_if(steps, [&](int64_t step) { return is_kept(step_in(directory_, step)); });
  for (size_t i = 0; i + newest < steps.size(); ++i) remove_snapshot(step_in(directory_, steps[i]));
}

}  // namespace gimbal
