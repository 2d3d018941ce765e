// E30: what BatchNorm and LayerNorm of the inputs lose: differences between samples, or within a sample.
#include "lab/judging.h"
#include "lab/studies/as_cell.h"
#include "lab/studies/between_within.h"

namespace gimbal::lab {
namespace between_and_within_study {

constexpr double kPoints = 0.2;

std::vector<Cell> cells(Size size) {
  if (size == Size::kQuick) return {};
  const auto at = [](const std::vector<Json>& noise) {
    return grid({{"rule", {"between", "within"}},
                 {"batch_labels", {"mixed", "alike"}},
                 {"norm", {"none", "batch", "layer"}},
                 {"noise", noise},
                 {"lr", {0.05, 0.2}}},
                3);
  };
  return size == Size::kStandard ? at({0.5}) : together(at({0.5}), at({2}));
}

Measured measure(const Cell& cell) { return measured_by(between_within::run, cell); }

Finding judge(const Results& all) {
  const Results best = at_best(all, {"rule", "batch_labels", "norm", "noise"}, "error");
  const auto error = [&](const char* rule, const char* labels, const char* norm) {
    return best.where({{"rule", rule}, {"batch_labels", labels}, {"norm", norm}, {"noise", 0.5}}).spread("error");
  };
  const Spread layer_between = error("between", "mixed", "layer"), batch_between = error("between", "mixed", "batch"),
               layer_within = error("within", "mixed", "layer"), batch_within = error("within", "mixed", "batch"),
               batch_alike = error("within", "alike", "batch"), layer_alike = error("within", "alike", "layer");
  Finding finding;
  finding.verdict = verdict_of(layer_between.least > batch_between.most + kPoints && batch_within.least > layer_within.most + kPoints);
  finding.sentence =
      cat("Where labels differ between samples LayerNorm errs in ", percent_text(layer_between), " and BatchNorm in ", percent_text(batch_between),
          "; where they differ within a sample, in ", percent_text(layer_within), " and ", percent_text(batch_within),
          ", and when all samples of a batch have one label in ", percent_text(layer_alike), " and ", percent_text(batch_alike), ".");
  finding.tables.push_back(table_of("Share of wrong labels at the best rate", best, {"rule", "batch_labels", "norm", "noise", "lr"},
                                    {"error", "error_by_running_statistics"}));
  finding.evidence = {{"S27", finding.verdict,
                       cat("LayerNorm errs in ", percent_text(layer_between),
                           " where only samples differ; BatchNorm, where only places within a sample do, in ", percent_text(batch_within),
                           " in mixed batches and in ", percent_text(batch_alike), " in batches of one label: it loses what is common to a batch")}};
  return finding;
}

}  // namespace between_and_within_study

Experiment between_and_within() {
  using namespace between_and_within_study;
  return {.name = "between-and-within",
          .code = "E30",
          .claim = "BatchNorm keeps differences between samples and loses those within a sample; LayerNorm the reverse.",
          .source = "A common statement",
          .published = "",
          .criterion =
              "batches of mixed labels, each norm at its best rate, every seed: LayerNorm errs by more than 20 points more than BatchNorm where a "
              "label shows only between samples, BatchNorm by more than 20 points more than LayerNorm where it shows only within a sample",
          .cost = "under 1 s a cell",
          .cells = cells,
          .measure = measure,
          .judge = judge};
}

}  // namespace gimbal::lab
