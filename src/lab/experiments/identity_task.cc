// E34, the plain nets' half: nets asked to output their input, with and without shortcuts and norms.
#include "lab/studies/identity_task.h"

#include "lab/judging.h"
#include "lab/studies/as_cell.h"

namespace gimbal::lab {
namespace identity_task_study {

std::vector<Cell> cells(Size size) {
  if (size == Size::kQuick) return {};
  const auto of = [](const char* shortcut, const std::vector<Json>& starts, const std::vector<Json>& depths, const std::vector<Json>& steps) {
    return grid({{"shortcut", {shortcut}},
                 {"branch_start", starts},
                 {"norm", {"none", "layer"}},
                 {"depth", depths},
                 {"steps", steps},
                 {"lr", {1e-3, 3e-3, 1e-2}}},
                3);
  };
  const auto arms = [&](const std::vector<Json>& depths, const std::vector<Json>& steps) {
    return together(of("plain", {1}, depths, steps), of("residual", {1, 0}, depths, steps));
  };
  const std::vector<Cell> small = arms({8, 48}, {400});
  return size == Size::kStandard ? small : together(small, arms({8, 48, 96}, {4000}));
}

Measured measure(const Cell& cell) { return measured_by(identity_task::run, cell); }

Finding judge(const Results& all) {
  const Results best = at_best(all.where({{"steps", all.values_of("steps").back()}}), {"depth", "shortcut", "branch_start", "norm"}, "error");
  const Json deepest = best.values_of("depth").back();
  const auto error = [&](const char* shortcut, int64_t start, const char* norm) {
    return best.where({{"depth", deepest}, {"shortcut", shortcut}, {"branch_start", start}, {"norm", norm}}).spread("error");
  };
  const Spread plain = error("plain", 1, "none"), residual = error("residual", 1, "none"), plain_norm = error("plain", 1, "layer"),
               both = error("residual", 1, "layer"), identity = error("residual", 0, "none");
  Finding finding;
  finding.verdict = verdict_of(lies_below(residual, plain));
  finding.sentence =
      cat("At ", value_text(deepest), " layers the squared error over the inputs' variance is ", spread_text(plain), " without shortcuts, ",
          spread_text(residual), " with them and ", spread_text(identity), " when their blocks start as the identity; with LayerNorm ",
          spread_text(plain_norm), ", ", spread_text(both), " and ", spread_text(error("residual", 0, "layer")), ".");
  finding.tables.push_back(table_of("Squared error over the inputs' variance at the best rate: 1 is knowing nothing", best,
                                    {"depth", "shortcut", "branch_start", "norm", "lr"}, {"error", "error_at_start"}));
  const bool together_only = lies_below(both, plain_norm) && lies_below(both, residual) && lies_below(both, identity);
  finding.evidence = {{"S33", verdict_of(together_only),
                       cat("told to output its input at ", value_text(deepest), " layers a net errs by ", number_text(plain_norm.median),
                           " with LayerNorm alone, ", number_text(residual.median), " with shortcuts alone, ", number_text(both.median),
                           " with both, and ", number_text(identity.median), " without a norm when blocks start as the identity")}};
  return finding;
}

}  // namespace identity_task_study

Experiment learning_the_identity() {
  using namespace identity_task_study;
  return {
      .name = "identity-task",
      .code = "E34b",
      .claim = "A residual block learns the identity easily: it has only to become small, where a plain one has to learn it.",
      .source = "He et al. 2016, arXiv:1512.03385, section 3.1",
      .published = "",
      .criterion =
          "at the greatest depth run, each arm at its best rate, every seed: without a norm a residual net whose blocks start as usual errs less "
          "than a plain one. The common statement counts as seen when both together err less than LayerNorm alone, than shortcuts alone, and than "
          "shortcuts alone whose blocks start as the identity",
      .cost = "under 1 s a cell; long: 10 s",
      .cells = cells,
      .measure = measure,
      .judge = judge};
}

}  // namespace gimbal::lab
