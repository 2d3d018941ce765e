// Batches under the two rules.
#include "lab/data/rules.h"

namespace gimbal::lab {

Labelled make_rule_batch(int64_t n, const RuleSettings& s, uint64_t seed, uint64_t index) {
  Labelled set{Tensor(Shape{n, s.positions}, DType::kF32), {}};
  Rng rng = Rng(seed, "lab/rule").child(index);
  const bool of_batch = rng.uniform() < 0.5;
  for (int64_t i = 0; i < n; ++i) {
    const bool of_sample = rng.uniform() < 0.5;
    const bool one = s.batch_labels == LabelsOfBatch::kAlike ? of_batch : of_sample;
    for (int64_t p = 0; p < s.positions; ++p) {
      const double pattern = s.rule == Rule::kBetween || p < s.positions / 2 ? 1 : -1;
      set.x_nd.data<float>()[i * s.positions + p] = static_cast<float>((one ? 1 : -1) * pattern + s.noise * rng.normal());
    }
    set.labels.push_back(one ? 1 : 0);
  }
  return set;
}

}  // namespace gimbal::lab
