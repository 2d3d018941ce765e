// E9: how much of its depth a design uses: growth of the stream, the turn by each block, the loss without it.
#include "lab/judging.h"
#include "lab/stand/known_depth.h"

namespace gimbal::lab {
namespace depth_use_study {

std::vector<Cell> cells(Size size) {
  if (size == Size::kQuick) return {};
  const std::vector<Json> few = {"pre", "sandwich", "lns", "deepnorm", "mix-ln"};
  const std::vector<Json> all = {"pre", "sandwich", "lns", "deepnorm", "mix-ln", "resi-dual", "b2t", "parallel", "value", "hyper-connections"};
  const auto arms = [](const std::vector<Json>& designs, const std::vector<Json>& tasks, int64_t layers, int64_t width, int64_t steps,
                       const std::vector<Json>& rates) {
    return grid({{"scheme", designs}, {"task", tasks}, {"layers", {layers}}, {"width", {width}}, {"steps", {steps}}, {"lr", rates}}, 3, kFreshSeed);
  };
  const std::vector<Cell> small = arms(few, {"1 hop"}, 24, 32, 240, {3e-3});
  if (size == Size::kStandard) return small;
  return together(small, arms(all, {"1 hop", "2 hops"}, 24, 64, 3000, {3e-4, 1e-3, 3e-3}));
}

Finding judge(const Results& results) {
  Finding finding;
  const Results best = at_best(results, {"task", "layers", "width", "scheme"}, "loss");
  finding.tables.push_back(table_of("At each design's best rate, on held-out sequences; the floor is 0", best, {"task", "layers", "scheme", "lr"},
                                    {"loss", "mean_square_last", "linear_r2", "angle_first", "angle_last", "blocks_used"}));
  const Results last = best.where({{"task", best.values_of("task").back()}, {"width", best.values_of("width").back()}});
  const std::string where = cat(value_text(last.values_of("task").front()), ", ", value_text(last.values_of("layers").front()), " layers");
  finding.charts.push_back(chart_along(cat("Mean square of the stream: ", where), last, "scheme", "layer", {"mean_square", "mean square"}));
  finding.charts.push_back(chart_along(cat("Turn by each block: ", where), last, "scheme", "layer", {"angular_distance", "arccos(cosine) / pi"}));
  finding.charts.push_back(chart_along(cat("Loss without one block: ", where), last, "scheme", "layer", {"loss_without_block", "rise, nats"}));

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
          .claim = "Pre-LN's stream grows with every layer; LayerNorm-Scaling damps it. How many blocks a design uses is reported.",
          .source = "LayerNorm-Scaling, arXiv:2502.05795; Mix-LN, arXiv:2412.13795; Peri-LN, arXiv:2502.02732",
          .published = "",
          .criterion =
              "every seed: mean square of the stream linear in the layer with R2 above 0.95 for Pre-LN and Sandwich-LN, and "
              "LayerNorm-Scaling's last below a quarter of Pre-LN's; use of depth is reported without a criterion",
          .cost = "5 s a cell; long: 3 min",
          .cells = cells,
          .measure = use_of_depth,
          .judge = judge};
}

}  // namespace gimbal::lab
