// Gradients of whole models in double against central differences: every design that the registries list.
#include <gtest/gtest.h>

#include <set>
#include <vector>

#include "layers/feed_forward.h"
#include "layers/positions.h"
#include "layers/residual/residual.h"
#include "models/gradient_check.h"

namespace gimbal::testing {
namespace {

// Each norm in each placement with each residual rule would be thousands of models: here are all pairs of two, the third of them going round.
TEST(Gradient, EveryPairOfNormPlacementAndResidual) {
  const size_t norms = norm_kinds().size(), places = placements().size(), rules = residual_kinds().size();
  std::set<std::string> tried;
  const auto expect_one = [&](size_t norm, size_t place, size_t rule) {
    Architecture a = tiny_architecture();
    a.norm.kind = norm_kinds()[norm].name;
    a.placement = placements()[place].name;
    a.residual.kind = residual_kinds()[rule].name;
    a.residual.streams = 3;
    if (refused(a)) return false;
    const std::string what = cat(a.norm.kind, " ", a.placement, " ", a.residual.kind);
    if (tried.insert(what).second) expect_gradients(a, what);
    return true;
  };
  size_t turn = 0;
  const auto any_of = [&](size_t count, const auto& expect) {
    for (size_t i = 0; i < count; ++i)
      if (expect(++turn % count)) return;
  };
  for (size_t norm = 0; norm < norms; ++norm)
    for (size_t place = 0; place < places; ++place) any_of(rules, [&](size_t rule) { return expect_one(norm, place, rule); });
  for (size_t norm = 0; norm < norms; ++norm)
    for (size_t rule = 0; rule < rules; ++rule) any_of(places, [&](size_t place) { return expect_one(norm, place, rule); });
  for (size_t place = 0; place < places; ++place)
    for (size_t rule = 0; rule < rules; ++rule) any_of(norms, [&](size_t norm) { return expect_one(norm, place, rule); });
  EXPECT_GT(tried.size(), 250u);
}

// With cross-attention, of another depth than the encoder, and recomputed block by block; half of the pairs, in which each choice occurs.
TEST(Gradient, EveryPlacementAndResidualOfAnEncoderDecoderRecomputed) {
  Flow flow;
  flow.recompute = true;
  std::set<std::string_view> tried;
  for (size_t place = 0; place < placements().size(); ++place)
    for (size_t rule = place % 2; rule < residual_kinds().size(); rule += 2) {
      const ResidualKind& residual = residual_kinds()[rule];
      Architecture a = tiny_architecture();
      a.layers = 1;
      a.encoder_layers = 2;
      a.norm.kind = residual.needs == ResidualNeeds::kNoNorm ? "none" : "layer";
      a.placement = placements()[place].name;
      a.residual.kind = residual.name;
      a.residual.streams = 2;
      if (refused(a)) continue;
      const auto model = tiny_model(a, 3);
      const Worst worst = worst_gradient_error(*model, tiny_rows_for_all(a), flow);
      EXPECT_LT(worst.error, 1e-6) << a.placement << " " << residual.name << ": " << worst.parameter;
      EXPECT_EQ(worst.any_zero, residual.name == "deepnorm-no-branch") << a.placement << " " << residual.name << ": " << worst.parameter;
      tried.insert(placements()[place].name);
      tried.insert(residual.name);
    }
  for (const Placement& placement : placements()) EXPECT_TRUE(tried.contains(placement.name)) << placement.name;
  for (const ResidualKind& residual : residual_kinds()) EXPECT_TRUE(tried.contains(residual.name)) << residual.name;
}

TEST(Gradient, EveryActivation) {
  for (const ActivationName& activation : activation_names()) {
    if (activation.name == "step") continue;  // its surrogate is not its derivative, by definition
    Architecture a = tiny_architecture();
    a.activation = activation.name;
    a.activation_beta = 1.7;
    if (a.activation == "relu" || a.activation == "reglu") a.init.std = 0.5;  // away from the kink
    expect_gradients(a, a.activation);
  }
}

TEST(Gradient, EveryPositionAndHeadForm) {
  for (const PositionKind& kind : position_kinds())
    for (const int64_t kv_heads : {1, 2})
      for (const char* qk : {"", "layer", "rms", "scale", "prms", "l2"}) {
        Architecture a = tiny_architecture();
        a.positions.kind = kind.name;
        a.positions.pairs = kv_heads == 1 ? "interleaved" : "half-split";
        a.positions.fraction = kv_heads == 1 ? 0.5 : 1;
        a.kv_heads = kv_heads;
        a.tied = kv_heads == 1;
        if (*qk) a.slot_norms.qk = NormConfig{.kind = qk, .share = 0.5};
        expect_gradients(a, cat(kind.name, " kv ", kv_heads, " qk ", qk));
      }
}

TEST(Gradient, OnePlusGainBandedAttentionAndDifferentSlots) {
  Architecture a = tiny_architecture();
  a.norm.kind = "rms";
  a.norm.one_plus_gain = true;
  a.attention = "alternating";
  a.attention_window = 2;
  a.placement = "sandwich";
  a.slot_norms.out = NormConfig{.kind = "batch"};
  a.slot_norms.final = NormConfig{.kind = "dyt"};
  expect_gradients(a, "mixed slots");
}

// The check must be able to fail: a gradient that is off by a factor, or that misses one term, is seen.
TEST(Gradient, AWrongGradientIsCaught) {
  const Architecture a = tiny_architecture();
  const auto model = tiny_model(a, 3);
  const TokenRows rows = tiny_rows(a);
  tiny_loss(*model, rows, Gradients::kYes);
  Parameter& gain = *model->parameters().find("block.0.attn.before.gain");
  double exact = 0;
  for (int64_t i = 0; i < gain.grad.elements(); ++i) exact += std::abs(gain.grad.at(i));
  EXPECT_GT(exact, 1e-3);  // there is something to be wrong about

  // A model whose first norm forgets the mean term of its backward, built from the same operations.
  Tape tape(Tape::Mode::kRecord, Tape::Phase::kTrain);
  const std::vector<double> values = {0.3, -1.2, 0.7, 2.0};
  const Var x = tape.input(Tensor::from<double>(values, Shape{1, 4}, Device::kReference));
  const auto wrong = [&](const Var& in) {
    Tape inner(Tape::Mode::kInference, Tape::Phase::kTrain);
    const Var y = ops::row_norm(inner, {.stat = ops::RowStat::kLayer, .eps = 1e-5}, Tape::constant(in.value), nullptr, nullptr, DType::kF64);
    return tape.emit(y.value, true, [in, y](Tape& t, const Tensor& dy) { t.add_gradient(in, dy.clone()); });
  };
  const Var y = wrong(x);
  const std::vector<double> dy = {1.0, 0.5, -0.25, 2.0};
  tape.backward(y, Tensor::from<double>(dy, Shape{1, 4}, Device::kReference));
  double along = 0, difference = 0;
  const std::vector<double> v = {0.4, -0.3, 0.9, 0.1};
  const auto f = [&](double h) {
    std::vector<double> moved = values;
    for (size_t i = 0; i < 4; ++i) moved[i] += h * v[i];
    Tape t(Tape::Mode::kInference, Tape::Phase::kTrain);
    const Var out = ops::row_norm(t, {.stat = ops::RowStat::kLayer, .eps = 1e-5},
                                  Tape::constant(Tensor::from<double>(moved, Shape{1, 4}, Device::kReference)), nullptr, nullptr, DType::kF64);
    double s = 0;
    for (int64_t i = 0; i < 4; ++i) s += out.value.at(i) * dy[static_cast<size_t>(i)];
    return s;
  };
  for (int64_t i = 0; i < 4; ++i) along += tape.gradient(x).at(i) * v[static_cast<size_t>(i)];
  difference = (f(1e-5) - f(-1e-5)) / 2e-5;
  EXPECT_GT(std::abs(along - difference) / (std::abs(difference) + 1e-3), 0.1);
}

}  // namespace
}  // namespace gimbal::testing
