// Every scheme is one that the engine runs, with settings of its own.
#include "lab/stand/scheme.h"

#include <gtest/gtest.h>

#include <set>

#include "core/error.h"
#include "lab/stand/train.h"

namespace gimbal::lab {
namespace {

TEST(Scheme, EachMakesSenseAndDiffers) {
  std::set<std::string> seen;
  for (const Scheme& scheme : schemes()) {
    const Json model = small_transformer(std::string(scheme.name), 6, 16, 2, 32);
    EXPECT_TRUE(makes_sense(model)) << scheme.name;
    EXPECT_TRUE(seen.insert(model.dump()).second) << scheme.name << " is another by another name";
  }
  EXPECT_THROW(scheme_named("deepnrom"), Error);
}

}  // namespace
}  // namespace gimbal::lab
