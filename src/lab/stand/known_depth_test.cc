// Names of tasks say what they are.
#include "lab/stand/known_depth.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace gimbal::lab {
namespace {

TEST(KnownDepth, NamesSayWhatIsAsked) {
  const KnownDepth hops = known_depth_task("3 hops", 1), products = known_depth_task("S3 products of 4", 1);
  EXPECT_EQ(hops.length, 3);
  EXPECT_NEAR(hops.guess, std::log(5.0), 1e-12);
  EXPECT_EQ(products.length, 4);
  EXPECT_EQ(products.vocab, 6);
  EXPECT_NEAR(products.guess, std::log(6.0), 1e-12);
  // Of a product of four only the last place is asked, of what is learned every one.
  const auto counted = [](const Examples& examples) {
    const TokenBatch batch = batch_of(examples, 0, 1);
    return std::count_if(batch.targets.begin(), batch.targets.end(), [](int32_t t) { return t != kIgnoredTarget; });
  };
  EXPECT_EQ(counted(*products.asked), 1);
  EXPECT_EQ(counted(*products.learned), 4);
}

}  // namespace
}  // namespace gimbal::lab
