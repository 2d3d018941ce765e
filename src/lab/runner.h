// Runs what is missing of a set of experiments and judges what is there.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/progress.h"
#include "lab/store.h"

namespace gimbal::lab {

struct Judged {
  const Experiment* experiment = nullptr;
  size_t cells = 0, finished = 0;  // of the size asked for
  bool preview = false;            // some arm has fewer than three seeds
  std::optional<Finding> finding;  // when all cells are finished
  double seconds = 0;              // of computing, over all cells
};

struct LabRequest {
  Size size = Size::kQuick;
  int at_once = 2;                    // processes
  std::optional<double> minutes;      // no cell is begun after them
  Json added = Json::object();        // settings laid over every cell: a user's own arm
  std::optional<int64_t> only_seeds;  // fewer or more seeds than the experiment has at this size
};

/// How it went with the cells that were begun.
struct RunCells {
  size_t ended = 0, without_result = 0;
  std::string first_trouble;  // of those without
};

/// The cells of an experiment under a request: its own, then those of the user's arm, laid over each cell that has all of its settings. Error that
/// names the settings there are when no cell has one of them.
std::vector<Cell> cells_of(const Experiment& experiment, const LabRequest& request);

/// Runs cells that the store lacks, short experiments first as listed, until all are done, the minutes are over or the user stops it (`stopped`).
/// Cells in trouble are named on the progress line and tried again by the next run.
RunCells run_missing(Store& store, const std::vector<const Experiment*>& experiments, const LabRequest& request, Progress& progress,
                     const std::function<bool()>& stopped);

Judged judge(const Store& store, const Experiment& experiment, const LabRequest& request);

}  // namespace gimbal::lab
