// GPT-1's auxiliary objective and its reading in both orders: gradients in double against central differences, and what the loss is made of.
#include "train/language_lesson.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/error.h"
#include "models/tiny_models.h"

namespace gimbal::testing {
namespace {

constexpr LossScale kScale = {.token = 1.0 / 7, .sequence = 1.0 / 3};

Architecture decoder(const std::string& head) {
  Architecture a = tiny_of_family("gpt1");
  a.head = head;
  a.labels = {"a", "b", "c"};
  return a;
}

// Two records, each of two sequences.
TokenRows in_both_orders(const Architecture& a) {
  TokenRows rows = tiny_rows_for_all(a);
  rows.choices = 2;
  if (a.head == "classify") rows.labels = {2, 0};
  if (a.head == "regress") rows.values = {0.5, -1};
  return rows;
}

double loss_of(Lesson& lesson, Model& model, const TokenRows& rows, bool with_gradients) {
  model.parameters().clear_gradients();
  Tape tape(with_gradients ? Tape::Mode::kRecord : Tape::Mode::kInference, Tape::Phase::kTrain);
  Losses losses;
  const Var loss = lesson.loss(tape, model, rows, {}, {.label_smoothing = 0.1, .z_loss = 0.01}, kScale, losses);
  if (with_gradients) tape.backward(loss);
  return losses.sequences.loss / 3 + losses.inner;
}

double worst_error(Lesson& lesson, Model& model, const TokenRows& rows) {
  loss_of(lesson, model, rows, true);
  double worst = 0;
  constexpr double kStep = 1e-4;
  for (Parameter& p : model.parameters().all()) {
    Rng rng(7, "direction/" + p.name);
    std::vector<double> v(static_cast<size_t>(p.value.elements()));
    double along = 0;
    for (size_t i = 0; i < v.size(); ++i) v[i] = rng.normal(), along += v[i] * p.grad.at(static_cast<int64_t>(i));
    const auto moved = [&](double h) {
      for (size_t i = 0; i < v.size(); ++i) p.value.data<double>()[i] += h * v[i];
      return loss_of(lesson, model, rows, false);
    };
    const double up1 = moved(kStep), up2 = moved(kStep), down1 = moved(-3 * kStep), down2 = moved(-kStep);
    moved(2 * kStep);
    const double difference = (8 * (up1 - down1) - (up2 - down2)) / (12 * kStep);
    worst = std::max(worst, std::abs(along - difference) / (std::abs(difference) + 1e-3));
  }
  return worst;
}

TEST(LanguageLesson, GradientsWithEveryHeadThatItGoesWith) {
  for (const char* head : {"classify", "regress", "choice"}) {
    const Architecture a = decoder(head);
    const auto model = tiny_model(a, 3);
    const auto lesson = make_language_lesson(a, 0.5);
    EXPECT_LT(worst_error(*lesson, *model, in_both_orders(a)), 1e-6) << head;
  }
}

TEST(LanguageLesson, AddsTheWeightTimesTheLossOfNextTokens) {
  const Architecture a = decoder("classify");
  const auto model = tiny_model(a, 3);
  const TokenRows rows = in_both_orders(a);
  const auto at = [&](double weight) { return loss_of(*make_language_lesson(a, weight), *model, rows, false); };
  Lesson plain;
  const double task = loss_of(plain, *model, rows, false);
  EXPECT_NEAR(at(1) - task, 2 * (at(0.5) - task), 1e-12);
  Architecture language = a;
  language.head = "language";
  const auto speaker = tiny_model(language, 3);  // the same weights: parameters are drawn by their names
  EXPECT_NEAR(at(0.5) - task, 0.5 * tiny_loss(*speaker, rows, Gradients::kNo), 1e-12);
}

TEST(LanguageLesson, ReadingInBothOrdersAddsTheSummaries) {
  const Architecture a = decoder("regress");
  const auto model = tiny_model(a, 3);
  const TokenRows both = in_both_orders(a);
  TokenRows each = both;
  each.choices = 1;
  Tape tape(Tape::Mode::kInference, Tape::Phase::kEval);
  const auto answers = [&](const TokenRows& rows) { return model->head().answers(tape, model->hidden(tape, rows, {}), rows).at("logits").value; };
  const Tensor one = answers(each), sums = answers(both);
  ASSERT_EQ(sums.elements(), 2);
  for (int64_t i = 0; i < 2; ++i) EXPECT_NEAR(sums.at(i), one.at(2 * i) + one.at(2 * i + 1), 1e-12);  // a decoder's map has no bias
}

TEST(LanguageLesson, RefusesModelsThatCannotSpeakBesideTheirHead) {
  Architecture untied = decoder("classify"), encoder = untied;
  untied.tied = false;
  encoder.mask = "full";
  for (const Architecture& a : {untied, encoder}) EXPECT_THROW(make_language_lesson(a, 0.5), Error);
  EXPECT_THROW(make_language_lesson(decoder("classify"), -1), Error);
}

}  // namespace
}  // namespace gimbal::testing
