// X1: the largest stable learning rate and the best loss of every norm in every scheme at growing depth: nobody has printed this map.
#include <cmath>

#include "lab/doctor/atlas.h"
#include "lab/experiment.h"
#include "lab/number_text.h"
#include "lab/sources/markov.h"
#include "lab/stand/scheme.h"
#include "lab/stand/stable_rate.h"
#include "lab/stand/train.h"

namespace gimbal::lab {
namespace atlas_study {

constexpr int64_t kHeads = 2;

const std::vector<Json> kNorms = {"layer", "rms", "scale", "dyt", "derf", "batch", "none"};
const std::vector<Json> kSchemes = {"post",  "pre", "sandwich", "branch+qk", "sub", "deepnorm", "deepnorm-glm",
                                    "admin", "lns", "mix-ln",   "resi-dual", "b2t", "parallel", "rezero"};

Json model_of(const Cell& cell) {
  Json model = small_transformer(cell.text("scheme"), cell.count("layers"), kAtlasWidth, kHeads, MarkovSpec{}.vocab);
  model["norm"]["kind"] = cell.text("norm");
  return model;
}

std::vector<Cell> sensible(std::vector<Cell> cells) {
  std::erase_if(cells, [](const Cell& cell) { return !makes_sense(model_of(cell)); });
  return cells;
}

// The deepest stacks of what learns at 96 layers, by the atlas as it is built in; the search begins at half the rate that was stable there.
std::vector<Cell> survivors() {
  std::vector<Cell> deep;
  for (const AtlasRow& row : atlas_rows())
    if (row.layers == 96 && row.largest > 0)
      deep.push_back({{{"scheme", row.scheme}, {"norm", row.norm}, {"layers", 384}, {"start", std::ilogb(row.largest) - 1}}, 1});
  return deep;
}

std::vector<Cell> cells(Size size) {
  if (size == Size::kQuick) return grid({{"scheme", {"post", "pre", "sandwich", "deepnorm"}}, {"norm", {"layer"}}, {"layers", {6}}}, 1);
  if (size == Size::kStandard) return grid({{"scheme", {"post", "pre", "sandwich", "deepnorm"}}, {"norm", {"layer", "rms"}}, {"layers", {6}}}, 3);
  // Shallow stacks first, so that a map that was stopped has whole depths.
  std::vector<Cell> all;
  for (const auto& [layers, seeds] : {std::pair{6, 3}, std::pair{24, 3}, std::pair{96, 1}})
    all = together(std::move(all), sensible(grid({{"scheme", kSchemes}, {"norm", kNorms}, {"layers", {layers}}}, seeds)));
  return together(std::move(all), survivors());
}

Measured measure(const Cell& cell) {
  const Markov source({});
  Training t;
  t.model = model_of(cell);
  t.examples = source.examples(static_cast<uint64_t>(cell.seed), 32);
  t.steps = kAtlasSteps;
  t.seed = cell.seed;
  t.hopeless_above = 1.5 * source.unigram();
  const StableRate found = find_stable_rate(
      [&](double lr) {
        t.lr = lr;
        return train(t).end_loss;
      },
      source.unigram(), kLeastPower, cell.settings.contains("start") ? static_cast<int>(cell.count("start")) : kFirstPower);
  Measured m;
  m.numbers = {{"largest_stable_lr", found.largest}, {"best_lr", found.best}, {"best_above_floor", found.best_loss - source.floor()}};
  for (const auto& [lr, loss] : found.tried) m.curves["lr"].push_back(lr), m.curves["loss"].push_back(loss);
  return m;
}

HeatMap map_of(const Results& depth, double layers) {
  HeatMap map{cat("Largest stable learning rate, ", number_text(layers), " layers"), "scheme", "norm", {}, {}, {}, Scale::kLog};
  for (const Json& norm : depth.values_of("norm")) map.columns.push_back(norm.get<std::string>());
  for (const Json& scheme : depth.values_of("scheme")) {
    map.rows.push_back(scheme.get<std::string>());
    auto& row = map.fields.emplace_back();
    for (const std::string& norm : map.columns) {
      const Results at = depth.where({{"scheme", scheme}, {"norm", norm}});
      if (at.empty()) {
        row.push_back({std::nan(""), "", "not run"});
        continue;
      }
      const Spread rate = at.spread("largest_stable_lr"), loss = at.spread("best_above_floor");
      row.push_back(
          {rate.median, rate.median > 0 ? number_text(rate.median) : "never",
           cat("stable up to ", number_text(rate.least), " … ", number_text(rate.most), "; best ", number_text(loss.median),
               " nats above the floor at lr ", number_text(at.median("best_lr")), "; ", rate.repeats, rate.repeats == 1 ? " seed" : " seeds")});
    }
  }
  return map;
}

Finding judge(const Results& results) {
  Finding finding;
  Table table{
      "Largest stable rate (range) and least loss", {"scheme", "norm", "layers", "largest lr", "range", "best lr", "nats above the floor"}, {}};
  for (const Json& layers : results.values_of("layers")) {
    const Results depth = results.where({{"layers", layers}});
    finding.maps.push_back(map_of(depth, layers.get<double>()));
    for (const Json& scheme : depth.values_of("scheme"))
      for (const Json& norm : depth.where({{"scheme", scheme}}).values_of("norm")) {
        const Results at = depth.where({{"scheme", scheme}, {"norm", norm}});
        const Spread rate = at.spread("largest_stable_lr");
        table.rows.push_back({scheme.get<std::string>(), norm.get<std::string>(), number_text(layers.get<double>()), number_text(rate.median),
                              cat(number_text(rate.least), " … ", number_text(rate.most)), number_text(at.median("best_lr")),
                              number_text(at.median("best_above_floor"))});
      }
  }
  finding.tables.push_back(std::move(table));
  const Results shallow = results.where({{"layers", 6}, {"norm", "layer"}});
  std::string rates;
  for (const Json& scheme : shallow.values_of("scheme"))
    rates +=
        cat(rates.empty() ? "" : ", ", scheme.get<std::string>(), " ", number_text(shallow.where({{"scheme", scheme}}).median("largest_stable_lr")));
  finding.sentence = cat("Largest stable rates at 6 layers with LayerNorm, without warm-up: ", rates, ".");
  return finding;
}

}  // namespace atlas_study

Experiment atlas() {
  using namespace atlas_study;
  return {.name = "atlas",
          .code = "X1",
          .claim = "Each norm in each scheme has a largest learning rate at which it still learns, and a depth up to which it has one.",
          .source = "not in print; nearest: arXiv:2603.05369 (7 schemes at one rate), arXiv:2309.14322 (rates over width)",
          .published = "",
          .criterion = "",
          .cost = "4 s a cell at 6 layers, 15 s at 24, 75 s at 96, 4 min at 384",
          .cells = cells,
          .measure = measure,
          .judge = judge};
}

}  // namespace gimbal::lab
