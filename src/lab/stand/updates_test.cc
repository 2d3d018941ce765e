// One step's change: none without a rate, linear in a small one, the same again, and an encoder's where there is one.
#include "lab/stand/updates.h"

#include <gtest/gtest.h>

namespace gimbal::lab {
namespace {

TEST(Updates, GrowWithTheRateAndStandStillWithoutOne) {
  Steps steps{.model = narrow_transformer("deepnorm", 2), .rate = 0};
  EXPECT_EQ(moved_by(steps).by_step, std::vector<double>{0});
  steps.rate = 1e-2;
  const Moved once = moved_by(steps);
  steps.rate = 2e-2;
  const Moved twice = moved_by(steps);
  EXPECT_NEAR(twice.by_step[0] / once.by_step[0], 2, 0.02);
  EXPECT_EQ(moved_by(steps).by_step, twice.by_step);
  EXPECT_EQ(once.gradient, twice.gradient);
}

TEST(Updates, AnEncodersGradientsAndWhatPrepares) {
  Steps steps{.model = narrow_transformer("deepnorm", 2)};
  steps.model["encoder_layers"] = 2;
  const double decoder_alone = moved_by({.model = narrow_transformer("deepnorm", 2)}).gradient;
  EXPECT_NE(moved_by(steps).gradient, decoder_alone);
  steps.prepare = [](Model& model) {
    for (Parameter& p : model.parameters().all())
      if (p.name.starts_with("encoder.") && p.name.ends_with("up.weight")) p.value = Tensor::zeros(p.shape, p.value.dtype());
  };
  EXPECT_EQ(moved_by(steps).gradient, 0) << "W2 reads nothing";
}

}  // namespace
}  // namespace gimbal::lab
