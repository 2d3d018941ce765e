// The shapes, with w warm-up steps and x = the part of the steps after the warm-up that is over:
//
//   constant      peak
//   linear        peak + (min - peak) x
//   cosine        min + (peak - min) (1 + cos(pi x)) / 2                                        arXiv:1608.03983
//   inverse-sqrt  peak sqrt(w / step), steps counted as the warm-up counts them                 arXiv:1706.03762
//   wsd           peak; in the last decay_share, with y = the part of it that is over:          arXiv:2404.06395, 2405.18392
//                 min + (peak - min) times 1 - y, (1 + cos(pi y)) / 2 or 1 - sqrt(y)
#include "train/schedules.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

namespace gimbal {
namespace {

void check_name(const char* setting, const std::string& name, const std::vector<std::string>& known) {
  if (std::find(known.begin(), known.end(), name) != known.end()) return;
  fail("unknown schedule.", setting, " '", name, "'", did_you_mean(name, known), "; known: ", joined(known));
}

/// What is left of peak - min when the part x is over.
double left(const std::string& shape, double x) {
  if (shape == "cosine") return 0.5 * (1 + std::cos(std::numbers::pi * x));
  if (shape == "1-sqrt") return 1 - std::sqrt(x);
  return 1 - x;
}

}  // namespace

void check_schedule(const ScheduleConfig& c, double peak) {
  check_name("kind", c.kind, {"constant", "linear", "cosine", "inverse-sqrt", "wsd"});
  check_name("warmup_start", c.warmup_start, {"above-zero", "zero"});
  check_name("decay_shape", c.decay_shape, {"linear", "cosine", "1-sqrt"});
  if (c.warmup_steps < 0) fail("schedule.warmup_steps must not be negative; it is ", c.warmup_steps);
  if (!(c.warmup_share >= 0 && c.warmup_share <= 1)) fail("schedule.warmup_share must be from 0 to 1; it is ", c.warmup_share);
  if (!(c.decay_share >= 0 && c.decay_share <= 1)) fail("schedule.decay_share must be from 0 to 1; it is ", c.decay_share);
  if (!(c.min_lr >= 0 && c.min_lr <= peak))
    fail("schedule.min_lr is ", c.min_lr, ", and a learning rate ends between 0 and the peak, which is optimizer.lr ", peak);
}

double lr_at(const ScheduleConfig& given, double peak, int64_t step, int64_t total) {
  check_schedule(given, peak);
  ScheduleConfig c = given;
  if (c.warmup_steps == 0) c.warmup_steps = static_cast<int64_t>(c.warmup_share * static_cast<double>(total));
  const double skipped = c.warmup_start == "zero" ? 0 : 1;  // the warm-up's count of steps before the first
  const double w = static_cast<double>(c.warmup_steps) + skipped, i = static_cast<double>(step) + skipped;
  if (step < c.warmup_steps) return peak * i / w;
  if (c.kind == "constant") return peak;
  if (c.kind == "inverse-sqrt") return peak * std::sqrt(std::max(w, 1.0) / std::max(i, std::max(w, 1.0)));
  const double steps = static_cast<double>(std::max<int64_t>(1, total - c.warmup_steps));
  const double x = std::clamp(static_cast<double>(step - c.warmup_steps) / steps, 0.0, 1.0);
  if (c.kind != "wsd") return c.min_lr + (peak - c.min_lr) * left(c.kind, x);
  const double into_decay = x - (1 - c.decay_share);
  return into_decay <= 0 ? peak : c.min_lr + (peak - c.min_lr) * left(c.decay_shape, std::min(1.0, into_decay / c.decay_share));
}

}  // namespace gimbal
