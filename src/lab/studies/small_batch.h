// E11: the error of BatchNorm at small batches beside norms that do not look at the batch (Wu & He 2018, arXiv:1803.08494, figure 1): glyphs, the
// learning rate in proportion to the batch, the same number of examples seen.
#pragma once

#include "lab/studies/image_nets.h"

namespace gimbal::lab::small_batch {

struct Settings {
  std::string net = "mlp", norm = "batch";
  int64_t batch = 32, groups = 4;
  int64_t train_rows = 2000, test_rows = 1000, examples = 16000;
  double lr_at_32 = 0.05;

  template <class V>
  void fields(V&& v) {
    v("net", net, "mlp or cnn");
    v("norm", norm, "kind of norm");
    v("batch", batch, "rows of a batch");
    v("groups", groups, "groups of channels (group)");
    v("train_rows", train_rows, "glyphs to learn from");
    v("test_rows", test_rows, "glyphs to score");
    v("examples", examples, "examples seen: steps times batch");
    v("lr_at_32", lr_at_32, "learning rate at a batch of 32; in proportion to the batch elsewhere");
  }
};
struct Result {
  double test_error = 0, test_loss = 0, train_loss = 0;

  template <class V>
  void fields(V&& v) {
    v("test_error", test_error, "share of test glyphs named wrongly, by running statistics");
    v("test_loss", test_loss, "nats");
    v("train_loss", train_loss, "mean of the last 50 steps");
  }
};
Result run(const Settings& settings, uint64_t seed);

}  // namespace gimbal::lab::small_batch
