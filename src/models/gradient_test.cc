// Gradients of whole models in double against central differences, over everything that the registries list.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <set>

#include "layers/feed_forward.h"
#include "layers/positions.h"
#include "layers/residual/residual.h"
#include "layers/weights/weights.h"
#include "models/lora.h"
#include "models/tiny_models.h"

namespace gimbal::testing {
namespace {

struct Worst {
  double error = 0;
  std::string parameter;
  bool any_zero = false;
  std::set<std::string> reached;
};

// Every parameter tensor along one random direction v of its own: |g.v - D| / (|D| + 1e-3), D the fourth-order central difference
// (8 (L(h) - L(-h)) - (L(2h) - L(-2h))) / 12h.
Worst worst_gradient_error(Model& model, const std::function<double(Gradients)>& loss) {
  const std::vector<Tensor> state = state_of(model);  // of norms that run over the steps: each loss begins with the same
  loss(Gradients::kYes);
  Worst worst;
  constexpr double kStep = 1e-4;
  std::vector<Parameter*> reached;  // what follows forgets it
  for (Parameter& p : model.parameters().all())
    if (p.grad_written) reached.push_back(&p);
  for (Parameter* parameter : reached) {
    Parameter& p = *parameter;
    worst.reached.insert(p.name);
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
      set_state(model, state);
      return loss(Gradients::kNo);
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

Worst worst_gradient_error(Model& model, const TokenRows& rows, Flow flow = {}, Tape::Phase phase = Tape::Phase::kTrain) {
  const Worst worst = worst_gradient_error(model, [&](Gradients gradients) { return tiny_loss(model, rows, gradients, flow, phase); });
  for (const Parameter& p : model.parameters().all()) EXPECT_EQ(worst.reached.contains(p.name), p.trainable) << p.name;
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

// nGPT whole, or one scheme of weights on the family's own design.
Architecture with_weights(const std::string& family, std::string_view scheme) {
  Architecture a = tiny_of_family(family);
  a.weights = scheme;
  if (a.activation == "relu") a.activation = "gelu";  // without a kink
  if (scheme != "ngpt") return a;
  a.norm = {.kind = "l2", .eps = 0};
  a.placement = "sphere";
  a.residual.kind = "lerp";
  a.slot_norms.qk = a.norm;
  return a;
}

// Of sigma the gradient is that of constant singular vectors, which is exact where they stay: outside of training.
TEST(Gradient, EveryWeightScheme) {
  for (const WeightScheme& scheme : weight_schemes())
    for (const Family* family : families())
      for (const bool recompute : {false, true}) {
        const Architecture a = with_weights(std::string(family->name), scheme.name);
        const auto model = tiny_model(a, 3);
        Flow flow;
        flow.recompute = recompute;
        const Worst worst = worst_gradient_error(*model, tiny_rows_for_all(a), flow, Tape::Phase::kEval);
        EXPECT_LT(worst.error, 1e-6) << scheme.name << " " << family->name << ": " << worst.parameter;
      }
}

// A teacher and its student whose logits have learned scales.
TEST(Gradient, ScaledLogitsOfATeacher) {
  const Architecture a = with_weights("llama", "ngpt");
  const auto student = tiny_model(a, 3), teacher = tiny_model(a, 4);
  TokenRows rows = tiny_rows(a);
  Tape unrecorded(Tape::Mode::kInference, Tape::Phase::kEval);
  auto teachers = std::make_shared<std::vector<ops::Teacher>>();
  for (ops::LinearLogits& map : teacher->head().maps(unrecorded, teacher->hidden(unrecorded, rows, {}), rows))
    teachers->push_back({std::move(map), 1.7, 0.6});
  rows.teachers = teachers;
  const Worst worst = worst_gradient_error(*student, rows);
  EXPECT_LT(worst.error, 1e-6) << worst.parameter;
}

// With singular vectors that have settled a training pass has the gradient of the evaluation that follows it; and a replay takes no step.
TEST(Gradient, ASpectralTrainingPassIsItsEvaluation) {
  Architecture a = with_weights("llama", "sigma");
  const auto model = tiny_model(a, 3);
  const TokenRows rows = tiny_rows(a);
  for (int i = 0; i < 5; ++i) tiny_loss(*model, rows, Gradients::kNo);
  std::vector<std::vector<double>> gradients[2];
  double losses[2];
  Flow flow;
  flow.recompute = true;
  const std::vector<Tensor> before = state_of(*model);
  losses[0] = tiny_loss(*model, rows, Gradients::kYes, flow);
  for (const Parameter& p : model->parameters().all()) gradients[0].push_back(p.trainable ? p.grad.to_doubles() : std::vector<double>());
  const std::vector<Tensor> after = state_of(*model);
  EXPECT_NE(before[0].to_doubles(), after[0].to_doubles());
  losses[1] = tiny_loss(*model, rows, Gradients::kYes, {}, Tape::Phase::kEval);
  for (const Parameter& p : model->parameters().all()) gradients[1].push_back(p.trainable ? p.grad.to_doubles() : std::vector<double>());
  EXPECT_EQ(losses[0], losses[1]);
  EXPECT_EQ(gradients[0], gradients[1]);
  EXPECT_EQ(after[0].to_doubles(), state_of(*model)[0].to_doubles());
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
    if (head.name == "none" || head.name == "embed") continue;  // which tell a student nothing
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

// Every pooling, with in-batch negatives (a hard one among them) and with scored pairs; on an encoder-decoder there is only the encoder.
TEST(Gradient, EmbeddingsInEveryPoolingAndLoss) {
  for (const char* family : {"bert", "t5", "gpt2"})
    for (const char* pooling : {"mean", "cls", "last"})
      for (const bool scored : {false, true}) {
        Architecture a = tiny_of_family(family);
        if (a.family == "gpt2" && std::string(pooling) == "cls") continue;
        if (a.family == "t5") a.activation = "geglu-tanh";
        a.head = "embed";
        a.pooling = pooling;
        a.similarity_scale = 3;
        const auto model = tiny_model(a, 3);
        for (const Parameter& p : model->parameters().all()) EXPECT_FALSE(a.encoder_layers > 0 && p.name.starts_with("block.")) << p.name;
        TokenRows rows = tiny_rows_for_all(a);
        rows.encoder = nullptr;
        rows.labels = scored ? std::vector<int32_t>() : std::vector<int32_t>{1, -1, -1, 2};
        if (scored) rows.values = {0.75, -0.5};
        const Worst worst = worst_gradient_error(*model, rows);
        EXPECT_LT(worst.error, 1e-6) << family << " " << pooling << ": " << worst.parameter;
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

// Ragged sequences; what the mask shows of them; heads of other widths than the teacher's; columns within a wider variable.
struct Relations {
  std::vector<ops::Segment> segments = {{0, 4, 0, 4, 2}, {4, 1, 4, 1, 0}, {5, 3, 5, 3, 3}};
  ops::Mask mask;
  int64_t heads;

  static std::vector<double> values(int64_t columns, const char* name) {
    Rng rng(11, name);
    std::vector<double> all(static_cast<size_t>(8 * columns));
    for (double& v : all) v = rng.normal();
    return all;
  }
  static Tensor tensor(const std::vector<double>& from) {
    return Tensor::from<double>(from, Shape{8, static_cast<int64_t>(from.size()) / 8}, Device::kReference);
  }
  double loss(const Var& ours, const Var& theirs, Tape& tape) const {
    double sum = 0;
    const Var loss = ops::relation_distance(tape, {heads, mask}, std::make_shared<const std::vector<ops::Segment>>(segments), {ours, 2, 4},
                                            {theirs, 1, 12}, 0.7, sum);
    EXPECT_NEAR(loss.value.at(0), 0.7 * sum, 1e-12);
    if (tape.recording()) tape.backward(loss);
    return sum;
  }
  // log softmax of a row's scores over what it sees.
  std::vector<double> row(const std::vector<double>& x, int64_t columns, int64_t begin, int64_t width, const ops::Segment& s, int64_t i) const {
    std::vector<double> scores;
    double sum = 0;
    for (int64_t j = 0; j < s.q_len; ++j) {
      if (mask != ops::Mask::kFull && j > i && !(mask == ops::Mask::kPrefix && j < s.prefix)) continue;
      double dot = 0;
      for (int64_t c = begin; c < begin + width; ++c)
        dot += x[static_cast<size_t>((s.q_begin + i) * columns + c)] * x[static_cast<size_t>((s.q_begin + j) * columns + c)];
      scores.push_back(dot / std::sqrt(static_cast<double>(width)));
      sum += std::exp(scores.back());
    }
    for (double& score : scores) score -= std::log(sum);
    return scores;
  }
  double definition(const std::vector<double>& ours, const std::vector<double>& theirs) const {
    double total = 0;
    for (const ops::Segment& s : segments)
      for (int64_t h = 0; h < heads; ++h)
        for (int64_t i = 0; i < s.q_len; ++i) {
          const std::vector<double> p = row(ours, 7, 2 + h * 4 / heads, 4 / heads, s, i), r = row(theirs, 14, 1 + h * 12 / heads, 12 / heads, s, i);
          for (size_t j = 0; j < p.size(); ++j) total += std::exp(r[j]) * (r[j] - p[j]);
        }
    return total;
  }
};

TEST(Gradient, DistanceOfRelations) {
  for (const ops::Mask mask : {ops::Mask::kFull, ops::Mask::kCausal, ops::Mask::kPrefix})
    for (const int64_t heads : {1, 2, 4}) {
      Relations relations{.mask = mask, .heads = heads};
      std::vector<double> ours = Relations::values(7, "ours");
      const std::vector<double> theirs = Relations::values(14, "theirs");
      const auto loss = [&] {
        Tape tape(Tape::Mode::kInference, Tape::Phase::kTrain);
        return relations.loss(tape.input(Relations::tensor(ours)), Tape::constant(Relations::tensor(theirs)), tape);
      };
      Tape tape(Tape::Mode::kRecord, Tape::Phase::kTrain);
      const Var x = tape.input(Relations::tensor(ours));
      EXPECT_NEAR(relations.loss(x, Tape::constant(Relations::tensor(theirs)), tape), relations.definition(ours, theirs), 1e-10);
      EXPECT_GT(loss(), 0.1);
      for (size_t i = 0; i < ours.size(); ++i) {
        const double at = ours[i], step = 1e-5;
        ours[i] = at + step;
        const double up = loss();
        ours[i] = at - step;
        const double down = loss();
        ours[i] = at;
        EXPECT_NEAR(tape.gradient(x).at(static_cast<int64_t>(i)), 0.7 * (up - down) / (2 * step), 1e-8) << i;
      }
      // A side that is its own teacher is at its end.
      Tape same(Tape::Mode::kRecord, Tape::Phase::kTrain);
      const Var y = same.input(Relations::tensor(theirs));
      double sum = 0;
      const ops::RelatedRows rows{y, 1, 12};
      same.backward(
          ops::relation_distance(same, {heads, mask}, std::make_shared<const std::vector<ops::Segment>>(relations.segments), rows, rows, 1, sum));
      EXPECT_NEAR(sum, 0, 1e-12);
      for (int64_t i = 0; i < 8 * 14; ++i) EXPECT_NEAR(same.gradient(y).at(i), 0, 1e-12);
    }
}

// From the last block's attention down to the embeddings: under every mask, with rotations, norms of heads and shared key heads on the way.
TEST(Gradient, AttentionOfATeacherOnEveryFormOfStack) {
  for (const char* form : {"full", "causal", "prefix", "encoder-decoder"}) {
    Architecture a = tiny_architecture();
    const bool pair = std::string(form) == "encoder-decoder";
    a.mask = pair ? "causal" : form;
    if (pair) a.encoder_layers = 3;
    a.positions.kind = pair ? "relative" : a.mask == "prefix" ? "blocks" : "rotary";
    a.positions.buckets = 4;
    a.positions.max_distance = 5;
    if (a.mask == "causal") a.kv_heads = 1;
    if (a.mask == "full") a.slot_norms.qk = NormConfig{.kind = "rms"};
    Architecture larger = a;
    larger.width = 12, larger.heads = 3, larger.head_width = 4;
    if (larger.kv_heads) larger.kv_heads = 3;
    const auto student = tiny_model(a, 3), teacher = tiny_model(larger, 4);
    const TokenRows rows = tiny_rows_for_all(a);
    AttentionParts theirs, their_encoders;
    Flow teaching;
    teaching.attention = &theirs, teaching.encoder_attention = &their_encoders;
    Tape unrecorded(Tape::Mode::kInference, Tape::Phase::kEval);
    teacher->hidden(unrecorded, rows, teaching);
    for (const bool recompute : {false, true}) {
      const auto loss = [&](Gradients gradients) {
        student->parameters().clear_gradients();
        Tape tape(gradients == Gradients::kYes ? Tape::Mode::kRecord : Tape::Mode::kInference, Tape::Phase::kTrain);
        AttentionParts ours, our_encoders;
        Flow flow;
        flow.recompute = recompute;
        flow.attention = &ours, flow.encoder_attention = &our_encoders;
        student->hidden(tape, rows, flow);
        double sum = 0;
        std::optional<Var> total;
        const auto add = [&](const AttentionParts& s, const AttentionParts& t, const TokenRows& of) {
          const int64_t w = s.spec.head_width, z = t.spec.head_width;
          for (const auto& [x, y] : {std::pair{ops::RelatedRows{s.q.var, s.q.begin, s.spec.heads * w}, ops::RelatedRows{t.q.var, t.q.begin, 3 * z}},
                                     {{s.k.var, s.k.begin, s.spec.kv_heads * w}, {t.k.var, t.k.begin, t.spec.kv_heads * z}},
                                     {{s.v.var, s.v.begin, s.spec.kv_heads * w}, {t.v.var, t.v.begin, t.spec.kv_heads * z}}}) {
            const Var term = ops::relation_distance(tape, {2, s.spec.mask}, of.segments, x, y, 1, sum);
            total = total ? ops::sum_of_losses(tape, *total, term) : term;
          }
        };
        add(ours, theirs, rows);
        if (pair) add(our_encoders, their_encoders, *rows.encoder);
        if (gradients == Gradients::kYes) tape.backward(*total);
        return sum;
      };
      const Worst worst = worst_gradient_error(*student, loss);
      EXPECT_LT(worst.error, 1e-6) << form << ": " << worst.parameter;
      for (const char* reached : {"embed.tokens", "block.0.attn.qkv.weight", "block.1.attn.qkv.weight", "block.0.ffn.up.weight"})
        EXPECT_TRUE(worst.reached.contains(reached)) << form << ": " << reached;
      EXPECT_FALSE(worst.reached.contains("block.1.ffn.up.weight")) << form;
      for (const Parameter& p : teacher->parameters().all()) EXPECT_FALSE(p.grad_written) << p.name;
    }
  }
}

TEST(Gradient, RecomputationGivesTheSameBits) {
  for (const char* norm : {"layer", "batch", "power"}) {
    Architecture a = tiny_architecture();
    a.norm.kind = norm;
    const auto model = tiny_model(a, 3);
    const TokenRows rows = tiny_rows(a);
    tiny_loss(*model, rows, Gradients::kYes);  // so that what runs over the steps has left its start
    const std::vector<Tensor> state = state_of(*model);
    std::vector<std::vector<double>> plain;
    const double loss = tiny_loss(*model, rows, Gradients::kYes);
    for (const Parameter& p : model->parameters().all()) plain.push_back(p.grad ? p.grad.to_doubles() : std::vector<double>());
    set_state(*model, state);
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
