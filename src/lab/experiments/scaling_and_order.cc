// E35: the norm before or after the activation, scaling of the inputs, and whether a norm makes anything Gaussian.
#include "lab/judging.h"
#include "lab/studies/as_cell.h"
#include "lab/studies/order_and_scaling.h"

namespace gimbal::lab {
namespace scaling_and_order_study {

std::vector<Cell> cells(Size size) {
  if (size == Size::kQuick) return {};
  const auto of = [](const char* net, const std::vector<Json>& norms, const std::vector<Json>& places, const std::vector<Json>& scalings,
                     int64_t steps) {
    return grid({{"net", {net}}, {"norm", norms}, {"place", places}, {"scaling", scalings}, {"steps", {steps}}, {"lr", {1e-4, 1e-2, 0.1, 0.5}}}, 3);
  };
  const auto arms = [&](int64_t steps) {
    const std::vector<Cell> scaled = of("mlp", {"none", "batch", "layer"}, {"before"}, {"raw", "min-max", "z-score"}, steps),
                            after = of("mlp", {"batch", "layer"}, {"after"}, {"z-score"}, steps),
                            images = of("cnn", {"batch"}, {"before", "after"}, {"z-score"}, steps);
    return together(together(scaled, after), images);
  };
  return size == Size::kStandard ? arms(300) : together(arms(300), arms(2000));
}

Measured measure(const Cell& cell) { return measured_by(order_and_scaling::run, cell); }

Finding judge(const Results& all) {
  const Results best = at_best(all.where({{"steps", all.values_of("steps").back()}}), {"net", "norm", "place", "scaling"}, "test_error");
  const auto of = [&](const char* net, const char* norm, const char* place, const char* scaling) {
    return best.where({{"net", net}, {"norm", norm}, {"place", place}, {"scaling", scaling}});
  };
  const auto error = [&](const char* net, const char* norm, const char* place, const char* scaling) {
    return of(net, norm, place, scaling).spread("test_error");
  };
  const Spread before = error("mlp", "batch", "before", "z-score"), after = error("mlp", "batch", "after", "z-score"),
               images_before = error("cnn", "batch", "before", "z-score"), images_after = error("cnn", "batch", "after", "z-score"),
               raw = error("mlp", "none", "before", "raw"), min_max = error("mlp", "none", "before", "min-max"),
               z_score = error("mlp", "none", "before", "z-score");
  const Results standardized = of("mlp", "batch", "before", "z-score");
  const Spread read = standardized.spread("from_gaussian_before"), given = standardized.spread("from_gaussian_after");
  const bool before_is_better = lies_below(before, after) && lies_below(images_before, images_after), scaling_helps = lies_below(min_max, raw);
  Finding finding;
  finding.verdict = verdict_of(before_is_better && scaling_helps);
  const std::string order = cat("BatchNorm before and after the activation: ", percent_text(before), " and ", percent_text(after),
                                " of wrong test glyphs in a perceptron, ", percent_text(images_before), " and ", percent_text(images_after),
                                " in a small CNN"),
                    scaled = cat("without a norm ", percent_text(raw), " with inputs of 0 to 255, ", percent_text(min_max), " scaled to [0, 1], ",
                                 percent_text(z_score), " standardized; with BatchNorm ", percent_text(error("mlp", "batch", "before", "raw")), ", ",
                                 percent_text(error("mlp", "batch", "before", "min-max")), " and ", percent_text(before)),
                    shape = cat("the distance of a unit from a Gaussian is ", spread_text(read), " before BatchNorm and ", spread_text(given),
                                " behind it");
  finding.sentence = cat(order, ". Inputs: ", scaled, ". Kolmogorov's measure: ", shape, ".");
  finding.tables.push_back(
      table_of("Share of wrong test glyphs at the best rate; Kolmogorov distance of the norms' inputs and results from a Gaussian", best,
               {"net", "norm", "place", "scaling", "lr"}, {"test_error", "train_loss", "from_gaussian_before", "from_gaussian_after"}));
  finding.evidence = {{"S10", verdict_of(given.most < 0.5 * read.least), shape},
                      {"S13", verdict_of(before_is_better), order},
                      {"S34", finding.verdict, cat(order, "; ", scaled)}};
  return finding;
}

}  // namespace scaling_and_order_study

Experiment scaling_and_order() {
  using namespace scaling_and_order_study;
  return {.name = "scaling-and-order",
          .code = "E35",
          .claim = "A norm belongs between the linear map and the activation, and inputs scaled to [0, 1].",
          .source = "A common statement",
          .published = "",
          .criterion =
              "each arm at its best rate, ranges apart: BatchNorm before the activation errs less than after it, in a perceptron and in a CNN, and "
              "without a norm inputs scaled to [0, 1] give fewer errors than raw ones. That standardizing makes data Gaussian counts as seen when "
              "BatchNorm halves the Kolmogorov distance, every seed",
          .cost = "under 1 s a cell",
          .cells = cells,
          .measure = measure,
          .judge = judge};
}

}  // namespace gimbal::lab
