// E34, the Transformer's half: with and without norms, with and without residual connections, over depth.
#include "lab/judging.h"
#include "lab/stand/on_text.h"

namespace gimbal::lab {
namespace norm_residual_study {

constexpr const char *kBoth = "norm and residual", *kNormOnly = "norm alone", *kResidualOnly = "residual alone", *kNeither = "neither";

std::vector<Cell> cells(Size size) {
  if (size == Size::kQuick) return {};
  const auto at = [](const std::vector<Json>& depths, int64_t width, int64_t steps, const std::vector<Json>& rates) {
    return grid({{"arm", {kBoth, kNormOnly, kResidualOnly, kNeither}}, {"layers", depths}, {"width", {width}}, {"steps", {steps}}, {"lr", rates}}, 3);
  };
  const std::vector<Cell> small = at({2, 10}, 32, 250, {1e-3, 1e-2});
  return size == Size::kStandard ? small : together(small, at({2, 6, 12, 24, 48}, 64, 1000, {1e-4, 3e-4, 1e-3, 3e-3}));
}

Measured measure(const Cell& cell) {
  const Markov source(second_order());
  const std::string arm = cell.text("arm");
  Training t = on_text(text_transformer("pre", cell.count("layers"), cell.count("width"), source.spec().vocab), source, cell, cell.count("steps"));
  if (arm == kResidualOnly || arm == kNeither) t.model["norm"]["kind"] = "none";
  if (arm == kNormOnly || arm == kNeither) t.model["residual"] = {{"kind", "none"}};
  return measured_on_text(t, source);
}

Finding judge(const Results& all) {
  const double guess = Markov(second_order()).unigram() - Markov(second_order()).floor();
  const Results results = all.where({{"width", all.values_of("width").back()}});
  Finding finding;
  Table table{
      cat("Nats above the floor at the best rate; frequencies alone give ", number_text(guess)), {"layers", "arm", "best lr", "above_floor"}, {}};
  for (const Json& layers : results.values_of("layers"))
    for (const AtBest& best : at_best_rates(results.where({{"layers", layers}}), "arm", "above_floor"))
      table.rows.push_back({value_text(layers), value_text(best.arm), value_text(best.lr), spread_text(best.spread)});
  finding.tables.push_back(std::move(table));
  const Json deepest = results.values_of("layers").back();
  const std::vector<AtBest> deep = at_best_rates(results.where({{"layers", deepest}}), "arm", "above_floor");
  const auto of = [&](const char* arm) { return best_of(deep, arm).spread; };
  const Spread both = of(kBoth);
  finding.verdict = verdict_of(lies_below(both, of(kNormOnly)) && lies_below(both, of(kResidualOnly)) && lies_below(both, of(kNeither)));
  finding.sentence = cat("At ", value_text(deepest), " layers, nats above the floor at the best rate: both ", spread_text(both), ", norm alone ",
                         spread_text(of(kNormOnly)), ", residual alone ", spread_text(of(kResidualOnly)), ", neither ", spread_text(of(kNeither)),
                         "; frequencies alone ", number_text(guess), ".");
  finding.evidence = {{"S33", finding.verdict, finding.sentence}};
  return finding;
}

}  // namespace norm_residual_study

Experiment norm_and_residual() {
  using namespace norm_residual_study;
  return {.name = "norm-and-residual",
          .code = "E34",
          .claim = "LayerNorm and residual connections are needed together.",
          .source = "A common statement",
          .published = "",
          .criterion = "at the greatest depth run, each arm at its best rate, every seed with both ends below every seed with one of them or neither",
          .cost = "1 s a cell; long: 1 min",
          .cells = cells,
          .measure = measure,
          .judge = judge};
}

}  // namespace gimbal::lab
