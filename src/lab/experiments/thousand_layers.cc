// E4b: DeepNorm from six layers to a thousand under one recipe, long enough for the deepest to arrive (arXiv:2203.00555).
#include "lab/judging.h"
#include "lab/sources/markov.h"
#include "lab/stand/scheme.h"
#include "lab/stand/train.h"
#include "models/cost.h"

namespace gimbal::lab {
namespace thousand_layers_study {

// The same for all depths, found with seed 101: after 100 steps at a constant rate a thousand layers were 0.17 nats above six and still fell, after
// 200 with a warm-up and a decay 0.13.
constexpr int64_t kSteps = 400, kWarmupSteps = 40, kWidth = 32;

// Powers of two times 0.001, around the rate that served the depth best with seed 101. Of a thousand layers' rates the lower ones alone are run.
struct Depth {
  int64_t layers;
  std::vector<Json> rates;
};
const std::vector<Depth> kDepths = {{6, {0.008, 0.016, 0.032}}, {24, {0.008, 0.016, 0.032}}, {100, {0.004, 0.008, 0.016}}, {1000, {0.001, 0.002}}};

std::vector<Cell> cells(Size size) {
  std::vector<Cell> all;
  if (size != Size::kLong) return all;
  for (const Depth& d : kDepths) all = together(all, grid({{"scheme", {"deepnorm"}}, {"layers", {d.layers}}, {"lr", d.rates}}, 3));
  return all;
}

Measured measure(const Cell& cell) {
  const Markov source({});
  Training t;
  t.model = small_transformer(cell.text("scheme"), cell.count("layers"), kWidth, 1, source.spec().vocab);
  t.examples = source.examples(static_cast<uint64_t>(cell.seed), 32);
  t.steps = kSteps;
  t.lr = cell.number("lr");
  t.seed = cell.seed;
  t.settings = {{"schedule", {{"kind", "linear"}, {"warmup_steps", kWarmupSteps}}}};
  t.hopeless_above = 2 * source.unigram();
  const Trained trained = train(t);
  return {{{"loss", trained.end_loss}, {"peak_memory_mb", static_cast<double>(peak_resident_bytes()) / 1e6}}, {{"loss", trained.losses}}};
}

Table cost_table(const Results& results) {
  Table costs{"What a run cost: one thread", {"layers", "seconds", "peak memory, MB"}, {}};
  for (const Json& layers : results.values_of("layers")) {
    const Results at = results.where({{"layers", layers}});
    std::vector<double> seconds;
    for (const Result& r : at.all()) seconds.push_back(r.seconds);
    costs.rows.push_back({value_text(layers), spread_text(spread_of(seconds)), spread_text(at.spread("peak_memory_mb"))});
  }
  return costs;
}

Finding judge(const Results& results) {
  const Markov source({});
  Finding finding;
  finding.tables.push_back(
      table_of(cat("Loss of the last 20 of ", kSteps, " steps; floor ", number_text(source.floor())), results, {"scheme", "layers", "lr"}, {"loss"}));
  finding.tables.push_back(cost_table(results));
  const std::vector<AtBest> best = at_best_rates(results, "layers", "loss");
  bool alike = true;
  std::string losses;
  for (const AtBest& depth : best) {
    alike = alike && depth.spread.most < best.front().spread.median + 0.1;
    losses += cat(losses.empty() ? "" : ", ", value_text(depth.arm), " layers ", spread_text(depth.spread));
  }
  finding.charts.push_back(
      chart_along("Loss of every depth at its best rate", at_best(results, {"layers"}, "loss"), "layers", "step", {"loss", "loss, nats"}));
  finding.verdict = verdict_of(alike);
  finding.sentence = cat("DeepNorm at each depth's best rate: ", losses, "; the source's floor is ", number_text(source.floor()), ".");
  return finding;
}

}  // namespace thousand_layers_study

Experiment thousand_layers() {
  using namespace thousand_layers_study;
  return {.name = "thousand-layers",
          .code = "E4b",
          .claim = "DeepNorm trains a thousand layers as it trains six.",
          .source = "Wang et al. 2022, arXiv:2203.00555: 1000 layers on OPUS-100",
          .published = "",
          .criterion =
              "400 steps of 512 tokens, 40 of them warm-up, then linearly to 0, at each depth's best rate: every seed of every depth within "
              "0.1 nats of the median of six layers",
          .cost = "2 s a cell at 6 layers, 20 s at 100, 3 to 5 min at 1000; one thread and 1.3 GB each",
          .cells = cells,
          .measure = measure,
          .judge = judge};
}

}  // namespace gimbal::lab
