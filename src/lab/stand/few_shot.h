// How often a model labels a sentence rightly behind so many demonstrations, its weights untouched.
#pragma once

#include "lab/sources/demonstrations.h"
#include "models/model.h"

namespace gimbal::lab {

/// Share of right answers among the run's four labels over `runs` runs of eight questions each, with demonstrations of the same run. The
/// runs are none of pretraining's, and every model is asked the same.
double few_shot_accuracy(Model& model, Topic topic, int64_t shots, int64_t runs);

/// Share of right answers to questions about scenes of three people, the choices being where such a scene has people, or who they are.
double zero_shot_accuracy(Model& model, int64_t questions);

}  // namespace gimbal::lab
