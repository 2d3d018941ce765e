// The tables of designs: every row is reachable, refusals say why, constants are the papers'.
#include "layers/design.h"

#include <gtest/gtest.h>

#include <cmath>

#include "layers/norm/norm.h"
#include "layers/positions.h"
#include "layers/residual/residual.h"

namespace gimbal {
namespace {

std::string refusal(const Architecture& a) {
  try {
    check(a);
  } catch (const Error& e) {
    return e.what();
  }
  return "";
}

Architecture small() {
  Architecture a;
  a.vocab = 16;
  a.width = 32;
  a.heads = 4;
  a.layers = 2;
  return a;
}

TEST(Design, EveryRefusalIsReachableAndSaysWhatToDo) {
  for (const Refusal& r : refusals()) {
    bool reached = false;
    for (const NormKind& norm : norm_kinds())
      for (const Placement& p : placements())
        for (const ResidualKind& residual : residual_kinds())
          for (const char* qk : {"", "batch"})
            for (const char* projections : {"auto", "scaled"}) {
              Architecture a = small();
              a.norm.kind = norm.name;
              a.placement = p.name;
              a.residual.kind = residual.name;
              a.init.projections = projections;
              if (*qk) a.slot_norms.qk = NormConfig{.kind = qk};
              reached |= refusal(a) == r.sentence;
            }
    EXPECT_TRUE(reached) << r.sentence;
    EXPECT_NE(r.sentence.find(':'), std::string_view::npos) << r.sentence;
  }
}

TEST(Design, DeepNormConstantsOfTheThreeArchitectures) {
  const auto decoder_only = deepnorm_constants({Role::kDecoderOnly, 100, 0});
  EXPECT_NEAR(decoder_only.alpha, std::pow(200, 0.25), 1e-12);
  EXPECT_NEAR(decoder_only.beta, std::pow(800, -0.25), 1e-12);
  const auto encoder = deepnorm_constants({Role::kEncoder, 18, 18});
  EXPECT_NEAR(encoder.alpha, 0.81 * std::pow(18, 5.0 / 16), 1e-12);
  EXPECT_NEAR(encoder.beta, 0.87 * std::pow(18, -5.0 / 16), 1e-12);
  const auto decoder = deepnorm_constants({Role::kDecoder, 18, 18});
  EXPECT_NEAR(decoder.alpha, std::pow(54, 0.25), 1e-12);
  EXPECT_NEAR(decoder.beta, std::pow(216, -0.25), 1e-12);
}

TEST(Design, SubPlacementGains) {
  const Placement& sub = placement_named("sub");
  EXPECT_NEAR(placement_init_gain(sub, {Role::kDecoderOnly, 24, 0}), std::sqrt(std::log(48)), 1e-12);
  EXPECT_NEAR(placement_init_gain(sub, {Role::kDecoder, 6, 6}), std::sqrt(std::log(18)), 1e-12);
  EXPECT_NEAR(placement_init_gain(sub, {Role::kEncoder, 6, 12}), std::sqrt(std::log(36) * std::log(12) / 3), 1e-12);
  EXPECT_EQ(placement_init_gain(placement_named("pre"), {Role::kDecoderOnly, 24, 0}), 1);
}

TEST(Positions, AlibiSlopesOfThePaperAndInBetween) {
  const std::vector<float> eight = alibi_slopes(8);
  for (size_t i = 0; i < 8; ++i) EXPECT_FLOAT_EQ(eight[i], std::pow(2.0f, -static_cast<float>(i + 1)));
  const std::vector<float> twelve = alibi_slopes(12);
  ASSERT_EQ(twelve.size(), 12u);
  EXPECT_FLOAT_EQ(twelve[8], std::pow(2.0f, -0.5f));
  EXPECT_FLOAT_EQ(twelve[9], std::pow(2.0f, -1.5f));
}

TEST(Positions, Llama3ScalingKeepsShortWavesAndStretchesLongOnes) {
  PositionConfig p;
  p.theta = 500000;
  const std::vector<double> plain = rotary_frequencies(p, 128);
  p.scaling = "llama3";
  p.factor = 8;
  p.original_context = 8192;
  const std::vector<double> scaled = rotary_frequencies(p, 128);
  EXPECT_EQ(scaled.front(), plain.front());
  EXPECT_NEAR(scaled.back(), plain.back() / 8, 1e-12);
  for (size_t i = 1; i < scaled.size(); ++i) EXPECT_LT(scaled[i], scaled[i - 1]);
}

}  // namespace
}  // namespace gimbal
