// Next-token prediction: row i reads token i and is to say token i + 1 (GPT; data/sampler.h has the ways of cutting).
#include "data/objectives/objective.h"

namespace gimbal {

std::shared_ptr<const Examples> make_causal(const ObjectiveRequest& r) {
  if (r.use == Use::kMeasure) return std::make_shared<OrderedWindows>(r.shard, r.context);
  return std::make_shared<SampledWindows>(Sampler(r.shard, r.sampling, r.context, r.seed));
}

}  // namespace gimbal
