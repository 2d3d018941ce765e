// Signs: where and when a series of a run left its band, in time order; within a step in the order of computation.
//
// A series is one health quantity of one place, or a number of the whole step. It leaves its band when it passes a limit that holds for every design
// (docs/doctor.md has the table), or when it jumps against its own last steps: more than eight robust deviations (1.4826 MAD of the
// logarithms of the 24 values before, about a line through them, at least 5 %) and by more than the quantity's factor. First passages only.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "train/report_log.h"

namespace gimbal::lab {

struct Sign {
  int64_t step = 0;
  int64_t order = 0;  // of computation within a step: forward from the embedding up, loss, gradients from the head down, updates
  std::string quantity, place;
  double value = 0, usual = 0;  // usual: the median before, or the limit
  bool jumped = false;          // else a limit was passed
  bool lasting = true;          // false when the next steps are back in the band
  bool up() const { return value > usual || value != value; }
};

/// `log` must have every step (Columns::kEveryStep).
std::vector<Sign> signs_of(const RunLog& log);

}  // namespace gimbal::lab
