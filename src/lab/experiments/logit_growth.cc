// E15: growth of attention logits and drift of output logits at high rates, and what QK-norm and z-loss do about them (arXiv:2309.14322).
#include <algorithm>
#include <cmath>

#include "lab/judging.h"
#include "lab/stand/on_text.h"

namespace gimbal::lab {
namespace logit_growth_study {

constexpr double kZLoss = 1e-4, kLarge = 100;
constexpr int64_t kWarmupShare = 10, kSettled = 5;

std::vector<Cell> cells(Size size) {
  if (size == Size::kQuick) return {};
  const auto arms = [](int64_t width, int64_t steps, const std::vector<Json>& rates) {
    return grid({{"arm", {"plain", "qk-norm", "z-loss", "both"}}, {"layers", {2}}, {"width", {width}}, {"steps", {steps}}, {"lr", rates}}, 3);
  };
  // From the lowest rate that finishes learning in so few steps: what lies below would measure the budget.
  const std::vector<Cell> small = arms(32, 200, {1.6e-2, 3.2e-2, 6.4e-2, 0.128, 0.256, 0.512});
  if (size == Size::kStandard) return small;
  return together(small, arms(64, 1000, {1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 0.1, 0.3, 1}));
}

Measured measure(const Cell& cell) {
  const Markov source(second_order());
  const std::string arm = cell.text("arm");
  Training t = on_text(text_transformer("pre", cell.count("layers"), cell.count("width"), source.spec().vocab), source, cell, cell.count("steps"));
  if (arm == "qk-norm" || arm == "both") t.model["slot_norms"] = {{"qk", {{"kind", "rms"}}}};
  if (arm == "z-loss" || arm == "both") t.settings = {{"train", {{"z_loss", kZLoss}}}};
  t.warmup_steps = t.steps / kWarmupShare;
  const double cap = std::log(static_cast<double>(source.spec().vocab));
  std::vector<double> logits, lse;
  const auto never = static_cast<double>(t.steps + 1);
  double large_at = never, trouble_at = never;
  t.watch = [&](const StepResult& r, Model&) {
    double most = 0;
    for (const LayerHealth& layer : r.health.layers) most = std::max(most, layer.max_logit);
    logits.push_back(most);
    lse.push_back(r.lse_rms);
    const auto step = static_cast<double>(r.step);
    if (most > kLarge) large_at = std::min(large_at, step);
    if (r.step > kSettled && !(r.nll < cap + 1)) trouble_at = std::min(trouble_at, step);
  };
  Measured m = measured_on_text(t, source);
  const double loss = m.numbers.at("above_floor");
  m.numbers["capped"] = std::isfinite(loss) ? std::min(loss, cap) : cap;
  m.numbers["most_logit"] = *std::max_element(logits.begin(), logits.end());
  m.numbers["last_lse"] = lse.back();
  m.numbers["large_at"] = large_at;
  m.numbers["trouble_at"] = trouble_at;
  m.curves["largest_logit"] = logits;
  return m;
}

// Mean over the rates of the capped loss less the best one, seed by seed.
Spread sensitivity(const Results& arm) {
  std::vector<double> values;
  for (int64_t seed = 1; seed <= static_cast<int64_t>(arm.fewest_seeds()); ++seed) {
    double sum = 0, least = 1e9, count = 0;
    for (const Result& r : arm.all())
      if (r.cell.seed == seed) sum += r.measured.numbers.at("capped"), least = std::min(least, r.measured.numbers.at("capped")), ++count;
    values.push_back(sum / count - least);
  }
  return spread_of(values);
}

Finding judge(const Results& results) {
  Finding finding;
  const Results at = results.where({{"width", results.values_of("width").back()}});
  finding.tables.push_back(table_of("Nats above the floor, largest attention logit and root mean square of the output's log partition function", at,
                                    {"arm", "lr"}, {"capped", "most_logit", "last_lse", "large_at", "trouble_at"}));
  Table sensitivities{"Sensitivity: mean over rates of min(loss, ln vocabulary), less the best", {"arm", "sensitivity"}, {}};
  for (const Json& arm : at.values_of("arm")) sensitivities.rows.push_back({value_text(arm), spread_text(sensitivity(at.where({{"arm", arm}})))});
  finding.tables.push_back(std::move(sensitivities));
  finding.charts.push_back(chart_over("Loss by learning rate", at, "arm", {"lr", "learning rate", Scale::kLog}, {"capped", "nats above the floor"}));
  finding.charts.push_back(chart_over("Largest attention logit of the run", at, "arm", {"lr", "learning rate", Scale::kLog},
                                      {"most_logit", "largest logit", Scale::kLog}));
  const Results plain = at.where({{"arm", "plain"}});
  int64_t troubled = 0, warned = 0;
  for (const Result& r : plain.all()) {
    const double trouble = r.measured.numbers.at("trouble_at");
    if (trouble > static_cast<double>(r.cell.count("steps"))) continue;
    ++troubled;
    warned += r.measured.numbers.at("large_at") < trouble;
  }
  const Spread without = sensitivity(plain), with = sensitivity(at.where({{"arm", "qk-norm"}}));
  finding.verdict = verdict_of(with.most <= without.least / 2 && troubled > 0 && warned == troubled);
  finding.sentence = cat("Sensitivity to the rate is ", spread_text(without), " without and ", spread_text(with), " with QK-norm; of ", troubled,
                         " runs without it that left the range of a guess, ", warned, " had a logit above 100 before.");
  return finding;
}

}  // namespace logit_growth_study

Experiment logit_growth() {
  using namespace logit_growth_study;
  return {.name = "logit-growth",
          .code = "E15",
          .claim = "At high rates attention logits grow before a small model diverges; QK-norm makes it far less sensitive to the rate.",
          .source = "Wortsman et al. 2023, arXiv:2309.14322",
          .published = "",
          .criterion =
              "sensitivity (mean over the grid of rates of min(loss, ln vocabulary), less the best) with QK-norm at most half of that "
              "without, ranges apart; every run without it whose loss rises above ln vocabulary + 1 had a logit above 100 before",
          .cost = "under 1 s a cell; long: 10 s",
          .cells = cells,
          .measure = measure,
          .judge = judge};
}

}  // namespace gimbal::lab
