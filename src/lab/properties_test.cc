// What is said of norms, held exactly over the registry: what comes out, what gain and bias can restore, which re-scalings and re-centerings each
// norm does not see.
#include "lab/properties.h"

#include <gtest/gtest.h>

#include <cmath>

#include "lab/nets/gradient_check.h"

namespace gimbal::lab {
namespace {

using namespace properties;
using nets::testing::random_values;

TEST(NormProperties, OutputHasMeanBiasAndVarianceGainSquared) {
  const Tensor u = Case().units();
  for (const char* kind : {"layer", "batch", "group", "layer-std"}) {
    Made norm(kind);
    norm.fill("gain", 1.7);
    norm.fill("bias", -0.6);
    const Tensor y = norm(u);
    const double unbiased = std::string(kind) == "layer-std" ? (kUnits - 1.0) / kUnits : 1;  // its deviation divides by d - 1
    for (const auto& places : sets_of(kind)) {
      const MeanAndVariance m = over(y, places);
      EXPECT_NEAR(m.mean, -0.6, 1e-12) << kind;
      EXPECT_NEAR(m.variance, 1.7 * 1.7 * unbiased, 1e-11) << kind;
    }
  }
}

TEST(NormProperties, RmsAndScaleKeepTheMeanAndFixTheSize) {
  const Tensor u = Case().units();
  const Tensor rms = Made("rms")(u), scale = Made("scale")(u);
  for (int64_t i = 0; i < kRows; ++i) {
    double before = 0, before_squares = 0, after = 0, squares = 0, scale_squares = 0;
    for (int64_t j = 0; j < kUnits; ++j) {
      const int64_t at = i * kUnits + j;
      before += u.at(at), before_squares += u.at(at) * u.at(at);
      after += rms.at(at), squares += rms.at(at) * rms.at(at), scale_squares += scale.at(at) * scale.at(at);
    }
    EXPECT_NEAR(squares, kUnits, 1e-10);
    EXPECT_NEAR(scale_squares, kUnits, 1e-10);  // its one gain starts at sqrt(d)
    EXPECT_NEAR(after, before / std::sqrt(before_squares / kUnits), 1e-10);
  }
}

// Gain = deviation and bias = mean give the input back where all sets of a channel have the same statistics: always for BatchNorm, whose statistics
// are the channel's; for LayerNorm for one sample only. Courses say "gain and bias can restore the input" of both.
TEST(NormProperties, WhatGainAndBiasRestore) {
  const Tensor u = Case().units();
  Made batch("batch");
  for (int64_t j = 0; j < kUnits; ++j) {
    const MeanAndVariance m = over(u, sets_of("batch")[static_cast<size_t>(j)]);
    batch.parameters.find("norm.gain")->value.data<double>()[j] = std::sqrt(m.variance);
    batch.parameters.find("norm.bias")->value.data<double>()[j] = m.mean;
  }
  EXPECT_LT(largest_difference(batch(u), u), 1e-12);
  Made layer("layer");
  const MeanAndVariance first = over(u, sets_of("layer")[0]);
  layer.fill("gain", std::sqrt(first.variance));
  layer.fill("bias", first.mean);
  const Tensor y = layer(u);
  EXPECT_LT(largest_difference(y.slice_rows(0, 1), u.slice_rows(0, 1)), 1e-12);
  EXPECT_GT(largest_difference(y.slice_rows(1, 2), u.slice_rows(1, 2)), 0.1);
}

TEST(NormProperties, GainsAndBiasesAtTheirStartAreTheSameAsNone) {
  const Tensor u = Case().units();
  Tape tape(Tape::Mode::kInference, Tape::Phase::kTrain);
  const Tensor without = ops::row_norm(tape, {.stat = ops::RowStat::kLayer, .eps = 1e-15}, Tape::constant(u), nullptr, nullptr, DType::kF64).value;
  EXPECT_EQ(largest_difference(Made("layer")(u), without), 0);
}

TEST(NormProperties, TheTableOfInvariances) {
  for (const NormKind& kind : norm_kinds()) {
    const Made norm(kind.name);
    for (const Change& change : changes()) {
      const double difference = difference_by(change, norm, 1);
      if (sees(kind.name, change.name)) {
        EXPECT_GT(difference, kSeen) << kind.name << " does not see " << change.name;
      } else {
        EXPECT_LT(difference, kUnseen) << kind.name << " sees " << change.name;
      }
    }
  }
}

// The same vector u added to all weights adds u.x to every unit of a sample, another number for each sample: BatchNorm sees that. One number added to
// all units of all samples it does not.
TEST(NormProperties, AConstantAddedToAllUnitsIsUnseenByAllThatCenter) {
  const Tensor plain = Case().units(), moved = plain.clone();
  for (int64_t i = 0; i < moved.elements(); ++i) moved.data<double>()[i] += 2;
  for (const char* kind : {"batch", "layer", "group", "layer-std"})
    EXPECT_LT(largest_difference(Made(kind)(moved), Made(kind)(plain)), 1e-10) << kind;
  for (const char* kind : {"rms", "scale"}) EXPECT_GT(largest_difference(Made(kind)(moved), Made(kind)(plain)), 1e-3) << kind;
}

// A re-scaling of the weights leaves the function and divides its gradient by the same factor (Ba et al., section 5.2: an implicit smaller step).
TEST(NormProperties, LargerWeightsGetSmallerGradients) {
  const auto gradient = [](const char* kind, double factor) {
    const Made norm(kind);
    Tensor u = Case().units();
    for (int64_t i = 0; i < u.elements(); ++i) u.data<double>()[i] *= factor;
    Tape tape(Tape::Mode::kRecord, Tape::Phase::kTrain);
    tape.mark_replaying();
    const Var x = tape.input(u);
    tape.backward(norm.norm->apply(tape, x, DType::kF64), random_values(9, "dy", u.shape()));
    return tape.gradient(x).clone();
  };
  for (const char* kind : {"layer", "rms", "batch", "group", "scale", "layer-std"}) {
    const Tensor one = gradient(kind, 1), four = gradient(kind, 4);
    double size = 0;
    for (int64_t i = 0; i < one.elements(); ++i) {
      EXPECT_NEAR(4 * four.at(i), one.at(i), 1e-9) << kind;
      size += std::abs(one.at(i));
    }
    EXPECT_GT(size, 1) << kind;
  }
}

// A mean-free input makes LayerNorm and RMSNorm the same; standardizing does not make anything Gaussian.
TEST(NormProperties, LayerIsRmsOfTheCentered) {
  const Tensor u = Case().units(), centered = u.clone();
  for (const auto& places : sets_of("layer")) {
    const double mean = over(u, places).mean;
    for (const int64_t p : places) centered.data<double>()[p] -= mean;
  }
  EXPECT_LT(largest_difference(Made("rms")(centered), Made("layer")(u)), 1e-12);
}

}  // namespace
}  // namespace gimbal::lab
