// E9 and X4: how much of its depth a design uses: growth of the stream, the turn by each block, the loss without it, on tasks of known required
// depth.
#include <algorithm>

#include "lab/judging.h"
#include "lab/sources/hops.h"
#include "lab/sources/products.h"
#include "lab/stand/probe.h"
#include "lab/stand/scheme.h"
#include "lab/stand/streams.h"
#include "lab/stand/train.h"

namespace gimbal::lab {
namespace depth_use_study {

constexpr double kUsed = 0.05;  // nats that the loss must rise for a block to count as used

std::vector<Cell> cells(Size size) {
  if (size == Size::kQuick) return {};
  const std::vector<Json> designs = {"pre", "sandwich", "lns", "deepnorm"};
  const auto arms = [&](const std::vector<Json>& tasks, int64_t layers, int64_t width, int64_t steps, const std::vector<Json>& rates) {
    return grid({{"scheme", designs}, {"task", tasks}, {"layers", {layers}}, {"width", {width}}, {"steps", {steps}}, {"lr", rates}}, 3);
  };
  const std::vector<Cell> small = arms({"1 hop"}, 24, 32, 240, {3e-3});
  if (size == Size::kStandard) return small;
  return together(small, arms({"1 hop", "2 hops", "3 hops", "products of 4", "products of 8"}, 24, 64, 3000, {3e-4, 1e-3, 3e-3}));
}

// What is learned (all lengths up to the task's), and what is asked (the task's own).
struct Task {
  int64_t vocab = 0;
  double guess = 0;
  std::shared_ptr<const Examples> learned, asked;
};

Task task_of(const std::string& name, uint64_t seed) {
  constexpr uint64_t kAsked = 700001;
  const int64_t length = name.back() == 's' || name.back() == 'p' ? name.front() - '0' : name.back() - '0';
  if (name.starts_with("products")) {
    const Products learned({.degree = 5, .length = length}), asked({.degree = 5, .length = length, .last_only = true});
    return {learned.vocab(), learned.guess(), learned.examples(seed), asked.examples(kAsked)};
  }
  const Hops learned({.symbols = 6, .least = 1, .most = length}), asked({.symbols = 6, .least = length, .most = length});
  return {learned.vocab(), learned.guess(), learned.examples(seed), asked.examples(kAsked)};
}

Measured measure(const Cell& cell) {
  const Task task = task_of(cell.text("task"), static_cast<uint64_t>(cell.seed));
  Training t;
  t.model = small_transformer(cell.text("scheme"), cell.count("layers"), cell.count("width"), cell.count("width") / 16, task.vocab);
  t.model["positions"] = {{"kind", "learned"}};
  t.examples = task.learned;
  t.steps = cell.count("steps");
  t.sequences = 32;
  t.lr = cell.number("lr");
  t.seed = cell.seed;
  Trained trained = train(t);
  Measured m;
  const TokenBatch asked = batch_of(*task.asked, 0, 64);
  const std::vector<Tensor> states = streams(*trained.model, asked);
  std::vector<double> layer, &squares = m.curves["mean_square"], &angles = m.curves["angular_distance"], &cut = m.curves["loss_without_block"];
  for (size_t i = 1; i < states.size(); ++i) {
    layer.push_back(static_cast<double>(i));
    squares.push_back(mean_square(states[i]));
    angles.push_back(angular_distance(states[i - 1], states[i]));
  }
  cut = cut_rises(*trained.model, asked);
  m.numbers = {{"loss", loss_on(*trained.model, asked)},
               {"mean_square_last", squares.back()},
               {"linear_r2", line_through(layer, squares).r2},
               {"angle_first", angles.front()},
               {"angle_last", angles.back()},
               {"blocks_used", static_cast<double>(std::count_if(cut.begin(), cut.end(), [](double rise) { return rise > kUsed; }))}};
  return m;
}

// Each design at the rate that serves it best.
Results tuned(const Results& results) {
  std::vector<Result> chosen;
  for (const AtBest& best : at_best_rates(results, "scheme", "loss"))
    for (const Result& r : results.where({{"scheme", best.arm}, {"lr", best.lr}}).all()) chosen.push_back(r);
  return Results(std::move(chosen));
}

// Blocks that a design uses against the look-ups that a task needs.
Chart chart_of_demand(const Results& deepest) {
  Chart chart{"Blocks whose cut costs more than 0.05 nats", "look-ups that the task needs", "blocks", Scale::kLinear, Scale::kLinear, {}};
  for (const Json& scheme : deepest.values_of("scheme")) {
    auto& line = chart.series.emplace_back(Chart::Series{value_text(scheme), {}});
    for (const Json& task : deepest.values_of("task")) {
      if (value_text(task).find("hop") == std::string::npos) continue;
      const Spread s = deepest.where({{"scheme", scheme}, {"task", task}}).spread("blocks_used");
      line.points.push_back({static_cast<double>(value_text(task).front() - '0'), s.median, s.least, s.most});
    }
  }
  return chart;
}

Finding judge(const Results& results) {
  Finding finding;
  std::vector<Result> all;
  for (const Json& task : results.values_of("task"))
    for (const Json& layers : results.where({{"task", task}}).values_of("layers"))
      for (const Result& r : tuned(results.where({{"task", task}, {"layers", layers}})).all()) all.push_back(r);
  const Results best(std::move(all));
  finding.tables.push_back(table_of("At each design's best rate, on held-out sequences; the floor is 0", best, {"task", "layers", "scheme", "lr"},
                                    {"loss", "mean_square_last", "linear_r2", "angle_first", "angle_last", "blocks_used"}));
  const Results last = best.where({{"task", best.values_of("task").back()}, {"layers", best.values_of("layers").back()}});
  const std::string where = cat(value_text(last.values_of("task").front()), ", ", value_text(last.values_of("layers").front()), " layers");
  finding.charts.push_back(chart_along(cat("Mean square of the stream: ", where), last, "scheme", "layer", {"mean_square", "mean square"}));
  finding.charts.push_back(chart_along(cat("Turn by each block: ", where), last, "scheme", "layer", {"angular_distance", "arccos(cosine) / pi"}));
  finding.charts.push_back(chart_along(cat("Loss without one block: ", where), last, "scheme", "layer", {"loss_without_block", "rise, nats"}));

  if (best.values_of("task").size() > 1) finding.charts.push_back(chart_of_demand(best.where({{"width", best.values_of("width").back()}})));

  const auto of = [&](const char* scheme, const char* number) { return last.where({{"scheme", scheme}}).spread(number); };
  const Spread pre = of("pre", "linear_r2"), sandwich = of("sandwich", "linear_r2");
  const double share = of("lns", "mean_square_last").most / of("pre", "mean_square_last").least;
  finding.verdict = verdict_of(pre.least > 0.95 && sandwich.least > 0.95 && share < 0.25);
  finding.sentence = cat("On ", where, " the stream's mean square grows linearly with the layer (R2 ", spread_text(pre), " with Pre-LN, ",
                         spread_text(sandwich), " with Sandwich-LN); LayerNorm-Scaling's last is ", number_text(share),
                         " of Pre-LN's at most. Blocks whose cut costs more than 0.05 nats: Pre-LN ", spread_text(of("pre", "blocks_used")),
                         ", LayerNorm-Scaling ", spread_text(of("lns", "blocks_used")), "; turn by the last block ",
                         spread_text(of("pre", "angle_last")), " and ", spread_text(of("lns", "angle_last")), ".");
  return finding;
}

}  // namespace depth_use_study

Experiment depth_use() {
  using namespace depth_use_study;
  return {.name = "depth-use",
          .code = "E9",
          .claim =
              "Pre-LN's stream grows with every layer; LayerNorm-Scaling damps it. How many blocks a design uses is reported beside how many the "
              "task needs.",
          .source = "LayerNorm-Scaling, arXiv:2502.05795; Mix-LN, arXiv:2412.13795; Peri-LN, arXiv:2502.02732",
          .published = "",
          .criterion =
              "every seed: mean square of the stream linear in the layer with R2 above 0.95 for Pre-LN and Sandwich-LN, and "
              "LayerNorm-Scaling's last below a quarter of Pre-LN's; use of depth is reported without a criterion",
          .cost = "5 s a cell; long: 3 min",
          .cells = cells,
          .measure = measure,
          .judge = judge};
}

}  // namespace gimbal::lab
