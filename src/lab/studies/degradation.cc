// E13, one arm.
#include "lab/studies/degradation.h"

#include "lab/data/glyphs.h"
#include "lab/nets/learner.h"

namespace gimbal::lab::degradation {
namespace {

double gradient_ratio(nets::Mlp& net, const Labelled& batch) {
  nets::mean_loss_with_gradients(net, batch);
  return ops::moments(net.weight(1).grad).rms / ops::moments(net.weight(net.layers() - 1).grad).rms;
}

}  // namespace

Result run(const Settings& s, uint64_t seed) {
  const Labelled set = make_glyphs(s.train_rows, {}, seed), probe = part_of(set, 0, std::min<int64_t>(s.batch, s.train_rows));
  nets::MlpSettings shape{.width = s.width, .layers = s.depth, .shortcut = shortcut_named(s.shortcut)};
  shape.branch_start = s.branch_start;
  shape.norm.kind = s.norm;
  nets::Mlp net(shape);
  net.start(seed);
  Result result;
  result.gradient_ratio_at_start = gradient_ratio(net, probe);
  result.train_loss = nets::train(net, set, {.optimizer = nets::plain_sgd(s.lr), .steps = s.steps, .batch = s.batch, .seed = seed});
  result.train_error = nets::score(net, set, nets::Statistics::kBatch, s.batch).error;
  result.gradient_ratio_at_end = gradient_ratio(net, probe);
  return result;
}

}  // namespace gimbal::lab::degradation
