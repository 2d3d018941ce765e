// Learning rate over the steps of a run: a warm-up, then one of five shapes. A pure function of the step.
#pragma once

#include <cstdint>
#include <string>

#include "core/fields.h"

namespace gimbal {

struct ScheduleConfig {
  std::string kind = "cosine";
  int64_t warmup_steps = 0;
  double warmup_share = 0;
  std::string warmup_start = "above-zero";
  double min_lr = 0;
  double decay_share = 0.2;
  std::string decay_shape = "linear";

  template <class V>
  void fields(V&& v) {
    v("kind", kind, "constant, linear, cosine, inverse-sqrt or wsd (constant, then a decay at the end)");
    v("warmup_steps", warmup_steps, "steps of linear warm-up");
    v("warmup_share", warmup_share, "instead of warmup_steps: part of all steps");
    v("warmup_start", warmup_start, "above-zero: step i of w has lr (i + 1) / (w + 1); zero: lr i / w, the first step with 0");
    v("min_lr", min_lr, "learning rate at the end (linear, cosine, wsd)");
    v("decay_share", decay_share, "wsd: part of the steps after the warm-up that decays");
    v("decay_shape", decay_shape, "wsd: linear, cosine or 1-sqrt");
  }
};

/// Error for an unknown name, a negative warm-up, a share outside [0, 1], and a min_lr that is negative or above the peak.
void check_schedule(const ScheduleConfig& schedule, double peak);

/// Learning rate of step `step`, counted from 0, of `total`; from `total` on it stays at its last value. `peak` is reached at step warmup_steps.
/// Error as check_schedule, at any step.
double lr_at(const ScheduleConfig& schedule, double peak, int64_t step, int64_t total);

}  // namespace gimbal
