// E11, one arm.
#include "lab/studies/small_batch.h"

#include "lab/data/glyphs.h"
#include "lab/nets/learner.h"

namespace gimbal::lab::small_batch {

Result run(const Settings& s, uint64_t seed) {
  const Labelled train_set = make_glyphs(s.train_rows, {}, 2 * seed), test = make_glyphs(s.test_rows, {}, 2 * seed + 1);
  const auto net = make_image_net(s.net, {.kind = s.norm, .groups = s.groups}, "before");
  net->start(seed);
  const double lr = s.lr_at_32 * static_cast<double>(s.batch) / 32;
  const double train_loss =
      nets::train(*net, train_set, {.optimizer = nets::plain_sgd(lr), .steps = s.examples / s.batch, .batch = s.batch, .tail = 50, .seed = seed});
  const nets::Score score = nets::score(*net, test, nets::Statistics::kRunning);
  return {score.error, score.loss, train_loss};
}

}  // namespace gimbal::lab::small_batch
