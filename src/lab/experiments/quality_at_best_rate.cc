// E33: what Post-LN and Pre-LN reach when both train: each design at its best rate, Post-LN with a warm-up.
#include "lab/judging.h"
#include "lab/stand/on_text.h"

namespace gimbal::lab {
namespace quality_study {

std::vector<Cell> cells(Size size) {
  if (size == Size::kQuick) return {};
  const std::vector<Json> few = {"post", "pre", "sandwich", "deepnorm", "mix-ln", "resi-dual", "b2t", "parallel", "value"};
  const std::vector<Json> all = {"post",     "pre",   "sandwich", "deepnorm", "mix-ln", "resi-dual",        "b2t",
                                 "parallel", "value", "sub",      "lns",      "admin",  "hyper-connections"};
  const std::vector<Cell> small = grid({{"scheme", few}, {"layers", {3}}, {"width", {32}}, {"steps", {400}}, {"lr", {3e-3, 1e-2, 3e-2, 0.1}}}, 3);
  if (size == Size::kStandard) return small;
  return together(small, grid({{"scheme", all}, {"layers", {6}}, {"width", {64}}, {"steps", {3000}}, {"lr", {3e-4, 1e-3, 3e-3, 1e-2, 3e-2}}}, 5));
}

// All arms have the same warm-up, a quarter of the steps: the question is what they reach, not whether they begin.
Measured measure(const Cell& cell) {
  const Markov source(second_order());
  Training t = on_text(text_transformer(cell.text("scheme"), cell.count("layers"), cell.count("width"), source.spec().vocab), source, cell,
                       cell.count("steps"));
  t.warmup_steps = t.steps / 4;
  return measured_on_text(t, source);
}

Finding judge(const Results& results) {
  Finding finding;
  const Results largest = results.where({{"layers", results.values_of("layers").back()}});
  const std::vector<AtBest> best = at_best_rates(largest, "scheme", "above_floor");
  for (const Json& layers : results.values_of("layers")) {
    const Results at = results.where({{"layers", layers}});
    finding.tables.push_back(table_of_best(cat("Nats above the floor at the best rate, ", value_text(layers), " layers"),
                                           at_best_rates(at, "scheme", "above_floor"), "scheme", "above_floor"));
    finding.charts.push_back(chart_over(cat("Loss by learning rate, ", value_text(layers), " layers"), at, "scheme",
                                        {"lr", "learning rate", Scale::kLog}, {"above_floor", "nats above the floor", Scale::kLog}));
  }
  const AtBest &post = best_of(best, "post"), &pre = best_of(best, "pre");
  const bool costs = lies_below(post.spread, pre.spread);
  finding.verdict = verdict_of(costs);
  finding.sentence = cat("At their best rates Post-LN ends ", spread_text(post.spread), " nats above the floor (lr ", value_text(post.lr),
                         ") and Pre-LN ", spread_text(pre.spread), " (lr ", value_text(pre.lr), ").");
  finding.evidence = {{"S31", finding.verdict, finding.sentence}};
  return finding;
}

}  // namespace quality_study

Experiment quality_at_best_rate() {
  using namespace quality_study;
  return {.name = "quality-at-best-rate",
          .code = "E33",
          .claim = "Where both train, Post-LN reaches a lower loss than Pre-LN.",
          .source = "A common statement; Liu et al. 2020, arXiv:2004.08249, discuss it",
          .published = "",
          .criterion = "each at its best rate, at the largest size run: every seed of Post-LN below every seed of Pre-LN",
          .cost = "1 s a cell; long: 2 min",
          .cells = cells,
          .measure = measure,
          .judge = judge};
}

}  // namespace gimbal::lab
