// E21: weights, stream and branches on the unit sphere against a plain Llama-like model: steps to the same loss (arXiv:2410.01131).
#include <cmath>
#include <limits>
#include <numeric>

#include "lab/judging.h"
#include "lab/stand/on_text.h"

namespace gimbal::lab {
namespace ngpt_study {

constexpr size_t kWindow = 20;

std::vector<Cell> cells(Size size) {
  if (size == Size::kQuick) return {};
  const auto arms = [](int64_t layers, int64_t width, int64_t steps, const std::vector<Json>& rates) {
    return grid({{"arm", {"plain", "ngpt"}}, {"layers", {layers}}, {"width", {width}}, {"steps", {steps}}, {"lr", rates}}, 3);
  };
  const std::vector<Cell> small = arms(3, 32, 400, {3e-3, 1e-2, 3e-2, 0.1});
  return size == Size::kStandard ? small : together(small, arms(6, 128, 4000, {3e-4, 1e-3, 3e-3, 1e-2, 3e-2}));
}

// The sizes of both: heads of 16, SwiGLU of 8/3, rotary positions.
Json model_of(const Cell& cell, int64_t vocab) {
  const int64_t width = cell.count("width");
  const bool plain = cell.text("arm") == "plain";
  return {{"preset", plain ? "llama-7b" : "ngpt-0.5b"},
          {"vocab", vocab},
          {"layers", cell.count("layers")},
          {"width", width},
          {"heads", width / 16},
          {"kv_heads", width / 16},
          {"ffn_width", width * 8 / 3},
          {"context", 32},
          {"tied", false},
          {"dropout", 0}};
}

// As their authors train them: the plain one behind a warm-up, nGPT without.
Measured measure(const Cell& cell) {
  const Markov source(second_order());
  Training t = on_text(model_of(cell, source.spec().vocab), source, cell, cell.count("steps"));
  if (cell.text("arm") == "plain") t.warmup_steps = t.steps / 10;
  return measured_on_text(t, source);
}

// The first step behind which the mean loss of a window is at most `loss`; not-a-number when there is none.
double steps_to(const std::vector<double>& losses, double loss) {
  for (size_t end = kWindow; end <= losses.size(); ++end)
    if (std::accumulate(losses.begin() + static_cast<std::ptrdiff_t>(end - kWindow), losses.begin() + static_cast<std::ptrdiff_t>(end), 0.0) /
            static_cast<double>(kWindow) <=
        loss)
      return static_cast<double>(end);
  return std::numeric_limits<double>::quiet_NaN();
}

Finding judge(const Results& results) {
  Finding finding;
  for (const Json& width : results.values_of("width")) {
    const Results at = results.where({{"width", width}});
    const std::vector<AtBest> best = at_best_rates(at, "arm", "above_floor");
    const AtBest &plain = best_of(best, "plain"), &ngpt = best_of(best, "ngpt");
    const Results plain_runs = at.where({{"arm", "plain"}, {"lr", plain.lr}}), ngpt_runs = at.where({{"arm", "ngpt"}, {"lr", ngpt.lr}});
    const double reached = plain_runs.median("loss"), steps = at.values_of("steps").front().get<double>();
    std::vector<double> needed;
    for (const Result& r : ngpt_runs.all()) needed.push_back(steps_to(r.measured.curves.at("loss"), reached));
    const Spread spread = spread_of(needed);
    finding.tables.push_back(table_of_best(cat("Nats above the floor at the best rate, width ", value_text(width)), best, "arm", "above_floor"));
    finding.charts.push_back(chart_over(cat("Loss by learning rate, width ", value_text(width)), at, "arm", {"lr", "learning rate", Scale::kLog},
                                        {"above_floor", "nats above the floor", Scale::kLog}));
    finding.sentence += cat(finding.sentence.empty() ? "" : " ", "Width ", value_text(width), ": the plain model ends ", spread_text(plain.spread),
                            " nats above the floor, nGPT ", spread_text(ngpt.spread), "; nGPT reaches the plain model's last loss after ",
                            spread_text(spread), " of ", number_text(steps), " steps.");
  }
  return finding;
}

}  // namespace ngpt_study

Experiment ngpt() {
  using namespace ngpt_study;
  return {.name = "ngpt",
          .code = "E21",
          .claim = "With weights and stream on the sphere a model needs fewer steps to the loss of a plain one.",
          .source = "Loshchilov et al. 2024, arXiv:2410.01131",
          .published = "4 times fewer steps at a context of 1k, 10 times at 4k; shorter runs gain less",
          .criterion = "",
          .cost = "2 s a cell; long: 5 min",
          .cells = cells,
          .measure = measure,
          .judge = judge};
}

}  // namespace gimbal::lab
