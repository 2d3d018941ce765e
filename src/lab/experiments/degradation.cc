// E13: deeper plain nets train worse although their gradients do not vanish (arXiv:1512.03385).
#include "lab/studies/degradation.h"

#include <algorithm>

#include "lab/judging.h"
#include "lab/studies/as_cell.h"

namespace gimbal::lab {
namespace degradation_study {

constexpr double kTolerance = 0.05;  // nats
constexpr double kVanishing = 1e-3;  // of the last layer's gradient

std::vector<Cell> cells(Size size) {
  if (size == Size::kQuick) return {};
  const auto of = [](const char* shortcut, const std::vector<Json>& starts, const std::vector<Json>& depths) {
    return grid({{"shortcut", {shortcut}}, {"branch_start", starts}, {"depth", depths}, {"lr", {0.01, 0.03, 0.1}}}, 3);
  };
  const auto arms = [&](const std::vector<Json>& depths) { return together(of("plain", {1}, depths), of("residual", {1, 0}, depths)); };
  const std::vector<Cell> small = arms({20, 56});
  return size == Size::kStandard ? small : together(small, arms({8, 110}));
}

Measured measure(const Cell& cell) { return measured_by(degradation::run, cell); }

Finding judge(const Results& all) {
  const Results best = at_best(all, {"shortcut", "branch_start", "depth"}, "train_loss");
  const auto arm = [&](const char* shortcut, int64_t start, int64_t depth) {
    return best.where({{"shortcut", shortcut}, {"branch_start", start}, {"depth", depth}});
  };
  const auto loss = [&](const char* shortcut, int64_t start, int64_t depth) { return arm(shortcut, start, depth).spread("train_loss"); };
  const Spread shallow = loss("plain", 1, 20), deep = loss("plain", 1, 56), residual_shallow = loss("residual", 1, 20),
               residual = loss("residual", 1, 56);
  const Spread at_start = arm("plain", 1, 56).spread("gradient_ratio_at_start"), at_end = arm("plain", 1, 56).spread("gradient_ratio_at_end");
  const bool degrades = lies_below(shallow, deep), vanishes = std::min(at_start.least, at_end.least) <= kVanishing;
  Finding finding;
  finding.verdict = verdict_of(degrades && !vanishes && residual.median <= residual_shallow.median + kTolerance);
  finding.sentence =
      cat("From 20 to 56 layers the training loss goes from ", spread_text(shallow), " to ", spread_text(deep), " without shortcuts, from ",
          spread_text(residual_shallow), " to ", spread_text(residual), " with them, and from ", spread_text(loss("residual", 0, 20)), " to ",
          spread_text(loss("residual", 0, 56)), " when blocks start as the identity; the first layer's gradient in the plain net of 56 is ",
          spread_text(at_start), " times the last one's before training and ", spread_text(at_end), " after.");
  finding.tables.push_back(table_of("Perceptrons with BatchNorm at the best rate; the first layer's gradient over the last one's", best,
                                    {"shortcut", "branch_start", "depth", "lr"},
                                    {"train_loss", "train_error", "gradient_ratio_at_start", "gradient_ratio_at_end"}));
  finding.evidence = {{"S9", refuted_where(degrades && !vanishes),
                       cat("the plain net of 56 layers trains to ", number_text(deep.median), ", that of 20 to ", number_text(shallow.median),
                           ", while its first layer's gradient is ", number_text(at_start.median), " times the last one's (",
                           number_text(at_end.median), " after training)")}};
  return finding;
}

}  // namespace degradation_study

Experiment depth_degradation() {
  using namespace degradation_study;
  return {.name = "degradation",
          .code = "E13",
          .claim = "Deeper plain nets with BatchNorm have a higher training loss although their gradients do not vanish; residual ones do not.",
          .source = "He et al. 2016, arXiv:1512.03385, section 4.1",
          .published = "",
          .criterion =
              "each arm at its best rate: the plain net's training loss at 56 layers is above that at 20, ranges apart, while its first layer's "
              "gradient is more than a thousandth of the last one's before and after training; the residual net's median at 56, blocks started as "
              "usual, is at most 0.05 nats above that at 20",
          .cost = "1 s a cell",
          .cells = cells,
          .measure = measure,
          .judge = judge};
}

}  // namespace gimbal::lab
