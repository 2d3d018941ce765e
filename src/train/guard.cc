// Spike score.
#include "train/guard.h"

#include <cmath>

namespace gimbal {
namespace {
constexpr size_t kRemembered = 128, kNeeded = 32;
constexpr double kDeviations = 6;
}  // namespace

bool SpikeWatch::is_spike(double value) const {
  if (!std::isfinite(value)) return true;
  if (history_.size() < kNeeded) return false;
  double mean = 0, squares = 0;
  for (const double v : history_) mean += v / static_cast<double>(history_.size());
  for (const double v : history_) squares += (v - mean) * (v - mean) / static_cast<double>(history_.size());
  return value > mean + kDeviations * std::sqrt(squares);
}

void SpikeWatch::remember(double value) {
  if (!std::isfinite(value)) return;
  history_.push_back(value);
  if (history_.size() > kRemembered) history_.pop_front();
}

}  // namespace gimbal
