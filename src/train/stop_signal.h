// SIGINT and SIGTERM as a request to finish the step, save and stop; a second one ends the process at once.
#pragma once

namespace gimbal {

/// While alive, the two signals are caught.
class StopSignal {
 public:
  StopSignal();
  ~StopSignal();
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;
  bool requested() const;
};

}  // namespace gimbal
