// The auxiliary objective of GPT-1's fine-tuning: beside its task a decoder goes on learning to say its texts' next tokens.
//
//   L = L_task + weight * L_language      (GPT-1, section 3.2, equation 5: 0.5)
#pragma once

#include <memory>

#include "train/lesson.h"

namespace gimbal {

/// Error for a model that cannot say next tokens beside its head: no causal decoder, or one whose output map is no longer there (untied).
std::shared_ptr<Lesson> make_language_lesson(const Architecture& architecture, double weight);

}  // namespace gimbal
