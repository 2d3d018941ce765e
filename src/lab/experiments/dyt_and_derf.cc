// E16: DyT and Derf in place of LayerNorm: which starting slope serves which width, and what is lost (arXiv:2503.10622, 2512.10938).
#include <algorithm>

#include "lab/judging.h"
#include "lab/stand/on_text.h"

namespace gimbal::lab {
namespace squash_study {

std::vector<Cell> cells(Size size) {
  if (size == Size::kQuick) return {};
  const auto arms = [](const std::vector<Json>& norms, const std::vector<Json>& widths, const std::vector<Json>& alphas, int64_t layers,
                       int64_t steps, const std::vector<Json>& rates) {
    const auto of = [&](const std::vector<Json>& kinds, const std::vector<Json>& slopes) {
      return grid({{"norm", kinds}, {"width", widths}, {"alpha", slopes}, {"layers", {layers}}, {"steps", {steps}}, {"lr", rates}}, 3, kFreshSeed);
    };
    return together(of(norms, alphas), of({"layer"}, {0}));
  };
  const std::vector<Cell> small = arms({"dyt"}, {16, 32, 64}, {0.2, 0.5, 1}, 2, 400, {3e-3, 1e-2, 3e-2});
  if (size == Size::kStandard) return small;
  return together(small, arms({"dyt", "derf"}, {32, 64, 128, 256}, {0.1, 0.2, 0.5, 1, 2}, 4, 500, {1e-3, 3e-3, 1e-2}));
}

Measured measure(const Cell& cell) {
  const Markov source(second_order());
  Json model = text_transformer("pre", cell.count("layers"), cell.count("width"), source.spec().vocab);
  model["norm"]["kind"] = cell.text("norm");
  if (cell.text("norm") != "layer") model["norm"]["alpha"] = cell.number("alpha");
  return measured_on_text(on_text(model, source, cell, cell.count("steps")), source);
}

Finding judge(const Results& results) {
  Finding finding;
  const Results at = results.where({{"layers", results.values_of("layers").back()}});
  Table table{"Nats above the floor at the best rate", {"norm", "width", "alpha at the start", "best lr", "above_floor"}, {}};
  Table best_slopes{"The slope that serves a width best", {"norm", "width", "alpha at the start", "above_floor", "LayerNorm's"}, {}};
  bool falls = true;
  std::string said;
  for (const Json& norm : at.values_of("norm")) {
    double before = 1e9;
    for (const Json& width : at.values_of("width")) {
      const std::vector<AtBest> slopes = at_best_rates(at.where({{"norm", norm}, {"width", width}}), "alpha", "above_floor");
      for (const AtBest& s : slopes)
        table.rows.push_back(
            {value_text(norm), value_text(width), norm == "layer" ? "" : value_text(s.arm), value_text(s.lr), spread_text(s.spread)});
      if (norm == "layer") continue;
      const AtBest& best =
          *std::min_element(slopes.begin(), slopes.end(), [](const AtBest& a, const AtBest& b) { return a.spread.median < b.spread.median; });
      const Spread layer = at.where({{"norm", "layer"}, {"width", width}}).least("above_floor", "lr").spread;
      best_slopes.rows.push_back({value_text(norm), value_text(width), value_text(best.arm), spread_text(best.spread), spread_text(layer)});
      falls = falls && best.arm.get<double>() <= before;
      before = best.arm.get<double>();
      said += cat(said.empty() ? "" : "; ", value_text(norm), " at width ", value_text(width), ": alpha ", value_text(best.arm), ", ",
                  number_text(best.spread.median), " nats above the floor (LayerNorm ", number_text(layer.median), ")");
    }
  }
  finding.tables = {std::move(best_slopes), std::move(table)};
  finding.verdict = verdict_of(falls);
  finding.sentence = said + ".";
  return finding;
}

}  // namespace squash_study

Experiment dyt_and_derf() {
  using namespace squash_study;
  return {.name = "dyt-and-derf",
          .code = "E16",
          .claim = "The best starting slope of DyT and Derf does not grow with the width.",
          .source = "DyT, arXiv:2503.10622; Derf, arXiv:2512.10938",
          .published = "ViT-B: LayerNorm 82.3, DyT 82.5, Derf 82.8; DiT-B FID 64.93 / 63.94 / 63.23; GPT-2 124M validation loss 2.94 / 2.97 / 2.94",
          .criterion =
              "at each arm's best rate the slope with the least median loss never rises from a width to the next; the gap to LayerNorm is "
              "reported, equality is not expected at this size",
          .cost = "under 1 s a cell; long: 10 s",
          .cells = cells,
          .measure = measure,
          .judge = judge};
}

}  // namespace gimbal::lab
