// E8: a norm behind the branches alone lets the first layers' gradients explode unless queries and keys are normed too.
#include <cmath>

#include "kernels/table.h"
#include "lab/judging.h"
#include "lab/side_by_side.h"
#include "lab/stand/probe.h"
#include "lab/stand/scheme.h"
#include "lab/stand/train.h"

namespace gimbal::lab {
namespace qk_norm_study {

constexpr int64_t kWidth = 128, kHeads = 4, kVocab = 512, kDeep = 100;

std::vector<Cell> cells(Size size) {
  const std::vector<Json> few = {"branch", "branch+qk"}, all = {"branch", "branch+qk", "pre", "pre+qk", "sandwich", "sandwich+qk"};
  const bool quick = size == Size::kQuick;
  const std::vector<Json> deepest = {6, kDeep}, depths = {6, 12, 24, 48, kDeep};
  return grid({{"scheme", quick ? few : all}, {"layers", quick ? deepest : depths}}, size == Size::kLong ? 5 : 3);
}

// Norm of the gradient of a layer's map to queries, the first rows of its fused map.
double query_gradient(Model& model, int64_t layer) {
  const Parameter* p = model.parameters().find(cat("block.", layer, ".attn.qkv.weight"));
  const std::vector<double> gradient = p->grad.to_doubles();
  double square = 0;
  for (size_t i = 0; i < static_cast<size_t>(kWidth * kWidth); ++i) square += gradient[i] * gradient[i];
  return std::sqrt(square);
}

Measured measure(const Cell& cell) {
  const auto model = fresh_model(small_transformer(cell.text("scheme"), cell.count("layers"), kWidth, kHeads, kVocab), cell.seed);
  const Probe p = probe(*model, random_tokens(4, 32, kVocab, static_cast<uint64_t>(cell.seed)));
  const std::vector<double> w2 = p.by_layer("ffn.down.weight");
  return {{{"first", w2.front()}, {"last", w2.back()}, {"query_last", query_gradient(*model, cell.count("layers") - 1)}},
          {{"gradient_by_layer", w2}}};
}

// An independent PyTorch run of this setting.
struct Reference {
  const char* scheme;
  int64_t layers;
  const char* number;
  double value;
  Scatter scatter;
};
constexpr Scatter kLevel = {.share = 0.1}, kExploding = {.factor = 2};
constexpr Reference kReferences[] = {
    {"branch", 6, "first", 1.6, kExploding},
    {"branch", 24, "first", 23.6, kExploding},
    {"branch", kDeep, "first", 15910, kExploding},
    {"branch+qk", 6, "first", .70, kLevel},
    {"branch+qk", 24, "first", .63, kLevel},
    {"branch+qk", kDeep, "first", .69, kLevel},
    {"sandwich+qk", 6, "first", .72, kLevel},
    {"sandwich+qk", 24, "first", .63, kLevel},
    {"sandwich+qk", kDeep, "first", .72, kLevel},
    {"pre+qk", 6, "first", .52, kLevel},
    {"pre+qk", 24, "first", .44, kLevel},
    {"pre+qk", kDeep, "first", .44, kLevel},
    {"branch", kDeep, "query_last", .177, kExploding},
    {"branch+qk", kDeep, "query_last", 2.4e-3, kLevel},
};

SideBySide beside_reference(const Results& results) {
  SideBySide both("Side by side: gradients of W2 (first) and of the map to queries (query_last)", {"design", "layers", "of"},
                  "10 % (without QK-norm a factor of 2)");
  for (const Reference& r : kReferences) {
    const Results at = results.where({{"scheme", r.scheme}, {"layers", r.layers}});
    if (!at.empty()) both.add({r.scheme, cat(r.layers), r.number}, r.value, at.spread(r.number), r.scatter);
  }
  return both;
}

Finding judge(const Results& results) {
  const auto first = [&](const char* scheme, int64_t layers) { return results.where({{"scheme", scheme}, {"layers", layers}}).spread("first"); };
  const Spread without = first("branch", kDeep), with = first("branch+qk", kDeep);
  Finding finding;
  finding.verdict = verdict_of(without.least > 100 * with.most);
  finding.sentence = cat("At 100 layers the first layer's gradient is ", spread_text(without), " without QK-norm and ", spread_text(with),
                         " with it, a ratio of ", number_text(without.median / with.median), "; at 6 layers ", spread_text(first("branch", 6)),
                         " and ", spread_text(first("branch+qk", 6)), ".");
  finding.tables.push_back(table_of("Gradient of W2 at the start", results, {"scheme", "layers"}, {"first", "last", "query_last"}));
  const SideBySide both = beside_reference(results);
  finding.tables.push_back(both.table());
  finding.sentence += " " + both.sentence();
  finding.charts.push_back(chart_over("Gradient of the first layer's W2 at the start", results, "scheme", {"layers", "layers", Scale::kLog},
                                      {"first", "norm of the gradient", Scale::kLog}));
  return finding;
}

}  // namespace qk_norm_study

Experiment qk_norm_and_branch_norm() {
  using namespace qk_norm_study;
  return {.name = "qk-norm-and-branch-norm",
          .code = "E8",
          .claim = "Norms behind the branches alone (OLMo 2's order) need QK-norm: without it the first layers' gradients explode with depth.",
          .source = "OLMo 2 uses both, arXiv:2501.00656; that one needs the other is not said there",
          .published = "",
          .criterion = "at 100 layers the first layer's gradient is more than 100 times larger without QK-norm than with it, ranges apart",
          .cost = "under 1 s a cell",
          .edition = 2,
          .cells = cells,
          .measure = measure,
          .judge = judge};
}

}  // namespace gimbal::lab
