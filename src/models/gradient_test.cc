// Gradients of whole models in double against central differences, over everything that the registries list.
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "layers/feed_forward.h"
#include "layers/positions.h"
#include "layers/residual/residual.h"
#include "models/lora.h"
#include "models/tiny_models.h"

namespace gimbal::testing {
namespace {

struct Worst {
  double error = 0;
  std::string parameter;
  bool any_zero = false;
};

// Every parameter tensor along one random direction v of its own: |g.v - D| / (|D| + 1e-3), D the fourth-order central difference
// (8 (L(h) - L(-h)) - (L(2h) - L(-2h))) / 12h.
Worst worst_gradient_error(Model& model, const TokenRows& rows, Flow flow = {}) {
  tiny_loss(model, rows, Gradients::kYes, flow);
  Worst worst;
  constexpr double kStep = 1e-4;
  for (const Parameter& p : model.parameters().all()) EXPECT_EQ(p.grad_written, p.trainable) << p.name;
  for (Parameter& p : model.parameters().all()) {
    if (!p.trainable) continue;
    Rng rng(7, "direction/" + p.name);
    std::vector<double> v(static_cast<size_t>(p.value.elements()));
    double along = 0, size = 0;
    for (size_t i = 0; i < v.size(); ++i) {
      v[i] = rng.normal();
      along += v[i] * p.grad.at(static_cast<int64_t>(i));
      size += std::abs(p.grad.at(static_cast<int64_t>(i)));
    }
    const auto moved = [&](double h) {
      for (size_t i = 0; i < v.size(); ++i) p.value.data<double>()[i] += h * v[i];
      return tiny_loss(model, rows, Gradients::kNo, flow);
    };
    const double up1 = moved(kStep), up2 = moved(kStep), down1 = moved(-3 * kStep), down2 = moved(-kStep);
    moved(2 * kStep);
    const double difference = (8 * (up1 - down1) - (up2 - down2)) / (12 * kStep);
    const double error = std::abs(along - difference) / (std::abs(difference) + 1e-3);
    if (error > worst.error) worst.error = error, worst.parameter = p.name;
    if (size == 0) worst.any_zero = true;
  }
  return worst;
}

bool refused(const Architecture& a) {
  for (const Refusal& r : refusals())
    if (r.applies(a, placement_named(a.placement))) return true;
  return false;
}

void expect_gradients(const Architecture& a, const std::string& what, Flow flow = {}) {
  const auto model = tiny_model(a, 3);
  const Worst worst = worst_gradient_error(*model, tiny_rows(a), flow);
  EXPECT_LT(worst.error, 1e-6) << what << ": " << worst.parameter;
}

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

// With cross-attention, of another depth than the encoder, and recomputed block by block; a third of the pairs, in which each choice occurs.
TEST(Gradient, EveryPlacementAndResidualOfAnEncoderDecoderRecomputed) {
  Flow flow;
  flow.recompute = true;
  std::set<std::string_view> tried;
  for (size_t place = 0; place < placements().size(); ++place)
    for (size_t rule = place % 3; rule < residual_kinds().size(); rule += 3) {
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
  EXPECT_EQ(tried.size(), placements().size() + residual_kinds().size());
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
      for (const char* qk : {"", "layer", "rms", "scale"}) {
        Architecture a = tiny_architecture();
        a.positions.kind = kind.name;
        a.positions.pairs = kv_heads == 1 ? "interleaved" : "half-split";
        a.positions.fraction = kv_heads == 1 ? 0.5 : 1;
        a.kv_heads = kv_heads;
        a.tied = kv_heads == 1;
        if (*qk) a.slot_norms.qk = NormConfig{.kind = qk};
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

// One head after the other, on an encoder, on a decoder, under a prefix mask and on an encoder-decoder, in designs that differ from one to the next.
TEST(Gradient, EveryHeadOnEveryFormOfStack) {
  const std::vector<const char*> placements = {"embed-post", "pre", "sandwich", "sub", "post", "branch"},
                                 norms = {"layer", "rms", "group", "scale", "dyt"};
  size_t turn = 0;
  for (const HeadKind& head : head_kinds()) {
    if (head.name == "none") continue;
    for (const char* form : {"full", "causal", "prefix", "encoder-decoder"}) {
      Architecture a = tiny_architecture();
      a.head = head.name;
      a.labels = {"a", "b", "c"};
      const bool pair = std::string(form) == "encoder-decoder";
      a.mask = pair ? "causal" : form;
      if (pair) a.encoder_layers = 3;
      a.token_types = 2;
      a.positions.kind = a.mask == "prefix" ? "blocks" : turn % 2 == 0 ? "relative" : "learned";
      a.positions.buckets = 4;
      a.positions.max_distance = 5;
      a.placement = placements[turn % placements.size()];
      a.norm.kind = norms[turn % norms.size()];
      a.residual.kind = turn % 3 == 0 && a.placement == "post" ? "deepnorm" : turn % 3 == 1 ? "layerscale" : "add";
      a.tied = turn % 2 == 0;
      a.scale_logits = turn % 2 == 0;
      a.scale_embeddings = turn % 3 == 0;
      ++turn;
      const auto model = tiny_model(a, 3);
      const TokenRows rows = tiny_rows_for_all(a);
      for (const bool recompute : {false, true}) {
        Flow flow;
        flow.recompute = recompute;
        const Worst worst = worst_gradient_error(*model, rows, flow);
        EXPECT_LT(worst.error, 1e-6) << head.name << " " << form << ": " << worst.parameter;
      }
    }
  }
}

// With the answers of a teacher of another width beside the targets.
TEST(Gradient, EveryHeadWithATeacher) {
  for (const HeadKind& head : head_kinds()) {
    if (head.name == "none") continue;
    Architecture a = tiny_architecture();
    a.head = head.name;
    a.labels = {"a", "b", "c"};
    a.mask = head.name == "masked" || head.name == "pretraining" ? "full" : "causal";
    a.token_types = 2;
    Architecture larger = a;
    larger.width = 12;
    const auto student = tiny_model(a, 3), teacher = tiny_model(larger, 4);
    TokenRows rows = tiny_rows_for_all(a);
    const double alone = tiny_loss(*student, rows, Gradients::kNo);
    Tape unrecorded(Tape::Mode::kInference, Tape::Phase::kEval);
    auto teachers = std::make_shared<std::vector<ops::Teacher>>();
    for (ops::LinearLogits& map : teacher->head().maps(unrecorded, teacher->hidden(unrecorded, rows, {}), rows))
      teachers->push_back({std::move(map), 1.7, 0.6});
    rows.teachers = teachers;
    EXPECT_GT(std::abs(tiny_loss(*student, rows, Gradients::kNo) - alone), 1e-4) << head.name;
    const Worst worst = worst_gradient_error(*student, rows);
    EXPECT_LT(worst.error, 1e-6) << head.name << ": " << worst.parameter;
    for (const Parameter& p : teacher->parameters().all()) EXPECT_FALSE(p.grad_written) << p.name;
  }
}

TEST(Gradient, DistanceOfHiddenStates) {
  const std::vector<double> values = {0.3, -1.2, 0.7, 2.0, 0.1, -0.4}, target = {1, 0, -0.5, 2, 2, 0.25};
  const auto tensor = [](const std::vector<double>& from) { return Tensor::from<double>(from, Shape{2, 3}, Device::kReference); };
  Tape tape(Tape::Mode::kRecord, Tape::Phase::kTrain);
  const Var x = tape.input(tensor(values));
  double sum = 0;
  const Var loss = ops::squared_distance(tape, x, tensor(target), 0.5, sum);
  tape.backward(loss);
  double squares = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    const double difference = values[i] - target[i];
    squares += difference * difference;
    EXPECT_DOUBLE_EQ(tape.gradient(x).at(static_cast<int64_t>(i)), 2 * 0.5 * difference);
  }
  EXPECT_NEAR(sum, squares, 1e-12);
  EXPECT_NEAR(loss.value.at(0), squares / 2, 1e-12);
}

TEST(Gradient, RecomputationGivesTheSameBits) {
  for (const char* norm : {"layer", "batch"}) {
    Architecture a = tiny_architecture();
    a.norm.kind = norm;
    const auto model = tiny_model(a, 3);
    const TokenRows rows = tiny_rows(a);
    std::vector<std::vector<double>> plain;
    const double loss = tiny_loss(*model, rows, Gradients::kYes);
    for (const Parameter& p : model->parameters().all()) plain.push_back(p.grad ? p.grad.to_doubles() : std::vector<double>());
    Flow flow;
    flow.recompute = true;
    EXPECT_EQ(tiny_loss(*model, rows, Gradients::kYes, flow), loss);
    size_t i = 0;
    for (const Parameter& p : model->parameters().all()) {
      if (p.trainable) {
        EXPECT_EQ(p.grad.to_doubles(), plain[i]) << p.name;
      }
      ++i;
    }
  }
}

// Paths of low rank beside every map of a frozen model, where files hold q, k and v apart (bert, llama, t5), fused (gpt2), or fused in another order
// (bloom); in bert a new head learns beside them.
TEST(Gradient, PathsOfLowRank) {
  for (const char* family : {"bert", "llama", "t5", "gpt2", "bloom"})
    for (const double dropout : {0.0, 0.4}) {
      Architecture a = tiny_of_family(family);
      if (a.family == "bert") a.head = "classify", a.labels = {"a", "b", "c"};
      if (a.family == "t5") a.activation = "geglu-tanh";  // as T5 1.1, and without a kink
      const auto model = std::make_unique<Model>(a);
      add_lora(*model, {.rank = 3, .alpha = 5, .dropout = dropout});
      model->parameters().allocate(Device::kReference, DType::kF64);
      model->parameters().initialize(3);
      disturb(*model, 3);
      for (const bool recompute : {false, true}) {
        Flow flow;
        flow.recompute = recompute;
        const Worst worst = worst_gradient_error(*model, tiny_rows_for_all(a), flow);
        EXPECT_LT(worst.error, 1e-6) << family << ": " << worst.parameter;
        EXPECT_FALSE(worst.any_zero) << family;
      }
      for (const Parameter& p : model->parameters().all()) EXPECT_EQ(p.grad.defined(), p.trainable) << p.name;  // and no memory for the others
    }
}

TEST(Gradient, FrozenPartsTakeNone) {
  for (const char* family : {"bert", "t5", "gpt2"})
    for (const char* frozen : {"embed.", "block.0.", "encoder.block."}) {
      const auto model = tiny_model(tiny_of_family(family), 3);
      for (Parameter& p : model->parameters().all()) p.trainable = p.trainable && !p.name.starts_with(frozen);
      for (const bool recompute : {false, true}) {
        Flow flow;
        flow.recompute = recompute;
        const Worst worst = worst_gradient_error(*model, tiny_rows_for_all(model->architecture()), flow);
        EXPECT_LT(worst.error, 1e-6) << family << " without " << frozen << ": " << worst.parameter;
      }
      for (const Parameter& p : model->parameters().all()) EXPECT_EQ(p.grad.defined(), p.trainable) << p.name;
    }
}

// The check above must be able to fail: a gradient that is off by a factor, or that misses one term, is seen.
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
