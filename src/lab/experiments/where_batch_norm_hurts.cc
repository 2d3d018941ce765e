// E31: rare labels, batches of one and noisy rewards with BatchNorm, LayerNorm and no norm.
#include <cmath>
#include <limits>

#include "lab/judging.h"
#include "lab/studies/as_cell.h"
#include "lab/studies/grid_policy.h"
#include "lab/studies/imbalance.h"

namespace gimbal::lab {
namespace where_batch_norm_hurts_study {

constexpr double kLearned = 0.25;  // balanced error; chance is 0.5

std::vector<Cell> cells(Size size) {
  if (size == Size::kQuick) return {};
  const std::vector<Json> norms = {"batch", "layer", "none"};
  const auto rare = [&](const std::vector<Json>& steps) {
    return grid({{"part", {"rare"}}, {"norm", norms}, {"share_of_ones", {0.01, 0.05}}, {"steps", steps}, {"lr", {0.02, 0.1, 0.3}}}, 5);
  };
  const auto policy = [&](const std::vector<Json>& side, const std::vector<Json>& steps) {
    return grid({{"part", {"policy"}}, {"norm", norms}, {"reward_noise", {0, 0.5}}, {"side", side}, {"steps", steps}, {"lr", {1e-3, 3e-3, 1e-2}}}, 5);
  };
  const std::vector<Cell> online =
      grid({{"part", {"online"}}, {"norm", norms}, {"share_of_ones", {0.5}}, {"batch", {1}}, {"steps", {2000}}, {"lr", {0.005, 0.02}}}, 5);
  const std::vector<Cell> small = together(together(rare({600}), online), policy({6}, {600}));
  return size == Size::kStandard ? small : together(together(small, rare({6000})), policy({8}, {3000}));
}

Measured measure(const Cell& cell) {
  if (cell.text("part") == "policy") {
    Measured m = measured_by(grid_policy::run, cell);
    m.numbers["reward_lost"] = m.numbers.at("best_reward") - m.numbers.at("reward");
    return m;
  }
  Measured m = measured_by(imbalance::run, cell);
  if (m.numbers.at("refusal") > 0)
    for (auto& [name, number] : m.numbers)
      if (name != "refusal") number = std::numeric_limits<double>::quiet_NaN();
  return m;
}

Finding judge(const Results& all) {
  const auto longest = [&](const char* part) {
    const Results of = all.where({{"part", part}});
    return of.where({{"steps", of.values_of("steps").back()}});
  };
  const Results rare = at_best(longest("rare"), {"norm", "share_of_ones"}, "balanced_error"),
                online = at_best(longest("online"), {"norm"}, "balanced_error"),
                policy = at_best(longest("policy"), {"norm", "reward_noise"}, "reward_lost");
  bool rare_hurts = true;
  std::string of_rare;
  for (const Json& share : rare.values_of("share_of_ones")) {
    const auto error = [&](const char* norm) { return rare.where({{"share_of_ones", share}, {"norm", norm}}).spread("balanced_error"); };
    rare_hurts = rare_hurts && lies_below(error("layer"), error("batch"));
    of_rare += cat(of_rare.empty() ? "" : "; ", value_text(share), ": ", percent_text(error("batch")), " and ", percent_text(error("layer")));
  }
  const auto lost = [&](const char* norm, double noise) { return policy.where({{"norm", norm}, {"reward_noise", noise}}).spread("reward_lost"); };
  const auto rise = [&](const char* norm) { return lost(norm, 0.5).median - lost(norm, 0).median; };
  const bool noise_hurts = lies_below(lost("layer", 0.5), lost("batch", 0.5)) && rise("batch") > rise("layer");
  const Results alone = online.where({{"norm", "layer"}});
  const bool online_fails = online.where({{"norm", "batch"}}).spread("refusal").least > 0 && alone.spread("balanced_error").most < kLearned;
  Finding finding;
  finding.verdict = verdict_of(rare_hurts && noise_hurts && online_fails);
  finding.sentence = cat("Balanced error with BatchNorm and with LayerNorm by the share of the rare label: ", of_rare,
                         ". Reward a move that noise on rewards leaves missing: ", spread_text(lost("batch", 0.5)), " with BatchNorm, ",
                         spread_text(lost("layer", 0.5)), " with LayerNorm (without noise ", spread_text(lost("batch", 0)), " and ",
                         spread_text(lost("layer", 0)), "). Rows one at a time: BatchNorm is refused, LayerNorm errs in ",
                         percent_text(alone.spread("balanced_error")), ". One sequence of a Transformer is many rows, and no such case.");
  finding.tables.push_back(table_of("Two classes, one of them rare, at the best rate", rare, {"share_of_ones", "norm", "lr"},
                                    {"balanced_error", "balanced_error_by_batch_statistics", "average_precision", "loss_gap"}));
  finding.tables.push_back(table_of("Batches of one row", online, {"norm", "lr"}, {"refusal", "balanced_error", "average_precision"}));
  finding.tables.push_back(
      table_of("Actor-critic on a grid, at the best rate", policy, {"reward_noise", "norm", "lr"}, {"reward", "reward_lost", "mean_reward"}));
  finding.evidence = {
      {"S28", finding.verdict,
       cat("rare labels ", rare_hurts ? "hurt" : "do not hurt", " it more than LayerNorm, noisy rewards ", noise_hurts ? "do" : "do not",
           "; batches of one row ", online_fails ? "it cannot learn from and LayerNorm can" : "do not tell the two apart")}};
  return finding;
}

}  // namespace where_batch_norm_hurts_study

Experiment where_batch_norm_hurts() {
  using namespace where_batch_norm_hurts_study;
  return {
      .name = "where-batch-norm-hurts",
      .code = "E31",
      .claim = "BatchNorm suffers from rare labels and from noise; LayerNorm learns from one row at a time.",
      .source = "A common statement",
      .published = "",
      .criterion =
          "all three, each norm at its best rate, ranges apart: with 1% and with 5% of one label BatchNorm's balanced error is above LayerNorm's; "
          "with noise on its rewards an actor-critic with BatchNorm loses more reward than one with LayerNorm, and more of it through the noise; "
          "BatchNorm cannot learn from batches of one row and LayerNorm's balanced error on them ends below 25%",
      .cost = "under 1 s a cell; long: 3 s",
      .cells = cells,
      .measure = measure,
      .judge = judge};
}

}  // namespace gimbal::lab
