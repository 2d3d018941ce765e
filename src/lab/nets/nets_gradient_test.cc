// Gradients of the lab's operations and nets in double against central differences, over norms, places, cells and whitenings.
#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>

#include "lab/nets/cnn.h"
#include "lab/nets/gates.h"
#include "lab/nets/gradient_check.h"
#include "lab/nets/mlp.h"
#include "lab/nets/operations.h"
#include "lab/nets/recurrent.h"
#include "lab/nets/whitening.h"
#include "layers/feed_forward.h"

namespace gimbal::lab::nets {
namespace {

using testing::expect_gradients;
using testing::random_values;

std::vector<std::string> norms_to_try() {
  std::vector<std::string> names = {"zca", "cholesky", "newton-schulz"};
  for (const NormKind& kind : norm_kinds()) names.emplace_back(kind.name);
  return names;
}

void expect_net_gradients(const std::string& what, Net& net, const Tensor& x, testing::Check check = {}) {
  net.start(3, Device::kReference);
  testing::disturb(net.parameters(), 0.2);
  expect_gradients(
      what, [&](Tape& tape, std::span<const Var> in) { return net.forward(tape, in[0]); }, {x}, &net.parameters(), check);
}

TEST(NetsGradient, Operations) {
  const auto one = [](auto fn) { return [fn](Tape& tape, std::span<const Var> x) { return fn(tape, x[0]); }; };
  const Tensor x = random_values(1, "x", Shape{12, 4}), z = random_values(2, "z", Shape{12, 4});
  expect_gradients(
      "product", [](Tape& t, std::span<const Var> in) { return product(t, in[0], in[1]); }, {x, z}, nullptr);
  expect_gradients("square", one([](Tape& t, const Var& v) { return product(t, v, v); }), {x}, nullptr);
  expect_gradients(
      "sum", [](Tape& t, std::span<const Var> in) { return sum(t, in[0], in[1]); }, {x, z}, nullptr);
  expect_gradients(
      "columns", [](Tape& t, std::span<const Var> in) { return join_columns(t, in[0], in[1]); }, {x, random_values(2, "w", Shape{12, 3})}, nullptr);
  expect_gradients("blocks", one([](Tape& t, const Var& v) { return swap_blocks(t, v, 3, 2, 2); }), {x}, nullptr);
  expect_gradients("row blocks", one([](Tape& t, const Var& v) {
                     const std::vector<Var> parts = {row_block(t, v, 4, 9), row_block(t, v, 0, 6)};
                     return stack_rows(t, parts);
                   }),
                   {x}, nullptr);
  expect_gradients("some columns", one([](Tape& t, const Var& v) { return columns(t, v, 1, 2); }), {x}, nullptr);
  Parameters parameters;
  Parameter& gain = parameters.make_constant("gain", Shape{4}, 1);
  Parameter& bias = parameters.make_constant("bias", Shape{4}, 0);
  parameters.allocate(Device::kReference, DType::kF64);
  parameters.initialize(1);
  testing::disturb(parameters, 0.3);
  expect_gradients("affine", one([&](Tape& t, const Var& v) { return channel_affine(t, v, &gain, &bias); }), {x}, &parameters);
}

TEST(NetsGradient, Losses) {
  const Tensor x = random_values(1, "x", Shape{5, 3});
  const std::vector<int32_t> targets = {0, 2, -100, 1, 1};
  expect_gradients(
      "cross-entropy",
      [&](Tape& t, std::span<const Var> in) {
        ops::LossSums sums;
        return cross_entropy(t, in[0], targets, 0.3, sums);
      },
      {x}, nullptr);
  const std::vector<double> soft = {0, 1, 0.3, 1, 0, 0.9, 1, 1, 0, 0.5, 0, 1, 0, 1, 1};
  expect_gradients(
      "logistic",
      [&](Tape& t, std::span<const Var> in) {
        double sum = 0;
        return logistic_loss(t, in[0], soft, 0.7, sum);
      },
      {x}, nullptr);
  const PolicyTargets policy{{0, 2, 1, 1, 0}, {0.5, -1, 2, -0.3, 1}, 0.4};
  expect_gradients(
      "policy",
      [&](Tape& t, std::span<const Var> in) {
        double entropy = 0;
        return policy_loss(t, in[0], policy, 0.7, entropy);
      },
      {x}, nullptr);
}

TEST(NetsGradient, MlpWithEveryNormPlaceAndShortcut) {
  const Tensor x = random_values(1, "x", Shape{12, 5});
  for (const std::string& norm : norms_to_try())
    for (const NormPlace place : {NormPlace::kBeforeActivation, NormPlace::kAfterActivation})
      for (const Shortcut shortcut : {Shortcut::kNone, Shortcut::kResidual}) {
        MlpSettings s{.inputs = 5, .width = 6, .outputs = 3, .layers = 2, .activation = "gelu", .place = place, .shortcut = shortcut};
        s.norm = {.kind = norm, .eps = 1e-3, .groups = 2};
        Mlp net(s);
        expect_net_gradients(cat(norm, " ", place == NormPlace::kBeforeActivation, " ", shortcut == Shortcut::kResidual), net, x);
      }
}

TEST(NetsGradient, MlpWithEveryActivationFrozenGainsAndInputNorm) {
  const Tensor x = random_values(1, "x", Shape{7, 6});
  for (const ActivationName& activation : activation_names()) {
    if (activation.name == "step") continue;  // its surrogate is not its derivative, by definition
    MlpSettings s{.inputs = 6, .width = 4, .outputs = 3, .layers = 1, .activation = std::string(activation.name), .affine = Affine::kFrozen};
    s.norm.kind = "layer";
    s.input_norm.kind = "batch";
    Mlp net(s);
    expect_net_gradients(s.activation, net, x);
    EXPECT_FALSE(net.parameters().find("stem.norm.gain")->trainable);
    EXPECT_FALSE(net.parameters().find("input.norm.bias")->trainable);
  }
}

TEST(Mlp, BlocksThatStartAtZeroAreTheIdentity) {
  const Tensor x = random_values(1, "x", Shape{9, 5});
  for (const char* norm : {"none", "layer", "batch"}) {
    MlpSettings s{.inputs = 5, .width = 6, .outputs = 3, .layers = 0};
    s.norm.kind = norm;
    Mlp shallow(s);
    s.layers = 4, s.shortcut = Shortcut::kResidual, s.branch_start = 0;
    Mlp deep(s);
    shallow.start(3, Device::kReference);
    deep.start(3, Device::kReference);
    Tape tape(Tape::Mode::kInference, Tape::Phase::kTrain);
    EXPECT_EQ(shallow.forward(tape, Tape::constant(x)).value.to_doubles(), deep.forward(tape, Tape::constant(x)).value.to_doubles()) << norm;
  }
}

TEST(NetsGradient, CnnWithEveryNorm) {
  const Tensor x = random_values(1, "x", Shape{3, 5 * 4 * 2});
  for (const std::string& norm : norms_to_try())
    for (const PixelStatistics over : {PixelStatistics::kPixel, PixelStatistics::kImage}) {
      const bool has_image_form = norm == "layer" || norm == "rms" || norm == "group" || norm == "batch" || norm == "none";
      CnnSettings s{.height = 5, .width = 4, .channels = 2, .outputs = 3, .maps = {4, 4}, .activation = "tanh", .statistics = over};
      s.halving = over == PixelStatistics::kPixel ? Halving::kStride : Halving::kMaxPool;
      s.norm = {.kind = norm, .eps = 1e-3, .groups = 2};
      if (over == PixelStatistics::kImage && !has_image_form) {
        EXPECT_THROW(Cnn net(s), Error) << norm;
        continue;
      }
      Cnn net(s);
      expect_net_gradients(cat("cnn ", norm, " ", over == PixelStatistics::kImage), net, x, {.step = 1e-5, .bound = 1e-5});
    }
}

TEST(NetsGradient, EvaluationPhase) {
  const Tensor x = random_values(1, "x", Shape{7, 5});
  for (const char* norm : {"batch", "zca", "cholesky", "newton-schulz"}) {
    MlpSettings s{.inputs = 5, .width = 4, .outputs = 3, .layers = 1, .activation = "tanh"};
    s.norm.kind = norm;
    Mlp net(s);
    expect_net_gradients(norm, net, x, {.phase = Tape::Phase::kEval});
  }
}

TEST(NetsGradient, RecurrentCellsWithEveryNorm) {
  const int64_t batch = 3, steps = 4;
  const Tensor x = random_values(1, "x", Shape{steps * batch, 3});
  for (const std::string& norm : norms_to_try())
    for (const Cell cell : {Cell::kGru, Cell::kLstm})
      for (const StepStatistics statistics : {StepStatistics::kShared, StepStatistics::kPerStep}) {
        if (statistics == StepStatistics::kPerStep && norm != "batch") continue;
        if (norm == "zca" || norm == "cholesky" || norm == "newton-schulz") continue;  // whitening wants more rows than gates
        if (norm == "rms-centered") continue;  // the first state is all zeros, and the printed formula has no eps
        if (norm == "power") continue;         // its backward is a running one, not the gradient where it is used step after step
        RecurrentSettings s{.cell = cell, .inputs = 3, .width = 4, .steps = statistics, .longest = 3};
        s.norm = {.kind = norm, .eps = 1e-2, .groups = 2};
        Parameters parameters;
        const Recurrent layer(s, parameters, "rnn");
        parameters.allocate(Device::kReference, DType::kF64);
        parameters.initialize(3);
        testing::disturb(parameters, 0.2);
        expect_gradients(cat(norm, cell == Cell::kGru ? " gru" : " lstm"),
                         [&](Tape& tape, std::span<const Var> in) {
                           RecurrentState state = layer.zero_state(batch, Device::kReference);
                           return stack_rows(tape, layer.forward(tape, in[0], batch, state));
                         },
                         {x}, &parameters, {.bound = 1e-5});
      }
}

TEST(NetsGradient, AdditiveAttention) {
  Parameters parameters;
  Parameter& v = parameters.make("v", Shape{4}, {{1, InitPart::Kind::kNormal, 1}}, Decay::kYes);
  parameters.allocate(Device::kReference, DType::kF64);
  parameters.initialize(2);
  expect_gradients(
      "attention", [&](Tape& tape, std::span<const Var> in) { return additive_attention(tape, in[0], in[1], in[2], v); },
      {random_values(1, "q", Shape{3, 4}), random_values(2, "k", Shape{15, 4}), random_values(3, "v", Shape{15, 5})}, &parameters);
}

TEST(Dense, EigenvaluesOfSymmetricMatrices) {
  for (const int64_t d : {1, 2, 3, 8, 33}) {
    const Tensor x = random_values(1, "x", Shape{d, d});
    Square a(d);
    for (int64_t i = 0; i < d; ++i)
      for (int64_t j = 0; j < d; ++j) a(i, j) = x.at(i * d + j) + x.at(j * d + i);
    if (d == 8) a = plus(identity(d), 1, identity(d));  // all values alike
    const Eigen e = eigen_of_symmetric(a);
    Square scaled = e.vectors;
    for (int64_t i = 0; i < d; ++i)
      for (int64_t j = 0; j < d; ++j) scaled(i, j) *= e.values[static_cast<size_t>(j)];
    const Square again = times(scaled, transposed(e.vectors)), one = times(transposed(e.vectors), e.vectors);
    for (int64_t i = 0; i < d; ++i)
      for (int64_t j = 0; j < d; ++j) {
        EXPECT_NEAR(again(i, j), a(i, j), 1e-12 * static_cast<double>(d));
        EXPECT_NEAR(one(i, j), i == j ? 1 : 0, 1e-13 * static_cast<double>(d));
      }
  }
}

TEST(Whitening, GivesUncorrelatedColumnsAndRunsOnRunningStatistics) {
  const Tensor noise = random_values(1, "x", Shape{40, 5}), mix = random_values(2, "mix", Shape{5, 5});
  Tensor x(Shape{40, 5}, DType::kF64, Device::kReference);
  for (int64_t i = 0; i < 40; ++i)
    for (int64_t j = 0; j < 5; ++j) {
      double sum = 3;
      for (int64_t k = 0; k < 5; ++k) sum += mix.at(j * 5 + k) * noise.at(i * 5 + k);
      x.data<double>()[i * 5 + j] = sum;
    }
  EXPECT_GT(residual_correlation(x), 0.2);
  for (const Whitening kind : {Whitening::kZca, Whitening::kCholesky, Whitening::kNewtonSchulz}) {
    Parameters parameters;
    const RunningCovariance running{&parameters.make_buffer("mean", Shape{5}, 0), &parameters.make_buffer("covariance", Shape{5, 5}, 0), 1.0};
    parameters.allocate(Device::kReference, DType::kF64);
    parameters.initialize(1);
    const WhiteningSpec spec{.kind = kind, .eps = 1e-12, .iterations = 12};
    Tape train(Tape::Mode::kInference, Tape::Phase::kTrain), eval(Tape::Mode::kInference, Tape::Phase::kEval);
    const Tensor y = whiten(train, spec, Tape::constant(x), running).value;
    const double bound = kind == Whitening::kNewtonSchulz ? 1e-3 : 1e-9;
    EXPECT_LT(residual_correlation(y), bound);
    EXPECT_NEAR(ops::moments(y).rms, 1, bound);
    const Tensor again = whiten(eval, spec, Tape::constant(x), running).value;  // rate 1: the running statistics are the batch's
    for (int64_t i = 0; i < y.elements(); ++i) ASSERT_NEAR(again.at(i), y.at(i), 1e-9);
  }
}

Tensor whitened(const Tensor& rows) {
  Parameters buffers;
  const RunningCovariance running{&buffers.make_buffer("mean", Shape{3}, 0), &buffers.make_buffer("covariance", Shape{3, 3}, 0)};
  buffers.allocate(Device::kReference, DType::kF64);
  buffers.initialize(1);
  Tape inner(Tape::Mode::kInference, Tape::Phase::kTrain);
  return whiten(inner, {}, Tape::constant(rows), running).value;
}

// The check must be able to fail: whitening whose backward is the identity is caught.
TEST(NetsGradient, AWrongBackwardIsCaught) {
  const auto check = [] {
    expect_gradients(
        "wrong",
        [](Tape& tape, std::span<const Var> in) {
          return tape.emit(whitened(in[0].value), true, [x = in[0]](Tape& t, const Tensor& dy) { t.add_gradient(x, dy.clone()); });
        },
        {random_values(1, "x", Shape{6, 3})}, nullptr);
  };
  EXPECT_NONFATAL_FAILURE(check(), "wrong: input 0");
}

}  // namespace
}  // namespace gimbal::lab::nets
