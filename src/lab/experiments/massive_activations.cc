// E23: how large single values of the stream become with Pre-LN and with Sandwich-LN, at the usual and at a high rate (arXiv:2502.02732).
#include <algorithm>
#include <cmath>

#include "lab/judging.h"
#include "lab/stand/on_text.h"
#include "lab/stand/streams.h"

namespace gimbal::lab {
namespace massive_study {

constexpr double kUsual = 1e-2, kHigh = 4 * kUsual;

std::vector<Cell> cells(Size size) {
  if (size == Size::kQuick) return {};
  const auto at = [](int64_t layers, int64_t width, int64_t steps) {
    return grid({{"scheme", {"pre", "sandwich", "deepnorm"}}, {"layers", {layers}}, {"width", {width}}, {"steps", {steps}}, {"lr", {kUsual, kHigh}}},
                3);
  };
  const std::vector<Cell> small = at(12, 32, 250);
  return size == Size::kStandard ? small : together(small, at(24, 64, 1000));
}

struct Sizes {
  double largest, over_median, kurtosis;
};
Sizes sizes_of(const Tensor& stream) {
  std::vector<double> values = stream.to_doubles();
  double square = 0, fourth = 0;
  for (double& v : values) square += v * v, fourth += v * v * v * v, v = std::abs(v);
  const auto n = static_cast<double>(values.size());
  std::sort(values.begin(), values.end());
  return {values.back(), values.back() / values[values.size() / 2], fourth * n / (square * square)};
}

Measured measure(const Cell& cell) {
  const Markov source(second_order());
  Trained trained;
  Measured m = measured_on_text(on_text(text_transformer(cell.text("scheme"), cell.count("layers"), cell.count("width"), source.spec().vocab), source,
                                        cell, cell.count("steps")),
                                source, &trained);
  for (const Tensor& stream : streams(*trained.model, batch_of(*source.examples(900005, 32), 0, 16))) {
    const Sizes s = sizes_of(stream);
    m.curves["largest"].push_back(s.largest);
    m.curves["over_median"].push_back(s.over_median);
    m.curves["kurtosis"].push_back(s.kurtosis);
  }
  for (const char* name : {"largest", "over_median", "kurtosis"}) m.numbers[name] = *std::max_element(m.curves[name].begin(), m.curves[name].end());
  return m;
}

Finding judge(const Results& results) {
  const Results at = results.where({{"layers", results.values_of("layers").back()}}), high = at.where({{"lr", kHigh}});
  const auto of = [&](const char* scheme, const char* number) { return high.where({{"scheme", scheme}}).spread(number); };
  const Spread pre = of("pre", "largest"), sandwich = of("sandwich", "largest");
  Finding finding;
  finding.verdict = verdict_of(pre.least > 3 * sandwich.most);
  finding.sentence =
      cat("At 4 times the usual rate the largest value of the stream is ", spread_text(pre), " with Pre-LN and ", spread_text(sandwich),
          " with Sandwich-LN; over the median ", spread_text(of("pre", "over_median")), " and ", spread_text(of("sandwich", "over_median")), ".");
  finding.tables.push_back(
      table_of("Largest over the layers", results, {"layers", "scheme", "lr"}, {"largest", "over_median", "kurtosis", "above_floor"}));
  finding.charts.push_back(chart_along("Largest value of the stream at 4 times the usual rate: 1 is the embeddings", high, "scheme", "state",
                                       {"largest", "largest value", Scale::kLog}));
  finding.evidence = {{"S32", Verdict::kMeasured,
                       cat("largest value of the stream at 4 times the usual rate: ", number_text(sandwich.median), " with Sandwich-LN, ",
                           number_text(pre.median), " with Pre-LN")}};
  return finding;
}

}  // namespace massive_study

Experiment massive_activations() {
  using namespace massive_study;
  return {.name = "massive-activations",
          .code = "E23",
          .claim = "At a high rate single values of Pre-LN's stream become far larger than those of Sandwich-LN (Peri-LN).",
          .source = "Peri-LN, arXiv:2502.02732",
          .published = "",
          .criterion = "at 4 times the usual rate every seed's largest value with Pre-LN is more than 3 times that of every seed with Sandwich-LN",
          .cost = "3 s a cell; long: 1 min",
          .cells = cells,
          .measure = measure,
          .judge = judge};
}

}  // namespace gimbal::lab
