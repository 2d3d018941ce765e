// What holds for every design: no token sees a later one, and dropout is differentiated with the mask that it was computed with.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "layers/positions.h"
#include "models/tiny_models.h"

namespace gimbal::testing {
namespace {

std::vector<double> logits_of(Model& model, const std::vector<int32_t>& ids) {
  Tape tape(Tape::Mode::kInference, Tape::Phase::kEval);
  const TokenRows rows = make_rows({&ids, 1}, {}, model.architecture().context, model.device());
  return model.logits(tape, model.hidden(tape, rows, {})).value.to_doubles();
}

TEST(Stack, NoTokenSeesALaterOne) {
  for (const NormKind& norm : norm_kinds())
    for (const Placement& placement : placements())
      for (const PositionKind& positions : position_kinds()) {
        Architecture a = tiny_architecture();
        a.norm.kind = norm.name;
        a.placement = placement.name;
        a.positions.kind = positions.name;
        a.attention = "alternating";
        a.attention_window = 2;
        if (std::any_of(refusals().begin(), refusals().end(), [&](const Refusal& r) { return r.applies(a, placement); })) continue;
        const auto model = tiny_model(a, 3, Device::kCpu);
        const auto first = logits_of(*model, {1, 2, 3, 4, 5, 6}), second = logits_of(*model, {1, 2, 3, 9, 8, 7});
        const auto half = static_cast<ptrdiff_t>(first.size() / 2);
        EXPECT_TRUE(std::equal(first.begin(), first.begin() + half, second.begin())) << norm.name << " " << placement.name << " " << positions.name;
        EXPECT_FALSE(std::equal(first.begin() + half, first.end(), second.begin() + half))
            << norm.name << " " << placement.name << " " << positions.name;
      }
}

Architecture with_dropout(std::string_view positions, const char* placement) {
  Architecture a = tiny_architecture();
  a.positions.kind = positions;
  a.placement = placement;
  a.dropout = 0.3;
  a.attention_dropout = 0.4;
  a.embedding_dropout = 0.2;
  return a;
}

// |g.v - (L(+h) - L(-h)) / 2h| / (|g.v| + 1e-3) along a random direction of each parameter, in double, the same elements dropped every time.
double worst_gradient_error(Model& model, const TokenRows& rows, const Flow& flow) {
  constexpr double kStep = 1e-5;
  tiny_loss(model, rows, Gradients::kYes, flow);
  double worst = 0;
  for (Parameter& p : model.parameters().all()) {
    if (!p.trainable) continue;
    Rng rng(7, "direction/" + p.name);
    std::vector<double> v(static_cast<size_t>(p.value.elements()));
    double along = 0;
    for (size_t i = 0; i < v.size(); ++i) along += (v[i] = rng.normal()) * p.grad.at(static_cast<int64_t>(i));
    const auto moved = [&](double h) {
      for (size_t i = 0; i < v.size(); ++i) p.value.data<double>()[i] += h * v[i];
      return tiny_loss(model, rows, Gradients::kNo, flow);
    };
    const double plus = moved(kStep), minus = moved(-2 * kStep);
    moved(kStep);
    const double difference = (plus - minus) / (2 * kStep);
    worst = std::max(worst, std::abs(along - difference) / (std::abs(difference) + 1e-3));
  }
  return worst;
}

TEST(Stack, DropoutIsDifferentiated) {
  for (const PositionKind& positions : position_kinds())
    for (const char* placement : {"post", "sub"})
      for (const bool recompute : {false, true}) {
        Architecture a = with_dropout(positions.name, placement);
        const auto model = tiny_model(a, 3);
        Flow flow;
        flow.recompute = recompute;
        EXPECT_LT(worst_gradient_error(*model, tiny_rows(a), flow), 2e-6) << positions.name << " " << placement << " " << recompute;
        const double dropped = tiny_loss(*model, tiny_rows(a), Gradients::kNo);
        a.dropout = 0;
        a.attention_dropout = a.embedding_dropout = 0;
        EXPECT_GT(std::abs(dropped - tiny_loss(*tiny_model(a, 3), tiny_rows(a), Gradients::kNo)), 1e-4) << "nothing was dropped";
      }
}

TEST(Stack, DropoutDropsTheSameOnEveryDevice) {
  for (const PositionKind& positions : position_kinds()) {
    const Architecture a = with_dropout(positions.name, "pre");
    const auto exact = tiny_model(a, 3), fast = tiny_model(a, 3, Device::kCpu);
    const double want = tiny_loss(*exact, tiny_rows(a), Gradients::kYes), got = tiny_loss(*fast, tiny_rows(a, Device::kCpu), Gradients::kYes);
    EXPECT_NEAR(got, want, 1e-5) << positions.name;
    for (const Parameter& p : exact->parameters().all()) {
      if (!p.trainable) continue;
      double difference = 0, size = 0;
      for (int64_t i = 0; i < p.grad.elements(); ++i) {
        difference = std::max(difference, std::abs(p.grad.at(i) - fast->parameters().find(p.name)->grad.at(i)));
        size = std::max(size, std::abs(p.grad.at(i)));
      }
      EXPECT_LE(difference, 1e-5 * size + 1e-7) << positions.name << " " << p.name;
    }
  }
}

}  // namespace
}  // namespace gimbal::testing
