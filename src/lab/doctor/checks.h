// Trouble that can be told before a step is taken: from a run's configuration, and from a model's weights. A new check is one entry of a list.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "lab/doctor/complaint.h"
#include "models/model.h"
#include "train/run_config.h"

namespace gimbal::lab {

/// What a plan's checks look at. A model's directory alone has no training to speak of.
struct TrainingPlan {
  Architecture architecture;
  std::optional<RunConfig> run;
  bool from_weights = false;  // trained weights: how they start is past

  double rate() const { return run ? run->optimizer.lr : 0; }
  /// Steps of warm-up; 0 without a run.
  int64_t warm_up() const;
  int64_t micro_tokens() const;
  int64_t depth() const { return architecture.layers + architecture.encoder_layers; }
};

struct PlanCheck {
  std::string_view name, looks_at;
  std::optional<Complaint> (*check)(const TrainingPlan& plan);
};
std::span<const PlanCheck> plan_checks();
/// Alarms first.
std::vector<Complaint> check_plan(const TrainingPlan& plan);

struct WeightCheck {
  std::string_view name, looks_at;
  std::optional<Complaint> (*check)(const Model& model);
};
std::span<const WeightCheck> weight_checks();
/// The model is loaded on the host in f32.
std::vector<Complaint> check_weights(const Model& model);

/// Peak rate of AdamW that models of this width usually train with: 6e-4 (768 / width)^0.7, which is GPT-3's table (arXiv:2005.14165 table 2.1: 6e-4
/// at 768, 6e-5 at 12288) between its ends, and the 3e-3 of models of width 64 to 96.
double usual_rate(int64_t width);

}  // namespace gimbal::lab
