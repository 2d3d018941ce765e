// Watches loss and gradient norm for values that are not finite and for spikes.
//
// A spike is a value above the mean of the last 128 by six of their standard deviations (the spike score of OLMo, arXiv:2501.00656), once there are 32.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

namespace gimbal {

class SpikeWatch {
 public:
  /// True when `value` is a spike against what came before. Does not remember it.
  bool is_spike(double value) const;
  void remember(double value);
  std::vector<double> history() const { return {history_.begin(), history_.end()}; }
  void restore(const std::vector<double>& history) { history_.assign(history.begin(), history.end()); }

 private:
  std::deque<double> history_;
};

}  // namespace gimbal
