// E20: what many mixtures of residual streams, one after the other, do to a stream's size: free ones and doubly stochastic ones (arXiv:2409.19606,
// 2512.24880), at random and trained.
#include <algorithm>
#include <cmath>

#include "core/rng.h"
#include "lab/judging.h"
#include "lab/sources/markov.h"
#include "lab/stand/matrix.h"
#include "lab/stand/scheme.h"
#include "lab/stand/train.h"

namespace gimbal::lab {
namespace hyper_study {

constexpr size_t kStreams = 4, kMixtures = 60;
constexpr int64_t kIterations = 20;  // of a trained model's Sinkhorn

std::vector<Cell> cells(Size size) {
  const auto random = [](const std::vector<Json>& rules, const std::vector<Json>& sigmas, const std::vector<Json>& iterations) {
    return grid({{"part", {"random"}}, {"rule", rules}, {"sigma", sigmas}, {"iterations", iterations}}, 5);
  };
  const auto trained = [](int64_t width, int64_t steps, const std::vector<Json>& rates) {
    return grid({{"part", {"trained"}},
                 {"rule", {"pre", "hyper-connections", "mhc"}},
                 {"layers", {24}},
                 {"width", {width}},
                 {"steps", {steps}},
                 {"lr", rates}},
                3);
  };
  const std::vector<Cell> drawn = together(random({"hyper-connections"}, {0.03, 0.1, 0.3}, {0}), random({"mhc"}, {0.3, 1, 3}, {5, kIterations, 100}));
  if (size == Size::kQuick) return drawn;
  return together(drawn, size == Size::kStandard ? trained(32, 60, {3e-3}) : together(trained(32, 60, {3e-3}), trained(64, 400, {1e-3, 3e-3})));
}

Matrix identity() {
  Matrix m(kStreams, kStreams);
  for (size_t i = 0; i < kStreams; ++i) m.at(i, i) = 1;
  return m;
}

Matrix product(const Matrix& a, const Matrix& b) {
  Matrix c(kStreams, kStreams);
  for (size_t i = 0; i < kStreams; ++i)
    for (size_t k = 0; k < kStreams; ++k)
      for (size_t j = 0; j < kStreams; ++j) c.at(i, j) += a.at(i, k) * b.at(k, j);
  return c;
}

// Coefficients of the engine are [from, to]; x' = M x has them the other way around.
Matrix mixture_of(const std::vector<double>& from_to) {
  Matrix m(kStreams, kStreams);
  for (size_t from = 0; from < kStreams; ++from)
    for (size_t to = 0; to < kStreams; ++to) m.at(to, from) = from_to[from * kStreams + to];
  return m;
}

Matrix doubly_stochastic(const std::vector<double>& logits, int64_t iterations) {
  Tape tape(Tape::Mode::kInference, Tape::Phase::kEval);
  const Tensor x = Tensor::from<double>(logits, Shape{1, static_cast<int64_t>(logits.size())}, Device::kReference);
  return mixture_of(ops::sinkhorn(tape, iterations, kStreams, Tape::constant(x)).value.to_doubles());
}

// Least and largest sums: a row's is what a stream receives where all streams are 1, a column's is what a stream gives.
struct Sums {
  double row_min = 1e300, row_max = -1e300, column_min = 1e300, column_max = -1e300;
};
Sums sums_of(const Matrix& m) {
  Sums s;
  for (size_t i = 0; i < kStreams; ++i) {
    double row = 0, column = 0;
    for (size_t j = 0; j < kStreams; ++j) row += m.at(i, j), column += m.at(j, i);
    s.row_min = std::min(s.row_min, row), s.row_max = std::max(s.row_max, row);
    s.column_min = std::min(s.column_min, column), s.column_max = std::max(s.column_max, column);
  }
  return s;
}

// The product of all mixtures so far, and its largest sum in absolute value behind each.
Measured composite_of(const std::vector<Matrix>& mixtures) {
  Measured m;
  Matrix all = identity();
  for (const Matrix& mixture : mixtures) {
    all = product(mixture, all);
    const Sums s = sums_of(all);
    m.curves["gain"].push_back(std::max({std::abs(s.row_min), std::abs(s.row_max), std::abs(s.column_min), std::abs(s.column_max)}));
  }
  const Sums s = sums_of(all);
  m.numbers = {
      {"row_min", s.row_min}, {"row_max", s.row_max}, {"column_min", s.column_min}, {"column_max", s.column_max}, {"gain", m.curves["gain"].back()}};
  return m;
}

Measured measure_random(const Cell& cell) {
  Rng random(static_cast<uint64_t>(cell.seed), "mixtures of streams");
  const bool free = cell.text("rule") == "hyper-connections";
  std::vector<Matrix> mixtures;
  for (size_t i = 0; i < kMixtures; ++i) {
    std::vector<double> drawn(kStreams * kStreams);
    for (size_t k = 0; k < drawn.size(); ++k) drawn[k] = cell.number("sigma") * random.normal() + (free && k % (kStreams + 1) == 0 ? 1 : 0);
    mixtures.push_back(free ? mixture_of(drawn) : doubly_stochastic(drawn, cell.count("iterations")));
  }
  return composite_of(mixtures);
}

// The part of a trained model's mixtures that all tokens share; what a token adds is small (its factor starts at 0.01).
std::vector<Matrix> mixtures_of(Model& model, const std::string& rule) {
  std::vector<Matrix> mixtures;
  for (int64_t layer = 0; layer < model.architecture().layers; ++layer)
    for (const char* branch : {"attn", "ffn"}) {
      const std::string name = cat("block.", layer, ".", branch, ".join.", rule == "mhc" ? "res" : "carry", ".base");
      const std::vector<double> base = model.parameters().find(name)->value.to_doubles();
      mixtures.push_back(rule == "mhc" ? doubly_stochastic(base, kIterations) : mixture_of(base));
    }
  return mixtures;
}

Measured measure(const Cell& cell) {
  if (cell.text("part") == "random") return measure_random(cell);
  const Markov source({});
  const std::string rule = cell.text("rule");
  Training t;
  t.model = small_transformer(rule, cell.count("layers"), cell.count("width"), cell.count("width") / 32, source.spec().vocab);
  t.examples = source.examples(static_cast<uint64_t>(cell.seed), 32);
  t.steps = cell.count("steps");
  t.lr = cell.number("lr");
  t.seed = cell.seed;
  const Trained trained = train(t);
  Measured m;
  if (rule != "pre") m = composite_of(mixtures_of(*trained.model, rule));
  m.numbers["above_floor"] = trained.end_loss - source.floor();
  m.curves["loss"] = trained.losses;
  return m;
}

Finding judge(const Results& results) {
  const std::vector<std::string> sums = {"row_min", "row_max", "column_min", "column_max", "gain"};
  const Results random = results.where({{"part", "random"}}), trained = results.where({{"part", "trained"}});
  const auto drawn = [&](const char* rule, double sigma) { return random.where({{"rule", rule}, {"sigma", sigma}}); };
  Finding finding;
  finding.tables.push_back(
      table_of("Sums of the product of 60 random mixtures of 4 streams (sigma: of free entries around the identity, or of logits)", random,
               {"rule", "sigma", "iterations"}, sums));
  finding.charts.push_back(chart_along("Largest sum of the product, free mixtures", random.where({{"rule", "hyper-connections"}}), "sigma",
                                       "mixtures", {"gain", "largest sum", Scale::kLog}));
  finding.charts.push_back(chart_along("Largest sum of the product, doubly stochastic mixtures of 20 iterations",
                                       random.where({{"rule", "mhc"}, {"iterations", kIterations}}), "sigma", "mixtures", {"gain", "largest sum"}));
  const Spread free = drawn("hyper-connections", 0.3).spread("gain"), bound = random.where({{"rule", "mhc"}}).spread("gain"),
               starved = drawn("mhc", 3).where({{"iterations", 5}}).spread("column_min"),
               held = drawn("mhc", 3).where({{"iterations", 100}}).spread("column_min");
  bool grows = true;
  for (const Result& r : drawn("hyper-connections", 0.3).all()) {
    std::vector<double> depth, gain;
    for (const double g : r.measured.curves.at("gain")) depth.push_back(static_cast<double>(depth.size() + 1)), gain.push_back(std::log(g));
    grows = grows && line_through(depth, gain).slope > 0;
  }
  finding.verdict = verdict_of(grows && bound.most <= 2);
  finding.sentence = cat("The largest sum of the product of 60 mixtures is ", spread_text(free), " for free ones (sigma 0.3) and at most ",
                         number_text(bound.most), " for doubly stochastic ones. Their least column sum at sigma 3 is ", spread_text(starved),
                         " with 5 Sinkhorn iterations and ", spread_text(held), " with 100: the largest alone would hide that.");
  if (trained.empty()) return finding;
  const Results at = trained.where({{"width", trained.values_of("width").back()}});
  finding.tables.push_back(table_of("Trained, 24 layers: nats above the floor", trained, {"width", "steps", "rule", "lr"}, {"above_floor"}));
  std::vector<Result> mixing;
  for (const Result& r : trained.all())
    if (r.cell.text("rule") != "pre") mixing.push_back(r);
  finding.tables.push_back(table_of("Trained: sums of the product of the 48 mixtures", Results(std::move(mixing)), {"width", "rule", "lr"}, sums));
  std::string losses;
  for (const AtBest& best : at_best_rates(at, "rule", "above_floor")) {
    losses += cat(losses.empty() ? " After training: " : "; ", value_text(best.arm), " ", spread_text(best.spread), " nats above the floor");
    if (best.arm != "pre") losses += cat(", sums up to ", spread_text(at.where({{"rule", best.arm}, {"lr", best.lr}}).spread("gain")));
  }
  finding.sentence += losses + ".";
  return finding;
}

}  // namespace hyper_study

Experiment hyper_connections() {
  using namespace hyper_study;
  return {.name = "hyper-connections",
          .code = "E20",
          .claim = "The product of free mixtures of streams grows with depth; doubly stochastic ones hold it, as far as Sinkhorn has converged.",
          .source = "Hyper-connections, arXiv:2409.19606; mHC, arXiv:2512.24880",
          .published = "27B: hyper-connections reach a gain of about 3000, mHC at most 1.6",
          .criterion =
              "60 random mixtures, every seed: the largest row or column sum of the product grows with their number for free ones (sigma 0.3) "
              "and stays at most 2 for doubly stochastic ones; losses are reported",
          .cost = "under 1 s a cell; trained 5 s; long: 2 min",
          .cells = cells,
          .measure = measure,
          .judge = judge};
}

}  // namespace gimbal::lab
