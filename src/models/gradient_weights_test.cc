// Gradients of whole models in double: weights held to a scheme, paths of low rank, frozen parts, passes made again.
#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "layers/weights/weights.h"
#include "models/gradient_check.h"
#include "models/lora.h"

namespace gimbal::testing {
namespace {

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

}  // namespace
}  // namespace gimbal::testing
