// The list of experiments, in the order of the report. A new one is one file beside this and one declaration and one line here.
#include <vector>

#include "core/error.h"
#include "lab/experiment.h"

namespace gimbal::lab {

Experiment atlas();
Experiment formulas();
Experiment gradients_at_init();
Experiment stream_at_init();
Experiment hyper_connections();
Experiment ngpt();
Experiment low_precision_scores();
Experiment exponent_law();
Experiment depth_demand();
Experiment warm_up();
Experiment lora();
Experiment distillation();
Experiment model_update();
Experiment encoder_decoder_gradients();
Experiment qk_norm_and_branch_norm();
Experiment baseline_audit();
Experiment quality_at_best_rate();
Experiment depth_use();
Experiment rms_against_layer();
Experiment attention_rank();
Experiment position_without_positions();
Experiment logit_growth();
Experiment feed_forward();
Experiment amplification();
Experiment depth_trainability();
Experiment thousand_layers();
Experiment dyt_and_derf();
Experiment embedding_norm();
Experiment grouped_queries();
Experiment scaling();
Experiment massive_activations();
Experiment norm_and_residual();
Experiment exact_properties();
Experiment small_batch_error();
Experiment internal_covariate_shift();
Experiment depth_degradation();
Experiment between_and_within();
Experiment where_batch_norm_hurts();
Experiment shift_and_saturation();
Experiment whitening();
Experiment learning_the_identity();
Experiment scaling_and_order();
Experiment recurrent_norms();
Experiment elsewhere();
Experiment batch_norm_in_language();
Experiment architectures();
Experiment bert_and_gpt();
Experiment emergence();
Experiment few_shot();

std::span<const Experiment> experiments() {
  static const std::vector<Experiment> kExperiments = {
      formulas(),
      exact_properties(),
      gradients_at_init(),
      stream_at_init(),
      warm_up(),
      model_update(),
      exponent_law(),
      encoder_decoder_gradients(),
      qk_norm_and_branch_norm(),
      baseline_audit(),
      quality_at_best_rate(),
      depth_use(),
      depth_demand(),
      rms_against_layer(),
      attention_rank(),
      position_without_positions(),
      logit_growth(),
      feed_forward(),
      amplification(),
      depth_trainability(),
      thousand_layers(),
      dyt_and_derf(),
      embedding_norm(),
      grouped_queries(),
      scaling(),
      massive_activations(),
      hyper_connections(),
      ngpt(),
      low_precision_scores(),
      norm_and_residual(),
      learning_the_identity(),
      batch_norm_in_language(),
      small_batch_error(),
      internal_covariate_shift(),
      depth_degradation(),
      between_and_within(),
      where_batch_norm_hurts(),
      shift_and_saturation(),
      whitening(),
      scaling_and_order(),
      recurrent_norms(),
      elsewhere(),
      architectures(),
      emergence(),
      bert_and_gpt(),
      few_shot(),
      lora(),
      distillation(),
      atlas(),
  };
  return kExperiments;
}

const Experiment& experiment_named(const std::string& name) {
  std::vector<std::string> names;
  for (const Experiment& e : experiments()) {
    if (e.name == name || e.code == name) return e;
    names.emplace_back(e.name);
  }
  fail("the lab has no experiment '", name, "'", did_you_mean(name, names), "; `gimbal lab list` names them");
}

std::string_view name_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::kHolds:
      return "holds";
    case Verdict::kNotReproduced:
      return "not reproduced at this scale";
    case Verdict::kMeasured:
      break;
  }
  return "measured";
}

}  // namespace gimbal::lab
