// Cells measured side by side, each in a process of its own on one thread: same bits whatever runs beside it, and a cell that dies takes nothing
// along.
#pragma once

#include <functional>
#include <string>

#include "lab/experiment.h"

namespace gimbal::lab {

class Workers {
 public:
  struct Task {
    const Experiment* experiment;
    Cell cell;
  };
  struct Outcome {
    Task task;
    Result result;
    std::string trouble;  // why there is no result, or empty
  };

  explicit Workers(int at_once) : at_once_(at_once) {}

  /// Takes tasks from `next` (false: there are no more) and hands each outcome to `done`, in the order of finishing. Threads must not be running.
  void run(const std::function<bool(Task&)>& next, const std::function<void(const Outcome&)>& done) const;

 private:
  int at_once_;
};

}  // namespace gimbal::lab
