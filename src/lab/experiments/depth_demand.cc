// X4: blocks that a design uses against look-ups that a task needs: the same designs on tasks of known required depth.
#include <cmath>

#include "lab/judging.h"
#include "lab/stand/known_depth.h"

namespace gimbal::lab {
namespace depth_demand_study {

constexpr double kSolved = 0.5;  // share of a guess's nats below which a task counts as learned

std::vector<Cell> cells(Size size) {
  if (size == Size::kQuick) return {};
  const auto arms = [](const std::vector<Json>& schemes, const std::vector<Json>& tasks, int64_t layers, int64_t width, int64_t steps,
                       const std::vector<Json>& rates) {
    return grid({{"scheme", schemes}, {"task", tasks}, {"layers", {layers}}, {"width", {width}}, {"steps", {steps}}, {"lr", rates}}, 3);
  };
  const std::vector<Cell> small =
      arms({"pre", "sandwich", "lns", "deepnorm"}, {"S3 products of 2", "S3 products of 3", "S3 products of 4"}, 8, 32, 500, {3e-3});
  if (size == Size::kStandard) return small;
  return together(small,
                  arms({"pre", "sandwich", "lns", "deepnorm", "mix-ln", "resi-dual", "hyper-connections"},
                       {"1 hop", "2 hops", "3 hops", "S5 products of 2", "S5 products of 4", "S5 products of 8"}, 24, 64, 3000, {3e-4, 1e-3, 3e-3}));
}

std::string kind_of(const std::string& task) { return task.starts_with("S") ? task.substr(0, 2) + " products" : "hops"; }

// A line for each design: blocks used over the length of the tasks of one kind that it has learned.
Chart chart_of_demand(const Results& best, const std::string& kind) {
  Chart chart{
      cat("Blocks whose cut costs more than 0.05 nats: ", kind), kind == "hops" ? "hops" : "factors", "blocks", Scale::kLinear, Scale::kLinear, {}};
  for (const Json& scheme : best.values_of("scheme")) {
    auto& line = chart.series.emplace_back(Chart::Series{value_text(scheme), {}});
    for (const Json& task : best.values_of("task")) {
      if (kind_of(value_text(task)) != kind) continue;
      const Spread s = best.where({{"scheme", scheme}, {"task", task}}).spread("blocks_used");
      line.points.push_back({static_cast<double>(known_depth_task(value_text(task), 1).length), s.median, s.least, s.most});
    }
  }
  return chart;
}

Finding judge(const Results& results) {
  Finding finding;
  const Results best = at_best(results, {"task", "layers", "width", "scheme"}, "loss");
  finding.tables.push_back(table_of("At each design's best rate, on held-out sequences; the floor is 0", best, {"task", "layers", "scheme", "lr"},
                                    {"loss", "blocks_used", "angle_first", "angle_last"}));
  const Results largest = best.where({{"width", best.values_of("width").back()}});
  std::vector<std::string> kinds;
  for (const Json& task : largest.values_of("task"))
    if (const std::string kind = kind_of(value_text(task)); kinds.empty() || kinds.back() != kind) kinds.push_back(kind);
  for (const std::string& kind : kinds) finding.charts.push_back(chart_of_demand(largest, kind));
  for (const Json& scheme : largest.values_of("scheme")) {
    finding.sentence += cat(finding.sentence.empty() ? "Blocks used: " : "; ", value_text(scheme));
    const char* separator = " ";
    for (const Json& task : largest.values_of("task")) {
      const Results at = largest.where({{"scheme", scheme}, {"task", task}});
      const bool learned = at.median("loss") < kSolved * known_depth_task(value_text(task), 1).guess;
      finding.sentence += cat(separator, learned ? spread_text(at.spread("blocks_used")) : "not learned", " (", value_text(task), ")");
      separator = ", ";
    }
  }
  finding.sentence += ".";
  return finding;
}

}  // namespace depth_demand_study

Experiment depth_demand() {
  using namespace depth_demand_study;
  return {.name = "depth-demand",
          .code = "X4",
          .claim = "Tasks that need more look-ups one on top of the other make a design use more of its blocks.",
          .source = "not in print; separates the curse of depth (arXiv:2502.05795) from data that need no depth",
          .published = "",
          .criterion = "",
          .cost = "5 s a cell; long: 3 min",
          .cells = cells,
          .measure = use_of_depth,
          .judge = judge};
}

}  // namespace gimbal::lab
