// The flight recorder: rolling snapshots of a run in OUT/flight, from which its last steps can be done again bit for bit (gimbal doctor --replay).
//
// A snapshot is a checkpoint like any other (weights, optimizer state, counters), so a run may also be resumed from it. The newest two stay; those at
// hand when something goes wrong are kept for good. Cost: the first is taken after twenty steps, each further one when the time since the last is a
// hundred times what that took (1 % of a run from there on), and 12 bytes a parameter on disk (AdamW) for each.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>

#include "core/files.h"

namespace gimbal {

class FlightRecorder {
 public:
  /// Snapshots lie in `directory`, which is made at the first.
  explicit FlightRecorder(fs::path directory) : directory_(std::move(directory)) {}

  /// After `step` steps: takes a snapshot through `fill` when one is due.
  void after_step(int64_t step, const std::function<void(const fs::path&)>& fill);
  /// Something went wrong: the snapshots at hand are kept. The first three times count; a run in trouble from then on fills no disk.
  void keep();
  /// Forgets snapshots of steps behind `step`, from which the run goes on another way.
  void rewind(int64_t step);
  /// The run is over: what was not kept goes.
  void finish();

 private:
  using Clock = std::chrono::steady_clock;
  void remove_all_but(size_t newest);

  fs::path directory_;
  Clock::time_point last_ = Clock::now();
  double cost_s_ = 0;
  int64_t last_step_ = -1;
  int times_kept_ = 0;
};

}  // namespace gimbal
