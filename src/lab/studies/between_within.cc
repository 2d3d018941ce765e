// E30, one arm.
#include "lab/studies/between_within.h"

#include <cmath>

#include "lab/data/rules.h"
#include "lab/nets/learner.h"
#include "lab/nets/mlp.h"
#include "lab/studies/choice.h"

namespace gimbal::lab::between_within {

Result run(const Settings& s, uint64_t seed) {
  const RuleSettings rule{.rule = chosen_by_name<Rule>(s.rule, "rule", {{"between", Rule::kBetween}, {"within", Rule::kWithin}}),
                          .batch_labels = chosen_by_name<LabelsOfBatch>(s.batch_labels, "choice of a batch's labels",
                                                                        {{"mixed", LabelsOfBatch::kMixed}, {"alike", LabelsOfBatch::kAlike}}),
                          .positions = s.positions,
                          .noise = s.noise};
  nets::MlpSettings shape{.inputs = s.positions, .width = s.width, .outputs = 2, .layers = 0};
  shape.input_norm = {.kind = s.norm, .groups = 1};
  nets::Mlp net(shape);
  net.start(seed);
  nets::Learner learner(net, nets::plain_sgd(s.lr));
  for (int64_t step = 0; step < s.steps; ++step) learner.step(make_rule_batch(s.batch, rule, seed, static_cast<uint64_t>(step)));
  Result result;
  constexpr uint64_t kTestBatches = 100;
  for (uint64_t i = 0; i < kTestBatches; ++i) {
    const Labelled batch = make_rule_batch(s.batch, rule, seed, 1'000'000 + i);
    result.error += nets::score(net, batch, nets::Statistics::kBatch, s.batch).error / kTestBatches;
    result.error_by_running_statistics += nets::score(net, batch, nets::Statistics::kRunning, s.batch).error / kTestBatches;
  }
  return result;
}

}  // namespace gimbal::lab::between_within
