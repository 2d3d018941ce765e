// E2: whether Post-LN needs a warm-up and Pre-LN does not (arXiv:2002.04745, figure 2).
#include <cmath>

#include "lab/experiment.h"
#include "lab/number_text.h"
#include "lab/sources/markov.h"
#include "lab/stand/scheme.h"
#include "lab/stand/train.h"

namespace gimbal::lab {
namespace warm_up_study {

constexpr int64_t kLayers = 6, kWidth = 64, kHeads = 2, kSteps = 120, kWarmup = 60;

std::vector<Cell> cells(Size size) {
  const std::vector<Json> one = {3e-3}, all = {3e-4, 1e-3, 3e-3, 1e-2};
  return grid({{"scheme", {"post", "pre"}}, {"warmup", {0, kWarmup}}, {"lr", size == Size::kQuick ? one : all}}, size == Size::kLong ? 5 : 3);
}

Measured measure(const Cell& cell) {
  const Markov source({});
  Training t;
  t.model = small_transformer(cell.text("scheme"), kLayers, kWidth, kHeads, source.spec().vocab);
  t.examples = source.examples(static_cast<uint64_t>(cell.seed), 32);
  t.steps = kSteps;
  t.lr = cell.number("lr");
  t.warmup_steps = cell.count("warmup");
  t.seed = cell.seed;
  const Trained trained = train(t);
  return {{{"loss", trained.end_loss}, {"above_floor", trained.end_loss - source.floor()}}, {{"loss", trained.losses}}};
}

Chart chart_of_rates(const Results& results) {
  Chart chart{"Loss after 120 steps", "learning rate", "nats above the floor", Scale::kLog, Scale::kLinear, {}};
  for (const char* scheme : {"post", "pre"})
    for (const int64_t warmup : {int64_t{0}, kWarmup}) {
      auto& series = chart.series.emplace_back(Chart::Series{cat(scheme, warmup ? ", warm-up" : ", no warm-up"), {}});
      for (const Json& lr : results.values_of("lr")) {
        const Spread s = results.where({{"scheme", scheme}, {"warmup", warmup}, {"lr", lr}}).spread("above_floor");
        series.points.push_back({lr.get<double>(), s.median, s.least, s.most});
      }
    }
  return chart;
}

Finding judge(const Results& results) {
  const auto at = [&](const char* scheme, int64_t warmup) {
    return results.where({{"scheme", scheme}, {"warmup", warmup}, {"lr", 3e-3}}).spread("loss");
  };
  const Spread post_cold = at("post", 0), post_warm = at("post", kWarmup), pre_cold = at("pre", 0), pre_warm = at("pre", kWarmup);
  const double gain = post_cold.median - post_warm.median, pre_gap = std::abs(pre_cold.median - pre_warm.median);
  Finding finding;
  finding.verdict = verdict_of(lies_below(post_warm, post_cold) && worse_by(post_cold.median, post_warm.median, 0.5) && pre_gap < 0.1);
  finding.sentence = cat("At lr 0.003 the warm-up is worth ", number_text(gain), " nats to Post-LN (", number_text(post_cold.median), " without, ",
                         number_text(post_warm.median), " with) and ", number_text(pre_gap), " to Pre-LN (", number_text(pre_cold.median), ", ",
                         number_text(pre_warm.median), "), where the floor is ", number_text(Markov({}).floor()), ".");
  Table table{"Loss of the last 20 of 120 steps: median (range)", {"design", "warm-up", "lr", "loss"}, {}};
  for (const char* scheme : {"post", "pre"})
    for (const int64_t warmup : {int64_t{0}, kWarmup})
      for (const Json& lr : results.values_of("lr")) {
        const Spread s = results.where({{"scheme", scheme}, {"warmup", warmup}, {"lr", lr}}).spread("loss");
        table.rows.push_back({scheme, warmup ? cat(warmup, " steps") : "none", number_text(lr.get<double>()),
                              cat(number_text(s.median), " (", number_text(s.least), " … ", number_text(s.most), ")")});
      }
  finding.tables.push_back(std::move(table));
  finding.charts.push_back(chart_of_rates(results));
  return finding;
}

}  // namespace warm_up_study

Experiment warm_up() {
  using namespace warm_up_study;
  return {
      .name = "warm-up",
      .code = "E2",
      .claim = "Post-LN needs a warm-up of the learning rate; Pre-LN needs none.",
      .source = "Xiong et al. 2020, arXiv:2002.04745, figure 2",
      .published = "IWSLT14 De-En, 6-6 layers, Adam: without warm-up 8.45 BLEU instead of about 34 (Post-LN)",
      .criterion = "at lr 0.003 Post-LN ends more than 0.5 nats higher without warm-up than with, ranges apart, and Pre-LN differs by less than 0.1",
      .cost = "3 s a cell",
      .cells = cells,
      .measure = measure,
      .judge = judge};
}

}  // namespace gimbal::lab
