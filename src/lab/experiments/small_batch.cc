// E11: what small batches cost BatchNorm, and norms that do not look at the batch (arXiv:1803.08494, figure 1).
#include "lab/studies/small_batch.h"

#include <cmath>

#include "lab/judging.h"
#include "lab/studies/as_cell.h"

namespace gimbal::lab {
namespace small_batch_study {

constexpr double kPoints = 0.03, kTimes = 3;  // of the criterion

std::vector<Cell> cells(Size size) {
  if (size == Size::kQuick) return {};
  const auto of = [](const char* net, const std::vector<Json>& batches) {
    return grid({{"net", {net}}, {"norm", {"batch", "group", "layer"}}, {"batch", batches}, {"lr_at_32", {0.02, 0.05, 0.1}}}, 5);
  };
  const std::vector<Cell> small = of("mlp", {2, 8, 32});
  return size == Size::kStandard ? small : together(together(small, of("mlp", {4, 16, 64})), of("cnn", {2, 8, 32}));
}

Measured measure(const Cell& cell) { return measured_by(small_batch::run, cell); }

Finding judge(const Results& all) {
  const Results best = at_best(all, {"net", "norm", "batch"}, "test_error", "lr_at_32");
  const auto error = [&](const char* net, const char* norm, int64_t batch) {
    return best.where({{"net", net}, {"norm", norm}, {"batch", batch}}).spread("test_error");
  };
  const auto rise = [&](const char* net, const char* norm) { return error(net, norm, 2).median - error(net, norm, 32).median; };
  const double least_rise = std::max(kPoints, kTimes * std::abs(rise("mlp", "group")));
  Finding finding;
  finding.verdict = verdict_of(lies_below(error("mlp", "batch", 32), error("mlp", "batch", 2)) &&
                               worse_by(error("mlp", "batch", 2).median, error("mlp", "batch", 32).median, least_rise));
  finding.sentence = cat("From batches of 32 to batches of 2 a perceptron with BatchNorm goes from ", percent_text(error("mlp", "batch", 32)), " to ",
                         percent_text(error("mlp", "batch", 2)), " of wrong test glyphs, with GroupNorm from ",
                         percent_text(error("mlp", "group", 32)), " to ", percent_text(error("mlp", "group", 2)), ", with LayerNorm from ",
                         percent_text(error("mlp", "layer", 32)), " to ", percent_text(error("mlp", "layer", 2)), ".");
  for (const Json& net : best.values_of("net")) {
    const Results at = best.where({{"net", net}});
    finding.tables.push_back(table_of(cat("Share of wrong test glyphs, ", value_text(net), ", at the best rate"), at, {"norm", "batch", "lr_at_32"},
                                      {"test_error", "test_loss", "train_loss"}));
    finding.charts.push_back(chart_over(cat("Small batches, ", value_text(net)), at, "norm", {"batch", "rows of a batch", Scale::kLog},
                                        {"test_error", "share of wrong test glyphs"}));
  }
  return finding;
}

}  // namespace small_batch_study

// Named apart from the study's namespace, as three others are.
Experiment small_batch_error() {
  using namespace small_batch_study;
  return {.name = "small-batch",
          .code = "E11",
          .claim = "BatchNorm's error rises when batches become small; that of GroupNorm does not.",
          .source = "Wu & He 2018, arXiv:1803.08494, figure 1",
          .published =
              "ImageNet, ResNet-50, validation error at 32, 16, 8, 4, 2 images: BatchNorm 23.6, 23.7, 24.8, 27.3, 34.7; GroupNorm 24.1, 24.2, 24.0, "
              "24.2, 24.1",
          .criterion =
              "a perceptron, each arm at its best rate (in proportion to the batch): BatchNorm's test error at a batch of 2 is more than 3 points "
              "above that at 32, ranges apart, and rises more than 3 times as much as GroupNorm's changes",
          .cost = "under 1 s a cell",
          .cells = cells,
          .measure = measure,
          .judge = judge};
}

}  // namespace gimbal::lab
