// E18: kinds of the feed-forward branch at equal numbers of weights, its widening, and the branch without a non-linearity (arXiv:2002.05202).
#include "lab/judging.h"
#include "lab/stand/on_text.h"

namespace gimbal::lab {
namespace feed_forward_study {

// An arm is an activation and how many times the branch widens; a gated one has two thirds of that, which are as many weights.
std::vector<Cell> cells(Size size) {
  if (size == Size::kQuick) return {};
  const auto arms = [](const std::vector<Json>& names, int64_t layers, int64_t width, int64_t steps, const std::vector<Json>& rates, int64_t seeds) {
    return grid({{"arm", names}, {"layers", {layers}}, {"width", {width}}, {"steps", {steps}}, {"lr", rates}}, seeds, kFreshSeed);
  };
  const std::vector<Cell> small = arms({"relu x4", "gelu x4", "swiglu x4", "linear x4", "relu x1", "relu x8"}, 2, 32, 600, {3e-3, 1e-2, 3e-2}, 3);
  if (size == Size::kStandard) return small;
  return together(small, arms({"relu x4", "gelu x4", "silu x4", "glu x4", "bilinear x4", "reglu x4", "swiglu x4", "geglu x4", "linear x4", "relu x1",
                               "relu x2", "relu x8"},
                              4, 128, 3000, {1e-3, 3e-3, 1e-2}, 5));
}

Measured measure(const Cell& cell) {
  const Markov source(second_order());
  const std::string arm = cell.text("arm");
  const size_t space = arm.find(' ');
  const std::string activation = arm.substr(0, space);
  const int64_t times = std::stoll(arm.substr(space + 2)), width = cell.count("width");
  Json model = text_transformer("pre", cell.count("layers"), width, source.spec().vocab);
  model["activation"] = activation;
  const bool gated = activation.ends_with("glu") || activation == "bilinear";
  model["ffn_width"] = gated ? 2 * times * width / 3 : times * width;
  return measured_on_text(on_text(model, source, cell, cell.count("steps")), source);
}

Finding judge(const Results& results) {
  Finding finding;
  const Results at = results.where({{"width", results.values_of("width").back()}});
  const std::vector<AtBest> best = at_best_rates(at, "arm", "above_floor");
  finding.tables.push_back(table_of_best("Nats above the floor at the best rate", best, "arm", "above_floor"));
  finding.charts.push_back(
      chart_over("Loss by learning rate", at, "arm", {"lr", "learning rate", Scale::kLog}, {"above_floor", "nats above the floor", Scale::kLog}));
  const auto of = [&](const char* arm) { return best_of(best, arm).spread; };
  const Spread relu = of("relu x4"), gelu = of("gelu x4"), gated = of("swiglu x4"), linear = of("linear x4"), narrow = of("relu x1"),
               wide = of("relu x8");
  finding.verdict = verdict_of(lies_below(gated, relu) && lies_below(gated, gelu));
  finding.sentence = cat("At equal weights SwiGLU ends ", spread_text(gated), ", ReLU ", spread_text(relu), ", GELU ", spread_text(gelu),
                         " nats above the floor; without a non-linearity ", spread_text(linear), "; ReLU without widening ", spread_text(narrow),
                         ", widened 8 times ", spread_text(wide), ".");
  finding.evidence = {{"S36", verdict_of(lies_below(relu, linear) && lies_below(relu, narrow) && !lies_below(wide, relu)),
                       cat("nats above the floor: widened 1, 4, 8 times ", number_text(narrow.median), ", ", number_text(relu.median), ", ",
                           number_text(wide.median), "; linear ", number_text(linear.median))}};
  return finding;
}

}  // namespace feed_forward_study

Experiment feed_forward() {
  using namespace feed_forward_study;
  return {.name = "feed-forward",
          .code = "E18",
          .claim = "A gated feed-forward branch ends lower than an ungated one with as many weights.",
          .source = "Shazeer 2020, arXiv:2002.05202",
          .published = "",
          .criterion =
              "at each arm's best rate every seed of SwiGLU ends below every seed of ReLU and of GELU; the statement that the branch must "
              "widen four times and be non-linear counts as seen when ReLU x4 ends below linear x4 and below ReLU x1 and not above ReLU x8, "
              "ranges apart",
          .cost = "under 1 s a cell; long: 1 min",
          .cells = cells,
          .measure = measure,
          .judge = judge};
}

}  // namespace gimbal::lab
