// E1: how large the gradient of each layer's last feed-forward map is before the first step, by design and depth (arXiv:2002.04745, theorem 1).
#include <cmath>

#include "lab/experiment.h"
#include "lab/number_text.h"
#include "lab/stand/probe.h"
#include "lab/stand/scheme.h"
#include "lab/stand/train.h"

namespace gimbal::lab {
namespace gradients_at_init_study {

constexpr int64_t kWidth = 128, kHeads = 4, kVocab = 512;

std::vector<Cell> cells(Size size) {
  const std::vector<Json> few = {"post", "pre", "deepnorm"},
                          all = {"post", "pre", "sandwich", "branch", "sub", "deepnorm", "admin", "lns", "mix-ln", "resi-dual", "b2t", "parallel"};
  const std::vector<Json> depths = {6, 12, 24, 48, 100};
  return grid({{"scheme", size == Size::kQuick ? few : all}, {"layers", depths}}, size == Size::kLong ? 5 : 3);
}

Measured measure(const Cell& cell) {
  const auto model = fresh_model(small_transformer(cell.text("scheme"), cell.count("layers"), kWidth, kHeads, kVocab), cell.seed);
  const Probe p = probe(*model, random_tokens(4, 32, kVocab, static_cast<uint64_t>(cell.seed)));
  const std::vector<double> w2 = p.by_layer("ffn.down.weight");
  Measured m;
  m.numbers = {{"first", w2.front()}, {"middle", w2[w2.size() / 2]}, {"last", w2.back()}, {"stream_rms", p.stream_rms.back()}};
  m.curves["gradient_by_layer"] = w2;
  return m;
}

// Slope of log |gradient of the last layer| on log depth, one for each seed.
Spread slopes(const Results& scheme) {
  std::vector<double> slopes;
  for (size_t seed = 1; seed <= scheme.fewest_seeds(); ++seed) {
    std::vector<double> depth, gradient;
    for (const Result& r : scheme.all()) {
      if (r.cell.seed != static_cast<int64_t>(seed)) continue;
      depth.push_back(std::log(r.cell.number("layers")));
      gradient.push_back(std::log(r.measured.numbers.at("last")));
    }
    slopes.push_back(line_through(depth, gradient).slope);
  }
  return spread_of(slopes);
}

Chart chart_of_last_layers(const Results& results) {
  Chart chart{"Gradient of the last layer's W2 at the start", "layers", "norm of the gradient", Scale::kLog, Scale::kLog, {}};
  for (const Json& scheme : results.values_of("scheme")) {
    auto& series = chart.series.emplace_back(Chart::Series{scheme.get<std::string>(), {}});
    for (const Json& layers : results.where({{"scheme", scheme}}).values_of("layers")) {
      const Spread s = results.where({{"scheme", scheme}, {"layers", layers}}).spread("last");
      series.points.push_back({layers.get<double>(), s.median, s.least, s.most});
    }
  }
  return chart;
}

Finding judge(const Results& results) {
  Finding finding;
  Table table{"Gradient of W2 at the start, median over seeds", {"design", "layers", "first", "middle", "last", "last / first", "stream RMS"}, {}};
  for (const Json& scheme : results.values_of("scheme"))
    for (const Json& layers : results.where({{"scheme", scheme}}).values_of("layers")) {
      const Results at = results.where({{"scheme", scheme}, {"layers", layers}});
      const double first = at.median("first"), last = at.median("last");
      table.rows.push_back({scheme.get<std::string>(), number_text(layers.get<double>()), number_text(first), number_text(at.median("middle")),
                            number_text(last), number_text(last / first), number_text(at.median("stream_rms"))});
    }
  finding.tables.push_back(std::move(table));
  finding.charts.push_back(chart_of_last_layers(results));

  const Spread post = slopes(results.where({{"scheme", "post"}})), pre = slopes(results.where({{"scheme", "pre"}}));
  const bool holds = post.least >= -0.15 && post.most <= 0.15 && pre.least >= -0.65 && pre.most <= -0.4;
  finding.verdict = holds ? Verdict::kHolds : Verdict::kNotReproduced;
  finding.sentence = cat("The last layer's gradient goes as depth^", number_text(post.median), " with Post-LN and depth^", number_text(pre.median),
                         " with Pre-LN (ranges ", number_text(post.least), " … ", number_text(post.most), " and ", number_text(pre.least), " … ",
                         number_text(pre.most), ").");
  const auto ends = [&](const char* scheme, int layers) {
    const Results at = results.where({{"scheme", scheme}, {"layers", layers}});
    return at.median("last") / at.median("first");
  };
  finding.evidence = {{"S4", Verdict::kNotReproduced,
                       cat("in a decoder-only Post-LN stack last/first is ", number_text(ends("post", 6)), " at 6 layers and ",
                           number_text(ends("post", 100)), " at 100")},
                      {"S5", Verdict::kNotReproduced,
                       cat("with Pre-LN last/first is ", number_text(ends("pre", 6)), " at 6 layers and ", number_text(ends("pre", 100)),
                           " at 100: they fall with depth")}};
  return finding;
}

}  // namespace gradients_at_init_study

Experiment gradients_at_init() {
  using namespace gradients_at_init_study;
  return {.name = "gradients-at-init",
          .code = "E1",
          .claim = "At the start the last layer's gradient does not depend on depth with Post-LN, and falls as 1/sqrt(depth) with Pre-LN.",
          .source = "Xiong et al. 2020, arXiv:2002.04745, theorem 1 and figure 3",
          .published = "Bounds O(d sqrt(ln d)) and O(d sqrt(ln d / L)); figure 3: about 1.6 for Post-LN from 6-6 to 14-14 layers",
          .criterion = "slope of log gradient on log depth within -0.15 … 0.15 (Post-LN) and -0.65 … -0.4 (Pre-LN) for every seed",
          .cost = "under 1 s a cell",
          .cells = cells,
          .measure = measure,
          .judge = judge};
}

}  // namespace gimbal::lab
