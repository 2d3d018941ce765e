// Optimizers after three steps against numbers worked out in double, and what all of them promise: state, resume, clipping, frozen weights.
#include "train/optimizers.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "core/rng.h"

namespace gimbal {
namespace {

using Values = std::vector<double>;

const Values kMatrix = {0.5, -1.0, 2.0, 1.5, 0.25, -0.75}, kVector = {1.0, -2.0, 0.5};
const std::vector<Values> kMatrixGradients = {{0.1, -0.2, 0.3, 0.4, 0.5, -0.6}, {-0.3, 0.1, 0.2, 0.0, -0.4, 0.5}, {0.6, 0.2, -0.1, -0.2, 0.3, 0.4}};
const std::vector<Values> kVectorGradients = {{0.2, -0.1, 0.0}, {-0.5, 0.3, 0.1}, {0.1, 0.4, -0.2}};

Tensor tensor(const Values& values, Shape shape, Device device) {
  return Tensor::from<double>(values, shape).to(device == Device::kReference ? DType::kF64 : DType::kF32, device);
}

/// A matrix that decays and a vector that does not.
struct Weights {
  Device device;
  Parameters parameters;
  Parameter *matrix, *vector;

  explicit Weights(Device d = Device::kCpu, Shape shape = {2, 3}, const Values& start = kMatrix, const char* name = "block.0.ffn.up.weight")
      : device(d) {
    matrix = &parameters.make(name, shape, {{shape[0], InitPart::Kind::kConstant, 0}}, Decay::kYes);
    vector = &parameters.make_constant("final.gain", {3}, 0);
    parameters.allocate(device, device == Device::kReference ? DType::kF64 : DType::kF32);
    matrix->value = tensor(start, shape, device);
    vector->value = tensor(kVector, {3}, device);
  }
  void set_gradients(size_t step, double scale = 1) {
    set(*matrix, kMatrixGradients[step], scale);
    set(*vector, kVectorGradients[step], scale);
  }
  void set(Parameter& p, Values values, double scale = 1) {
    for (double& v : values) v *= scale;
    p.grad = tensor(values, p.shape, device);
    p.grad_written = true;
  }
};

const auto kNoReport = [](const Parameter&, const kernels::UpdateSums&) {};

OptimizerConfig config_of(const std::string& kind) {
  OptimizerConfig c;
  c.kind = kind;
  c.lr = 0.01;
  return c;
}

void expect_values(const Tensor& got, const Values& want, double allowed, const std::string& what) {
  ASSERT_EQ(static_cast<size_t>(got.elements()), want.size()) << what;
  for (size_t i = 0; i < want.size(); ++i) EXPECT_NEAR(got.at(static_cast<int64_t>(i)), want[i], allowed) << what << " element " << i;
}

/// Three steps on the CPU and on the reference device, from the numbers above.
void expect_after_three_steps(const OptimizerConfig& config, const Values& matrix, const Values& vector) {
  for (const Device device : {Device::kCpu, Device::kReference}) {
    Weights model(device);
    const auto optimizer = make_optimizer(config, model.parameters);
    for (size_t step = 0; step < 3; ++step) {
      model.set_gradients(step);
      optimizer->step(config.lr, 1, kNoReport);
    }
    const double allowed = device == Device::kReference ? 2e-10 : 1e-6;
    expect_values(model.matrix->value, matrix, allowed, config.kind + " matrix");
    expect_values(model.vector->value, vector, allowed, config.kind + " vector");
  }
}

TEST(Optimizers, AdamW) {
  expect_after_three_steps(config_of("adamw"), {0.4896102299, -0.9870685485, 1.9686851486, 1.4769451617, 0.2355442356, -0.7400595799},
                           {0.9965825847, -2.0021689736, 0.4957316982});
}

TEST(Optimizers, Sgd) {
  OptimizerConfig config = config_of("sgd");
  expect_after_three_steps(config, {0.4941881985, -0.992881397, 1.977872995, 1.4827673945, 0.2396636948, -0.7430538932}, {1.00308, -2.00699, 0.5001});
  config.nesterov = true;
  expect_after_three_steps(config, {0.4892729117, -0.9916138734, 1.9701308957, 1.4780325163, 0.235973241, -0.7445333727},
                           {1.004772, -2.012291, 0.50109});
  config.momentum = 0;
  expect_after_three_steps(config, {0.4945004985, -0.998005997, 1.990013995, 1.4935124945, 0.2452567447, -0.7507592432}, {1.002, -2.006, 0.501});
  Weights model;
  EXPECT_TRUE(make_optimizer(config, model.parameters)->state().empty());
}

TEST(Optimizers, Adafactor) {
  expect_after_three_steps(config_of("adafactor"), {0.4907804849, -0.9998249442, 1.9756942721, 1.488782829, 0.2388269538, -0.7572308096},
                           {0.9957908447, -2.0148637133, 0.5032461799});
}

TEST(Optimizers, Lion) {
  expect_after_three_steps(config_of("lion"), {0.4885114895, -1.007012989, 1.964035988, 1.4855344885, 0.2392607397, -0.7577622392},
                           {1.01, -2.01, 0.5});
}

TEST(Optimizers, MuonTurnsTheMatricesOfBlocksAndLeavesTheRestToAdamW) {
  OptimizerConfig config = config_of("muon");
  config.momentum = 0.95;
  const Values vector_by_adamw = {0.9965825847, -2.0021689736, 0.4957316982};
  expect_after_three_steps(config, {0.4957681976, -0.9973753494, 1.9885265679, 1.4924654295, 0.2471784709, -0.7504028497}, vector_by_adamw);
  config.adjust_lr = "original";
  expect_after_three_steps(config, {0.4906111365, -0.998077882, 1.9781882458, 1.4867314619, 0.243268596, -0.7554038737}, vector_by_adamw);

  Weights table(Device::kCpu, {2, 3}, kMatrix, "embed.tokens.table"), adamw(Device::kCpu, {2, 3}, kMatrix, "embed.tokens.table");
  const auto muon = make_optimizer(config, table.parameters), plain = make_optimizer(config_of("adamw"), adamw.parameters);
  for (Weights* model : {&table, &adamw}) model->set_gradients(0);
  muon->step(0.01, 1, kNoReport);
  plain->step(0.01, 1, kNoReport);
  EXPECT_EQ(table.matrix->value.to_doubles(), adamw.matrix->value.to_doubles());
}

Values transposed(const Values& v, size_t rows, size_t columns) {
  Values t;
  for (size_t j = 0; j < columns; ++j)
    for (size_t i = 0; i < rows; ++i) t.push_back(v[i * columns + j]);
  return t;
}

TEST(Optimizers, MuonOfATallMatrix) {
  OptimizerConfig config = config_of("muon");
  config.momentum = 0.95;
  config.adjust_lr = "original";
  Weights model(Device::kReference, {3, 2}, transposed(kMatrix, 2, 3));
  const auto optimizer = make_optimizer(config, model.parameters);
  for (const Values& g : kMatrixGradients) {
    model.set(*model.matrix, transposed(g, 2, 3));
    optimizer->step(0.01, 1, kNoReport);
  }
  expect_values(model.matrix->value, {0.4888378178, 1.4847597669, -0.9983194564, 0.2419241377, 1.9746332871, -0.757123537}, 2e-10, "tall");
}

TEST(Optimizers, MuonTurnsEachPartOfAFusedMapByItself) {
  Weights fused(Device::kCpu, {4, 3}, Values(12, 0.5)), part(Device::kCpu, {2, 3}, Values(6, 0.5));
  fused.matrix->init = {{2, InitPart::Kind::kConstant, 0}, {2, InitPart::Kind::kConstant, 0}};
  Values both = kMatrixGradients[0];
  both.insert(both.end(), kMatrixGradients[1].begin(), kMatrixGradients[1].end());
  fused.set(*fused.matrix, both);
  part.set(*part.matrix, kMatrixGradients[1]);
  make_optimizer(config_of("muon"), fused.parameters)->step(0.01, 1, kNoReport);
  make_optimizer(config_of("muon"), part.parameters)->step(0.01, 1, kNoReport);
  EXPECT_EQ(fused.matrix->value.slice_rows(2, 4).to_doubles(), part.matrix->value.to_doubles());
}

// 2^-8 is bf16's step: five Newton-Schulz steps grow it a little.
TEST(Optimizers, MuonWithBf16FactorsIsNearMuon) {
  for (const Shape& shape : {Shape{16, 40}, Shape{40, 16}}) {
    Rng rng(5, "gradient");
    Values gradient(static_cast<size_t>(shape.elements())), start(gradient.size(), 0.5);
    for (double& g : gradient) g = rng.normal();
    Weights exact(Device::kCpu, shape, start), rounded(Device::kCpu, shape, start);
    rounded.matrix->shadow = Tensor(shape, DType::kBF16);
    double largest = 0, off = 0;
    for (Weights* model : {&exact, &rounded}) {
      model->set(*model->matrix, gradient);
      make_optimizer(config_of("muon"), model->parameters)->step(0.01, 1, kNoReport);
    }
    for (int64_t i = 0; i < shape.elements(); ++i) {
      largest = std::max(largest, std::abs(exact.matrix->value.at(i) - 0.5));
      off = std::max(off, std::abs(exact.matrix->value.at(i) - rounded.matrix->value.at(i)));
    }
    EXPECT_GT(off, 0) << "the factors were not rounded";
    EXPECT_LT(off, largest / 32);
  }
}

TEST(Optimizers, EveryKindFindsTheBottomOfABowl) {
  for (const OptimizerKind& kind : optimizer_kinds()) {
    Weights model;
    const auto squares = [&] {
      double sum = 0;
      for (const Parameter* p : {model.matrix, model.vector})
        for (const double v : p->value.to_doubles()) sum += v * v;
      return sum;
    };
    const double before = squares();
    const auto optimizer = make_optimizer(config_of(std::string(kind.name)), model.parameters);
    for (int step = 0; step < 400; ++step) {
      for (Parameter* p : {model.matrix, model.vector}) model.set(*p, p->value.to_doubles());
      optimizer->step(0.05 * (400 - step) / 400, 1, kNoReport);
    }
    EXPECT_LT(squares(), 1e-2 * before) << kind.name;
  }
}

TEST(Optimizers, EveryKindResumesFromItsStateBitForBit) {
  for (const OptimizerKind& kind : optimizer_kinds()) {
    const OptimizerConfig config = config_of(std::string(kind.name));
    Weights whole, broken;
    const auto uninterrupted = make_optimizer(config, whole.parameters);
    auto optimizer = make_optimizer(config, broken.parameters);
    for (size_t step = 0; step < 3; ++step) {
      whole.set_gradients(step);
      uninterrupted->step(0.01, 1, kNoReport);
      if (step == 2) {
        auto resumed = make_optimizer(config, broken.parameters);
        const auto from = optimizer->state(), to = resumed->state();
        ASSERT_EQ(from.size(), to.size());
        ASSERT_FALSE(from.empty());
        for (size_t i = 0; i < from.size(); ++i) {
          EXPECT_EQ(from[i].first, to[i].first);
          std::memcpy(to[i].second.raw(), from[i].second.raw(), static_cast<size_t>(from[i].second.bytes()));
        }
        resumed->set_steps_done(2);
        optimizer = std::move(resumed);
      }
      broken.set_gradients(step);
      optimizer->step(0.01, 1, kNoReport);
    }
    EXPECT_EQ(whole.matrix->value.to_doubles(), broken.matrix->value.to_doubles()) << kind.name;
    EXPECT_EQ(whole.vector->value.to_doubles(), broken.vector->value.to_doubles()) << kind.name;
  }
}

TEST(Optimizers, ScalingTheGradientOnTheWayInIsScalingTheGradient) {
  for (const OptimizerKind& kind : optimizer_kinds()) {
    const OptimizerConfig config = config_of(std::string(kind.name));
    Weights clipped, scaled;
    clipped.set_gradients(0);
    scaled.set_gradients(0, 0.25);
    make_optimizer(config, clipped.parameters)->step(0.01, 0.25, kNoReport);
    make_optimizer(config, scaled.parameters)->step(0.01, 1, kNoReport);
    expect_values(clipped.matrix->value, scaled.matrix->value.to_doubles(), 1e-6, std::string(kind.name));
    expect_values(clipped.matrix->grad, kMatrixGradients[0], 1e-7, "gradients are left as they are");
  }
}

TEST(Optimizers, WhatIsFrozenOrHasNoGradientStays) {
  for (const OptimizerKind& kind : optimizer_kinds()) {
    Weights model;
    model.matrix->trainable = false;
    model.set_gradients(0);
    model.vector->grad_written = false;
    int reports = 0;
    make_optimizer(config_of(std::string(kind.name)), model.parameters)->step(0.01, 1, [&](const Parameter&, const kernels::UpdateSums&) {
      ++reports;
    });
    EXPECT_EQ(reports, 0) << kind.name;
    EXPECT_EQ(model.matrix->value.to_doubles(), kMatrix) << kind.name;
    EXPECT_EQ(model.vector->value.to_doubles(), kVector) << kind.name;
  }
}

TEST(Optimizers, ReportsWhatChangedAndRefreshesTheShadow) {
  for (const OptimizerKind& kind : optimizer_kinds()) {
    Weights model;
    model.matrix->shadow = Tensor({2, 3}, DType::kBF16);
    model.set_gradients(0);
    double weights = 0, updates = 0;
    make_optimizer(config_of(std::string(kind.name)), model.parameters)->step(0.01, 1, [&](const Parameter& p, const kernels::UpdateSums& sums) {
      if (&p == model.matrix) weights = sums.weight_squares, updates = sums.update_squares;
    });
    double want_weights = 0, want_updates = 0;
    for (int64_t i = 0; i < 6; ++i) {
      const double now = model.matrix->value.at(i), moved = now - kMatrix[static_cast<size_t>(i)];
      want_weights += now * now;
      want_updates += moved * moved;
      EXPECT_EQ(model.matrix->shadow.at(i), BFloat16::from(static_cast<float>(now)).to_float()) << kind.name;
    }
    EXPECT_GT(want_updates, 0) << kind.name;
    EXPECT_NEAR(weights, want_weights, 1e-6 * want_weights) << kind.name;
    EXPECT_NEAR(updates, want_updates, 1e-4 * want_updates) << kind.name;
  }
}

// Plain gradient descent on gradients of one: what a weight moved is its learning rate.
double moved(Model& model, const char* name) {
  const Parameter* p = model.parameters().find(name);
  EXPECT_NE(p, nullptr) << name;
  return p ? -p->value.at(0) : 0;
}

TEST(Optimizers, LayerDecayLowersTheRateFromTheHeadDown) {
  Architecture a;
  a.family = "t5";
  a.vocab = 5, a.context = 4, a.layers = 2, a.encoder_layers = 3, a.width = 4, a.heads = 2;
  a.positions.kind = "relative";
  a.tied = false;
  Model model(a);
  model.parameters().allocate(Device::kCpu, DType::kF32);
  for (Parameter& p : model.parameters().all()) {
    p.value = Tensor::zeros(p.shape, DType::kF32);
    p.grad = Tensor::from_floats(std::vector<float>(static_cast<size_t>(p.shape.elements()), 1.0f), p.shape);
    p.grad_written = true;
  }
  OptimizerConfig config = config_of("sgd");
  config.momentum = config.weight_decay = 0;
  config.layer_decay = 0.5;
  make_optimizer(config, model)->step(1, 1, kNoReport);
  EXPECT_EQ(moved(model, "head.weight"), 1);
  EXPECT_EQ(moved(model, "final.gain"), 1);
  EXPECT_EQ(moved(model, "block.1.ffn.up.weight"), 0.5);
  EXPECT_EQ(moved(model, "block.0.attn.qkv.weight"), 0.25);
  EXPECT_EQ(moved(model, "encoder.final.gain"), 0.125);
  EXPECT_EQ(moved(model, "encoder.block.2.attn.qkv.weight"), 0.125);
  EXPECT_EQ(moved(model, "encoder.block.0.attn.qkv.weight"), 0.03125);
  EXPECT_EQ(moved(model, "encoder.relative"), 0.03125);
  EXPECT_EQ(moved(model, "relative"), 0.25);
  EXPECT_EQ(moved(model, "embed.tokens"), 0.015625);
}

std::string error_of(const OptimizerConfig& config) {
  Weights model;
  try {
    make_optimizer(config, model.parameters);
  } catch (const Error& e) {
    return e.what();
  }
  return "no error";
}

TEST(Optimizers, RefusesWhatMakesNoSense) {
  EXPECT_NE(error_of(config_of("adamm")).find("did you mean 'adamw'?"), std::string::npos);
  OptimizerConfig config = config_of("adamw");
  config.beta2 = 1;
  EXPECT_NE(error_of(config).find("optimizer.beta2 must be at least 0 and below 1; it is 1"), std::string::npos);
  config = config_of("adafactor");
  config.beta2_decay = 0.8;
  EXPECT_NE(error_of(config).find("beta2_decay must be below 0"), std::string::npos);
  config = config_of("muon");
  config.adjust_lr = "orignal";
  EXPECT_NE(error_of(config).find("did you mean 'original'?"), std::string::npos);
  config = config_of("sgd");
  config.lr = std::nan("");
  EXPECT_NE(error_of(config).find("optimizer.lr"), std::string::npos);
}

}  // namespace
}  // namespace gimbal
