// PowerNorm against its algorithm written down plainly: three steps of forward and backward, then evaluation.
#include <gtest/gtest.h>

#include <cmath>

#include "core/rng.h"
#include "layers/norm/norm.h"

namespace gimbal {
namespace {

constexpr int64_t kRows = 5, kWidth = 6, kGroups = 2;
constexpr double kEps = 1e-3, kRate = 0.1;

using Rows = std::vector<double>;
size_t at(int64_t i, int64_t j) { return static_cast<size_t>(i * kWidth + j); }

// arXiv:2003.07845, algorithms 1 and 2, behind the scaling of each token's groups.
struct Plain {
  Rows psi2 = Rows(kWidth, 1.0), nu = Rows(kWidth, 0.0), gain, bias, x1, xhat, root = Rows(kWidth), dgain;

  Rows forward(const Rows& x, Tape::Phase phase) {
    x1 = x;
    for (int64_t i = 0; i < kRows; ++i)
      for (int64_t g = 0; g < kGroups; ++g) {
        double squares = 0;
        for (int64_t j = g * 3; j < g * 3 + 3; ++j) squares += x[at(i, j)] * x[at(i, j)] / 3;
        for (int64_t j = g * 3; j < g * 3 + 3; ++j) x1[at(i, j)] /= std::sqrt(squares + kEps);
      }
    Rows y(x.size());
    xhat = x1;
    for (int64_t j = 0; j < kWidth; ++j) {
      const auto c = static_cast<size_t>(j);
      root[c] = std::sqrt(psi2[c] + kEps);
      double squares = 0;
      for (int64_t i = 0; i < kRows; ++i) {
        squares += x1[at(i, j)] * x1[at(i, j)] / kRows;
        xhat[at(i, j)] /= root[c];
        y[at(i, j)] = xhat[at(i, j)] * gain[c] + bias[c];
      }
      if (phase == Tape::Phase::kTrain) psi2[c] = (1 - kRate) * psi2[c] + kRate * squares;
    }
    return y;
  }

  // d loss / d x1
  Rows backward(const Rows& dy) {
    Rows dx(dy.size());
    dgain.assign(kWidth, 0);
    for (int64_t j = 0; j < kWidth; ++j) {
      const auto c = static_cast<size_t>(j);
      double gamma = 0, lambda = 0;
      for (int64_t i = 0; i < kRows; ++i) {
        const double g = dy[at(i, j)] * gain[c], z = xhat[at(i, j)];
        dx[at(i, j)] = (g - nu[c] * z) / root[c];
        gamma += z * z / kRows;
        lambda += g * z / kRows;
        dgain[c] += dy[at(i, j)] * z;
      }
      nu[c] = nu[c] * (1 - kRate * gamma) + kRate * lambda;
    }
    return dx;
  }
};

void expect_near(const Tensor& got, const Rows& want, double bound, const std::string& what) {
  ASSERT_EQ(static_cast<size_t>(got.elements()), want.size()) << what;
  for (size_t i = 0; i < want.size(); ++i) EXPECT_NEAR(got.at(static_cast<int64_t>(i)), want[i], bound) << what << ", element " << i;
}

void three_steps(Device device, double bound) {
  const DType type = device == Device::kReference ? DType::kF64 : DType::kF32;
  Parameters parameters;
  const auto norm = make_norm({.kind = "power", .eps = kEps, .groups = kGroups, .momentum = kRate}, kWidth, parameters, "n");
  parameters.allocate(device, type);
  parameters.initialize(1);
  Rng rng(1, "power_norm");
  const auto random = [&](int64_t n) {
    Rows v(static_cast<size_t>(n));
    for (double& x : v) x = static_cast<float>(rng.normal());
    return v;
  };
  const auto tensor = [&](const Rows& v, Shape shape) { return Tensor::from<double>(v, shape).to(type, device); };
  Plain plain;
  plain.gain = random(kWidth), plain.bias = random(kWidth);
  parameters.find("n.gain")->value = tensor(plain.gain, Shape{kWidth});
  parameters.find("n.bias")->value = tensor(plain.bias, Shape{kWidth});
  for (int step = 0; step < 3; ++step) {
    const Rows x = random(kRows * kWidth), dy = random(kRows * kWidth);
    parameters.clear_gradients();
    Tape tape(Tape::Mode::kRecord, Tape::Phase::kTrain);
    const Var in = tape.input(tensor(x, Shape{kRows, kWidth}));
    const Var y = norm->apply(tape, in, type);
    expect_near(y.value, plain.forward(x, Tape::Phase::kTrain), bound, cat("y at step ", step));
    tape.backward(y, tensor(dy, Shape{kRows, kWidth}));
    // The scaling of groups in front is a row norm, tested by itself: its own backward takes d x1 to d x.
    Tape inner(Tape::Mode::kRecord, Tape::Phase::kTrain);
    const Var again = inner.input(tensor(x, Shape{kRows, kWidth}));
    inner.backward(ops::row_norm(inner, {.stat = ops::RowStat::kRms, .eps = kEps, .groups = kGroups}, again, nullptr, nullptr, type),
                   tensor(plain.backward(dy), Shape{kRows, kWidth}));
    expect_near(tape.gradient(in), inner.gradient(again).to_doubles(), bound, cat("dx at step ", step));
    expect_near(parameters.find("n.gain")->grad, plain.dgain, bound, cat("dgain at step ", step));
    expect_near(parameters.find("n.running_square")->value, plain.psi2, bound, cat("psi2 behind step ", step));
    expect_near(parameters.find("n.running_along")->value, plain.nu, bound, cat("nu behind step ", step));
  }
  const Rows x = random(kRows * kWidth);
  Tape tape(Tape::Mode::kInference, Tape::Phase::kEval);
  expect_near(norm->apply(tape, Tape::constant(tensor(x, Shape{kRows, kWidth})), type).value, plain.forward(x, Tape::Phase::kEval), bound,
              "evaluation");
  expect_near(parameters.find("n.running_square")->value, plain.psi2, bound, "evaluation leaves psi2");
}

TEST(PowerNorm, ThreeStepsInDouble) { three_steps(Device::kReference, 1e-13); }
TEST(PowerNorm, ThreeStepsInF32) { three_steps(Device::kCpu, 2e-5); }

}  // namespace
}  // namespace gimbal
