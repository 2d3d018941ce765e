// The shapes, with s = steps after the warm-up and n = steps from there to the end:
//
//   constant peak · linear peak + (min - peak) s/n · cosine min + (peak - min)(1 + cos(pi s/n))/2   (arXiv:1608.03983)
//   inverse-sqrt peak sqrt(w / step) (arXiv:1706.03762) · wsd peak, then linear to min over the last decay_share   (arXiv:2404.06395)
#include "train/schedules.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace gimbal {

double lr_at(const ScheduleConfig& c, double peak, int64_t step, int64_t total) {
  const auto i = static_cast<double>(step), w = static_cast<double>(c.warmup_steps);
  if (c.warmup_start != "above-zero" && c.warmup_start != "zero") fail("unknown schedule.warmup_start '", c.warmup_start, "'; known: above-zero, zero");
  if (step < c.warmup_steps) return c.warmup_start == "zero" ? peak * i / w : peak * (i + 1) / (w + 1);
  const double span = std::max(1.0, static_cast<double>(total) - w), along = std::clamp((i - w) / span, 0.0, 1.0);
  if (c.kind == "constant") return peak;
  if (c.kind == "linear") return peak + (c.min_lr - peak) * along;
  if (c.kind == "cosine") return c.min_lr + 0.5 * (1 + std::cos(std::numbers::pi * along)) * (peak - c.min_lr);
  if (c.kind == "inverse-sqrt") return peak * std::sqrt(std::max(w, 1.0) / std::max(i + 1, std::max(w, 1.0)));
  if (c.kind == "wsd") {
    const double into_decay = (along - (1 - c.decay_share)) / std::max(c.decay_share, 1e-12);
    return into_decay <= 0 ? peak : peak + (c.min_lr - peak) * into_decay;
  }
  const std::vector<std::string> known = {"constant", "linear", "cosine", "inverse-sqrt", "wsd"};
  fail("unknown schedule.kind '", c.kind, "'", did_you_mean(c.kind, known), "; known: ", joined(known));
}

}  // namespace gimbal
