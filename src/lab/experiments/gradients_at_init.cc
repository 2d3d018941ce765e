// E1: how large the gradient of each layer's last feed-forward map is before the first step, by design and depth (arXiv:2002.04745, theorem 1).
#include <cmath>
#include <limits>

#include "lab/experiment.h"
#include "lab/number_text.h"
#include "lab/side_by_side.h"
#include "lab/stand/probe.h"
#include "lab/stand/scheme.h"
#include "lab/stand/train.h"

namespace gimbal::lab {
namespace gradients_at_init_study {

constexpr int64_t kWidth = 128, kHeads = 4, kVocab = 512;
constexpr const char* kDamped = "pre, f / sqrt(2N)";  // x + f(LN(x)) / sqrt(2N)

// An independent PyTorch run of this setting: |gradient of W2| of the first, middle and last layer at 6, 24 and 100 layers, geometric means of two
// seeds; root mean square of the stream at 6 and 100 layers.
constexpr double kBroke = std::numeric_limits<double>::quiet_NaN();
struct Reference {
  const char* scheme;
  double gradients[3][3];
  double stream[2];
};
constexpr int64_t kReferenceDepths[] = {6, 24, 100};
constexpr Reference kReferences[] = {
    {"post", {{.523, .525, .501}, {.409, .550, .495}, {.248, .456, .440}}, {1, 1}},
    {"pre", {{.547, .321, .252}, {.428, .159, .115}, {.450, .073, .051}}, {2.3, 10.7}},
    {kDamped, {{.173, .156, .145}, {.087, .078, .072}, {.042, .038, .034}}, {1.13, 1.13}},
    {"sandwich", {{.696, .396, .287}, {.574, .185, .147}, {.750, .100, .069}}, {3.5, 13.9}},
    {"branch", {{1.43, .516, .284}, {17.1, .829, .144}, {8320, 8.70, .070}}, {3.5, 13.8}},
    {"sub", {{.632, .268, .206}, {.605, .118, .080}, {.572, .053, .034}}, {6.2, 37}},
    {"deepnorm", {{.117, .116, .115}, {.0569, .0570, .0571}, {.0272, .0274, .0270}}, {1, 1}},
    {"deepnorm-wrong-sign", {{.227, .291, .363}, {.128, .200, .230}, {.035, .096, .182}}, {1, 1}},
    {"admin", {{.330, .293, .269}, {.187, .176, .165}, {.103, .088, .087}}, {1, 1}},
    {"lns", {{.497, .201, .152}, {.480, .091, .062}, {.528, .039, .026}}, {1.55, 2.1}},
    {"mix-ln", {{.581, .363, .266}, {.409, .172, .117}, {.536, .090, .053}}, {2.2, 9.9}},
    {"resi-dual", {{1.06, .960, .782}, {.856, 1.01, .710}, {.523, .773, .599}}, {1, 1}},
    {"b2t", {{.353, .309, .282}, {.304, .277, .301}, {.260, .292, .274}}, {1, 1}},
    {"parallel", {{.544, .320, .257}, {.414, .160, .113}, {.427, .074, .050}}, {2.3, 10.7}},
    {"none", {{156, 78, 28}, {2e8, 3e6, 5e5}, {kBroke, kBroke, kBroke}}, {16, kBroke}},
};

std::vector<Cell> cells(Size size) {
  const std::vector<Json> few = {"post", "pre", "deepnorm"};
  std::vector<Json> all;
  for (const Reference& r : kReferences) all.emplace_back(r.scheme);
  const std::vector<Json> depths = {6, 12, 24, 48, 100};
  return grid({{"scheme", size == Size::kQuick ? few : all}, {"layers", depths}}, size == Size::kLong ? 5 : 3);
}

Json model_of(const std::string& scheme, int64_t layers) {
  if (scheme != kDamped) return small_transformer(scheme, layers, kWidth, kHeads, kVocab);
  Json model = small_transformer("layerscale", layers, kWidth, kHeads, kVocab);
  model["residual"]["init"] = 1 / std::sqrt(2.0 * static_cast<double>(layers));
  return model;
}

Measured measure(const Cell& cell) {
  const auto model = fresh_model(model_of(cell.text("scheme"), cell.count("layers")), cell.seed);
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

SideBySide beside_reference(const Results& results) {
  SideBySide both("Side by side: gradient of W2 at the start", {"design", "layers", "of"},
                  "10 % (of numbers that explode with depth, a factor of 2)");
  for (const Reference& r : kReferences)
    for (size_t d = 0; d < std::size(kReferenceDepths); ++d) {
      const int64_t layers = kReferenceDepths[d];
      const Results at = results.where({{"scheme", r.scheme}, {"layers", layers}});
      if (at.empty()) continue;
      const bool explodes = r.scheme == std::string("none") || r.scheme == std::string("branch");
      const Scatter scatter = explodes ? Scatter{.factor = 2} : Scatter{.share = 0.1};
      const char* const layer_names[] = {"first", "middle", "last"};
      for (size_t i = 0; i < 3; ++i) both.add({r.scheme, cat(layers), layer_names[i]}, r.gradients[d][i], at.spread(layer_names[i]), scatter);
      if (d != 1) both.add({r.scheme, cat(layers), "stream"}, r.stream[d / 2], at.spread("stream_rms"), scatter);
    }
  return both;
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
  const SideBySide both = beside_reference(results);
  finding.tables.push_back(both.table());
  finding.charts.push_back(chart_of_last_layers(results));

  const Spread post = slopes(results.where({{"scheme", "post"}})), pre = slopes(results.where({{"scheme", "pre"}}));
  const bool holds = post.least >= -0.15 && post.most <= 0.15 && pre.least >= -0.65 && pre.most <= -0.4;
  finding.verdict = holds ? Verdict::kHolds : Verdict::kNotReproduced;
  finding.sentence = cat("The last layer's gradient goes as depth^", number_text(post.median), " with Post-LN and depth^", number_text(pre.median),
                         " with Pre-LN (ranges ", number_text(post.least), " … ", number_text(post.most), " and ", number_text(pre.least), " … ",
                         number_text(pre.most), "). ", both.sentence());
  const auto ends = [&](const char* scheme, int layers) {
    const Results at = results.where({{"scheme", scheme}, {"layers", layers}});
    return at.median("last") / at.median("first");
  };
  const double post_grows = ends("post", 100), pre_falls = ends("pre", 100);
  finding.evidence = {
      {"S4", refuted_where(post_grows < 3),
       cat("in a decoder-only Post-LN stack last/first is ", number_text(ends("post", 6)), " at 6 layers and ", number_text(post_grows), " at 100")},
      {"S5", refuted_where(pre_falls < 0.5),
       cat("with Pre-LN last/first is ", number_text(ends("pre", 6)), " at 6 layers and ", number_text(pre_falls), " at 100")}};
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
          .edition = 2,
          .cells = cells,
          .measure = measure,
          .judge = judge};
}

}  // namespace gimbal::lab
