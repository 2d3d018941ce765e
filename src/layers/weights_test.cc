// What weight schemes promise of matrices: a spectral norm that is the learned gain, and rows or columns of length 1.
#include <gtest/gtest.h>

#include <cmath>

#include "core/rng.h"
#include "layers/weights/weights.h"

namespace gimbal {
namespace {

constexpr int64_t kRows = 10, kInputs = 6;

// The largest singular value by two hundred steps of the power iteration on W^T W, written down plainly.
double largest_singular_value(const std::vector<double>& w, int64_t begin, int64_t rows) {
  std::vector<double> v(kInputs, 1.0);
  double length = 0;
  for (int step = 0; step < 200; ++step) {
    std::vector<double> next(kInputs, 0.0);
    for (int64_t r = begin; r < begin + rows; ++r) {
      double product = 0;
      for (int64_t i = 0; i < kInputs; ++i) product += w[static_cast<size_t>(r * kInputs + i)] * v[static_cast<size_t>(i)];
      for (int64_t i = 0; i < kInputs; ++i) next[static_cast<size_t>(i)] += w[static_cast<size_t>(r * kInputs + i)] * product;
    }
    length = 0;
    for (const double x : next) length += x * x;
    length = std::sqrt(length);
    for (size_t i = 0; i < v.size(); ++i) v[i] = next[i] / length;
  }
  return std::sqrt(length);
}

TEST(Weights, SigmaDividesEachPartByItsLargestSingularValue) {
  Parameters parameters;
  const InitPart normal{4, InitPart::Kind::kNormal, 1.0}, wide{6, InitPart::Kind::kNormal, 3.0};
  Parameter& weight = parameters.make("block.0.attn.qkv.weight", Shape{kRows, kInputs}, {normal, wide}, Decay::kYes);
  Parameter& bias = parameters.make_constant("block.0.attn.qkv.bias", Shape{kRows}, 0.25);
  weight_scheme_named("sigma").attach({}, parameters);
  parameters.allocate(Device::kReference, DType::kF64);
  parameters.initialize(1);
  ASSERT_NE(weight.spectral.gain, nullptr);
  weight.spectral.gain->value.data<double>()[1] = 1.5;
  const std::vector<double> w = weight.value.to_doubles();
  const double first = largest_singular_value(w, 0, 4), second = largest_singular_value(w, 4, 6);
  Rng rng(1, "weights");
  std::vector<double> x(3 * kInputs);
  for (double& value : x) value = rng.normal();
  const Var in = Tape::constant(Tensor::from<double>(x, Shape{3, kInputs}, Device::kReference));
  for (int pass = 0; pass < 300; ++pass) {
    Tape training(Tape::Mode::kInference, Tape::Phase::kTrain);
    ops::linear(training, in, weight, &bias);
  }
  Tape evaluation(Tape::Mode::kInference, Tape::Phase::kEval);
  const Tensor y = ops::linear(evaluation, in, weight, &bias).value;
  for (int64_t n = 0; n < 3; ++n)
    for (int64_t r = 0; r < kRows; ++r) {
      double product = 0;
      for (int64_t i = 0; i < kInputs; ++i) product += w[static_cast<size_t>(r * kInputs + i)] * x[static_cast<size_t>(n * kInputs + i)];
      EXPECT_NEAR(y.at(n * kRows + r), product * (r < 4 ? 1 / first : 1.5 / second) + 0.25, 1e-10);
    }
}

TEST(Weights, ConstraintsHold) {
  for (const DType type : {DType::kF32, DType::kF64}) {
    Parameters parameters;
    const std::vector<InitPart> normal = {{7, InitPart::Kind::kNormal, 3.0}};
    Parameter &rows = parameters.make("rows", Shape{7, 5}, normal, Decay::kNo),
              &columns = parameters.make("columns", Shape{7, 5}, normal, Decay::kNo);
    Parameter& positive = parameters.make_constant("positive", Shape{3}, -0.5);
    rows.constraint = Constraint::kUnitRows;
    columns.constraint = Constraint::kUnitColumns;
    positive.constraint = Constraint::kNonNegative;
    parameters.allocate(type == DType::kF64 ? Device::kReference : Device::kCpu, type);
    parameters.initialize(1);
    for (int64_t r = 0; r < 7; ++r) {
      double squares = 0;
      for (int64_t c = 0; c < 5; ++c) squares += rows.value.at(r * 5 + c) * rows.value.at(r * 5 + c);
      EXPECT_NEAR(squares, 1, 1e-6);
    }
    for (int64_t c = 0; c < 5; ++c) {
      double squares = 0;
      for (int64_t r = 0; r < 7; ++r) squares += columns.value.at(r * 5 + c) * columns.value.at(r * 5 + c);
      EXPECT_NEAR(squares, 1, 1e-6);
    }
    EXPECT_EQ(positive.value.at(0), 0.5);
  }
}

}  // namespace
}  // namespace gimbal
