// The tables of designs: every row is reachable, refusals say why, constants are the papers'.
#include "layers/design.h"

#include <gtest/gtest.h>

#include <cmath>

#include "layers/init.h"
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

// What the shape of a rule's weights says at the start: alpha cannot be seen there, gains can.
double gain_of(const char* rule, const Depth& depth) {
  Parameters parameters;
  const int64_t branches = (depth.role == Role::kDecoder ? 3 : 2) * depth.layers;
  const BranchPlace place{depth, 1, 0, branches, 8, "block.0", "block.0.attn.join"};
  ResidualConfig config;
  config.kind = rule;
  return make_residual(config, place, parameters)->init_gain();
}

TEST(Design, GainsOfDeepNormsVariantsAndOfFixup) {
  const Depth alone{Role::kDecoderOnly, 70, 0}, encoder{Role::kEncoder, 18, 6}, decoder{Role::kDecoder, 6, 18};
  EXPECT_NEAR(gain_of("deepnorm-glm", alone), std::pow(140, -0.5), 1e-12);
  EXPECT_NEAR(gain_of("deepnorm-wrong-sign", alone), std::pow(560, 0.25), 1e-12);
  EXPECT_NEAR(gain_of("deepnorm-torchscale", encoder), 1.15 * std::pow(std::pow(18, 4) * 6, -1.0 / 16), 1e-12);
  EXPECT_EQ(gain_of("deepnorm-torchscale", decoder), gain_of("deepnorm", decoder));
  EXPECT_EQ(gain_of("deepnorm-torchscale", alone), gain_of("deepnorm", alone));
  EXPECT_NEAR(gain_of("t-fixup", decoder), std::pow(54, -0.25), 1e-12);
  EXPECT_NEAR(gain_of("t-fixup", encoder), 0.67 * std::pow(18, -0.25), 1e-12);
  EXPECT_NEAR(gain_of("fixup", alone), std::pow(140, -0.5), 1e-12);
}

TEST(Design, MixLnNormsTheFirstLayersBehind) {
  Architecture a = small();
  a.placement = "mix-ln";
  const auto posts = [&](int64_t layers, double share) {
    a.layers = layers;
    a.post_share = share;
    int64_t posts = 0;
    for (int64_t layer = 0; layer < layers; ++layer) {
      const Placement p = placement_at(a, {main_depth(a), layer});
      EXPECT_NE(p.has(Slot::kAfter), p.has(Slot::kBefore));
      EXPECT_TRUE(!p.has(Slot::kAfter) || layer == posts);  // they are the first
      posts += p.has(Slot::kAfter);
    }
    return posts;
  };
  EXPECT_EQ(posts(12, 0.25), 3);
  EXPECT_EQ(posts(6, 0.25), 2);
  EXPECT_EQ(posts(30, 0.1), 3);
  EXPECT_EQ(posts(4, 0), 0);
  EXPECT_EQ(posts(4, 1), 4);
}

// Fixup's branches say nothing at first, and T-Fixup's embeddings are small.
TEST(Design, StartsOfModelsWithoutNorms) {
  Architecture a = small();
  a.norm.kind = "none";
  a.residual.kind = "fixup";
  Parameters parameters;
  const auto fixup = make_residual(a.residual, {}, parameters);
  EXPECT_EQ(branch_init(a, placement_named("post"), main_depth(a), *fixup).projection_gain, 0);
  a.residual.kind = "t-fixup";
  EXPECT_NEAR(embedding_std(a), std::pow(32, -0.5) * std::pow(18, -0.25), 1e-12);
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
