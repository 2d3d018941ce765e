// What is said of norms, held exactly over the registry: what comes out, what gain and bias can restore, which re-scalings and re-centerings each
// norm does not see (the table of Ba et al. 2016, arXiv:1607.06450, section 5.1, and of RMSNorm, arXiv:1910.07467).
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>

#include "lab/nets/gradient_check.h"
#include "layers/norm/norm.h"

namespace gimbal::lab {
namespace {

using nets::testing::random_values;

constexpr int64_t kRows = 24, kInputs = 7, kUnits = 12;

/// What stands before the norm: units = x W^T. Every norm reads such a product (the bias is the norm's own).
struct Case {
  Tensor x = random_values(1, "x", Shape{kRows, kInputs}), weight = random_values(2, "weight", Shape{kUnits, kInputs});

  Tensor units() const {
    Tensor u(Shape{kRows, kUnits}, DType::kF64, Device::kReference);
    for (int64_t i = 0; i < kRows; ++i)
      for (int64_t j = 0; j < kUnits; ++j) {
        double sum = 0;
        for (int64_t k = 0; k < kInputs; ++k) sum += x.at(i * kInputs + k) * weight.at(j * kInputs + k);
        u.data<double>()[i * kUnits + j] = sum;
      }
    return u;
  }
};

/// A norm of the registry with its parameters, whose eps is too small to be seen.
struct Made {
  Parameters parameters;
  std::unique_ptr<Norm> norm;

  explicit Made(std::string_view kind, double eps = 1e-15) {
    norm = make_norm({.kind = std::string(kind), .eps = eps, .groups = 3}, kUnits, parameters, "norm");
    parameters.allocate(Device::kReference, DType::kF64);
    parameters.initialize(1);
  }
  Tensor operator()(const Tensor& u) const {
    Tape tape(Tape::Mode::kInference, Tape::Phase::kTrain);
    tape.mark_replaying();
    return norm->apply(tape, Tape::constant(u), DType::kF64).value;
  }
  void fill(const std::string& name, double value) {
    Parameter& p = *parameters.find("norm." + name);
    for (int64_t i = 0; i < p.value.elements(); ++i) p.value.data<double>()[i] = value;
  }
};

double largest_difference(const Tensor& a, const Tensor& b) {
  double most = 0;
  for (int64_t i = 0; i < a.elements(); ++i) most = std::max(most, std::abs(a.at(i) - b.at(i)));
  return most;
}

/// Elements that share a statistic, as lists of places in [kRows, kUnits].
std::vector<std::vector<int64_t>> sets_of(std::string_view kind) {
  std::vector<std::vector<int64_t>> sets;
  const int64_t groups = kind == "group" ? 3 : 1;
  if (kind == "batch") {
    for (int64_t j = 0; j < kUnits; ++j) {
      sets.emplace_back();
      for (int64_t i = 0; i < kRows; ++i) sets.back().push_back(i * kUnits + j);
    }
    return sets;
  }
  for (int64_t i = 0; i < kRows * groups; ++i) {
    sets.emplace_back();
    for (int64_t j = 0; j < kUnits / groups; ++j) sets.back().push_back(i * kUnits / groups + j);
  }
  return sets;
}

struct MeanAndVariance {
  double mean = 0, variance = 0;
};
MeanAndVariance over(const Tensor& t, const std::vector<int64_t>& places) {
  MeanAndVariance m;
  for (const int64_t p : places) m.mean += t.at(p) / static_cast<double>(places.size());
  for (const int64_t p : places) m.variance += std::pow(t.at(p) - m.mean, 2) / static_cast<double>(places.size());
  return m;
}

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

/// A change of what stands before the norm; the table says which norms do not see it.
struct Change {
  const char* name;
  void (*apply)(Case& c);
};

const std::vector<Change>& changes() {
  static const std::vector<Change> list = {
      {"weight matrix re-scaling",
       [](Case& c) {
         for (int64_t i = 0; i < c.weight.elements(); ++i) c.weight.data<double>()[i] *= 2.5;
       }},
      {"weight matrix re-centering",  // the same vector added to the weights of every unit: each sample's units move alike
       [](Case& c) {
         for (int64_t i = 0; i < c.weight.elements(); ++i) c.weight.data<double>()[i] += 0.3 * static_cast<double>(i % kInputs) - 1;
       }},
      {"weight vector re-scaling",  // of one unit
       [](Case& c) {
         for (int64_t k = 0; k < kInputs; ++k) c.weight.data<double>()[4 * kInputs + k] *= 2.5;
       }},
      {"data set re-scaling",
       [](Case& c) {
         for (int64_t i = 0; i < c.x.elements(); ++i) c.x.data<double>()[i] *= 2.5;
       }},
      {"data set re-centering",
       [](Case& c) {
         for (int64_t i = 0; i < c.x.elements(); ++i) c.x.data<double>()[i] += 0.3 * static_cast<double>(i % kInputs) - 1;
       }},
      {"single case re-scaling",
       [](Case& c) {
         for (int64_t k = 0; k < kInputs; ++k) c.x.data<double>()[5 * kInputs + k] *= 2.5;
       }},
  };
  return list;
}

// Rows of the published table for batch, layer and rms (RMSNorm's paper, table 1); group, scale and layer-std follow from their formulas; none and
// the norms without statistics (dyt, derf) see everything. Group norm does not see a re-centering for the same reason as layer norm.
const std::map<std::string_view, std::set<std::string>>& unseen() {
  static const std::set<std::string> of_rows = {"weight matrix re-scaling", "data set re-scaling", "single case re-scaling"};
  static const std::set<std::string> of_centered_rows = {"weight matrix re-scaling", "weight matrix re-centering", "data set re-scaling",
                                                         "single case re-scaling"};
  static const std::map<std::string_view, std::set<std::string>> table = {
      {"batch", {"weight matrix re-scaling", "weight vector re-scaling", "data set re-scaling", "data set re-centering"}},
      {"layer", of_centered_rows},
      {"layer-std", of_centered_rows},
      {"group", of_centered_rows},
      {"rms", of_rows},
      {"rms-centered", of_centered_rows},
      {"scale", of_rows},
      {"l2", of_rows},
      {"prms", of_rows},
      {"crms", of_rows},
      {"power", of_rows},  // its channels' running size stays what it was
      {"dyt", {}},
      {"derf", {}},
      {"none", {}},
  };
  return table;
}

TEST(NormProperties, TheTableOfInvariances) {
  const Tensor plain = Case().units();
  for (const NormKind& kind : norm_kinds()) {
    ASSERT_TRUE(unseen().contains(kind.name)) << kind.name << ": a new norm needs its row of the table";
    const Made norm(kind.name);
    for (const Change& change : changes()) {
      Case changed;
      change.apply(changed);
      const double difference = largest_difference(norm(changed.units()), norm(plain));
      if (unseen().at(kind.name).contains(change.name)) {
        EXPECT_LT(difference, 1e-10) << kind.name << " sees " << change.name;
      } else {
        EXPECT_GT(difference, 1e-3) << kind.name << " does not see " << change.name;
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
