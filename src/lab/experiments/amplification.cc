// E7: how far a small random change of all weights moves the output, by design and depth (arXiv:2004.08249, theorem 2).
#include <cmath>

#include "core/rng.h"
#include "kernels/table.h"
#include "lab/judging.h"
#include "lab/stand/probe.h"
#include "lab/stand/scheme.h"
#include "lab/stand/train.h"

namespace gimbal::lab {
namespace amplification_study {

constexpr int64_t kWidth = 64, kHeads = 2, kVocab = 256;
constexpr double kRelative = 1e-3;
constexpr uint64_t kDraws = 4;  // random changes whose effects are averaged

std::vector<Cell> cells(Size size) {
  if (size == Size::kQuick) return {};
  const std::vector<Json> depths = {2, 4, 8, 16, 32, 64, 100};
  return grid({{"scheme", {"post", "pre", "admin", "deepnorm", "sandwich", "mix-ln", "resi-dual", "b2t", "parallel", "value"}}, {"layers", depths}},
              size == Size::kLong ? 10 : 3);
}

// Every matrix of the blocks gets a normal change of a thousandth of its own size.
void disturb(Model& model, uint64_t seed) {
  for (Parameter& p : model.parameters().all()) {
    if (!p.name.starts_with("block.") || !p.is_matrix()) continue;
    Rng random(seed, p.name);
    const double size = kRelative * ops::moments(p.value).rms;
    auto* values = p.value.data<float>();
    for (int64_t i = 0; i < p.value.elements(); ++i) values[i] += static_cast<float>(size * random.normal());
  }
}

Measured measure(const Cell& cell) {
  const Json settings = small_transformer(cell.text("scheme"), cell.count("layers"), kWidth, kHeads, kVocab);
  const auto seed = static_cast<uint64_t>(cell.seed);
  const TokenBatch tokens = random_tokens(4, 32, kVocab, seed);
  const Tensor before = hidden_rows(*fresh_model(settings, cell.seed), tokens);
  double variance = 0;
  for (uint64_t draw = 0; draw < kDraws; ++draw) {
    const auto changed = fresh_model(settings, cell.seed);
    disturb(*changed, kDraws * seed + draw);
    const double change = rms_difference(hidden_rows(*changed, tokens), before);
    variance += change * change / static_cast<double>(kDraws);
  }
  return {{{"variance", variance}}, {}};
}

Finding judge(const Results& results) {
  const auto slope = [&](const char* scheme) { return log_slopes(results.where({{"scheme", scheme}}), "layers", "variance"); };
  const Spread post = slope("post"), pre = slope("pre");
  Finding finding;
  finding.verdict = verdict_of(post.least >= 0.8 && post.most <= 1.2 && pre.most < 0.5);
  finding.sentence = cat("The variance of the output's change goes as depth^", spread_text(post), " with Post-LN, depth^", spread_text(pre),
                         " with Pre-LN and depth^", spread_text(slope("admin")), " with Admin.");
  Table slopes{"Slope of log variance on log depth", {"design", "slope"}, {}};
  for (const Json& scheme : results.values_of("scheme")) slopes.rows.push_back({value_text(scheme), spread_text(slope(value_text(scheme).c_str()))});
  finding.tables.push_back(std::move(slopes));
  finding.tables.push_back(table_of("Variance of the change of the last hidden state", results, {"scheme", "layers"}, {"variance"}));
  finding.charts.push_back(chart_over("Change of the output when all weights change by a thousandth", results, "scheme",
                                      {"layers", "layers", Scale::kLog}, {"variance", "variance of the change", Scale::kLog}));
  return finding;
}

}  // namespace amplification_study

Experiment amplification() {
  using namespace amplification_study;
  return {.name = "amplification",
          .code = "E7",
          .claim = "A small change of the weights moves the output with variance O(N) with Post-LN and O(log N) with Pre-LN.",
          .source = "Liu et al. 2020, arXiv:2004.08249, theorem 2",
          .published = "",
          .criterion = "slope of log variance on log depth, 2 … 100 layers, every seed: 0.8 … 1.2 for Post-LN, below 0.5 for Pre-LN",
          .cost = "under 1 s a cell",
          .cells = cells,
          .measure = measure,
          .judge = judge};
}

}  // namespace gimbal::lab
