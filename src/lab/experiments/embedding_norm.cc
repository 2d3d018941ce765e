// E17: spikes of the loss with a norm on the embeddings, with a smaller embedding gradient, and without either (arXiv:2211.05100, 2210.02414).
#include <algorithm>
#include <cmath>

#include "lab/judging.h"
#include "lab/sources/markov.h"
#include "lab/stand/scheme.h"
#include "lab/stand/train.h"
#include "train/guard.h"

namespace gimbal::lab {
namespace embedding_norm_study {

constexpr const char *kNone = "none", *kNorm = "embedding norm", *kTenth = "gradient x 0.1", *kHalf = "gradient x 0.5", *kSandwich = "sandwich";
constexpr double kNormalRate = 3e-3, kHighRate = 4 * kNormalRate;
constexpr double kSmallCost = 0.05;  // nats

std::vector<Cell> cells(Size size) {
  if (size == Size::kQuick) return {};
  const std::vector<Json> arms = {kNone, kNorm, kTenth, kHalf, kSandwich};
  const auto at = [&](int64_t layers, int64_t width, int64_t vocab, int64_t steps, int64_t seeds) {
    return grid({{"arm", arms}, {"layers", {layers}}, {"width", {width}}, {"vocab", {vocab}}, {"steps", {steps}}, {"lr", {kNormalRate, kHighRate}}},
                seeds);
  };
  const std::vector<Cell> small = at(3, 32, 128, 200, 5);
  return size == Size::kStandard ? small : together(small, at(6, 128, 512, 2000, 10));
}

Measured measure(const Cell& cell) {
  const Markov source({.vocab = cell.count("vocab")});
  const std::string arm = cell.text("arm");
  Training t;
  t.model = small_transformer(arm == kSandwich ? "sandwich" : "pre", cell.count("layers"), cell.count("width"), 2, source.spec().vocab);
  t.model["tied"] = true;
  if (arm == kNorm) t.model["placement"] = "embed-pre";
  if (arm == kTenth) t.model["embedding_gradient"] = 0.1;
  if (arm == kHalf) t.model["embedding_gradient"] = 0.5;
  t.examples = source.examples(static_cast<uint64_t>(cell.seed), 32);
  t.steps = cell.count("steps");
  t.lr = cell.number("lr");
  t.seed = cell.seed;
  SpikeWatch losses, norms;
  double spikes = 0, norm_spikes = 0, embedding_share = 0, largest = 0;
  t.watch = [&](const StepResult& r, Model&) {
    spikes += losses.is_spike(r.loss), norm_spikes += norms.is_spike(r.grad_norm);
    losses.remember(r.loss), norms.remember(r.grad_norm);
    embedding_share += r.embed.grad_norm / r.grad_norm / static_cast<double>(t.steps);
    for (const LayerHealth& layer : r.health.layers) largest = std::max(largest, layer.stream_max);
  };
  const Trained trained = train(t);
  return {{{"loss", trained.end_loss},
           {"above_floor", trained.end_loss - source.floor()},
           {"spikes", spikes},
           {"gradient_spikes", norm_spikes},
           {"embedding_share", embedding_share},
           {"largest_in_stream", largest}},
          {{"loss", trained.losses}}};
}

// Runs of an arm at the high rate that had a spike of the loss, or broke.
int64_t spiking(const Results& arm) {
  return std::count_if(arm.all().begin(), arm.all().end(),
                       [](const Result& r) { return r.measured.numbers.at("spikes") > 0 || !std::isfinite(r.measured.numbers.at("loss")); });
}

// Probability of `count` or fewer among n, when each has probability p.
double binomial_tail(int64_t count, int64_t n, double p) {
  double sum = 0;
  for (int64_t k = 0; k <= count; ++k) {
    const double ways =
        std::tgamma(static_cast<double>(n + 1)) / std::tgamma(static_cast<double>(k + 1)) / std::tgamma(static_cast<double>(n - k + 1));
    sum += ways * std::pow(p, static_cast<double>(k)) * std::pow(1 - p, static_cast<double>(n - k));
  }
  return sum;
}

Finding judge(const Results& results) {
  Finding finding;
  finding.tables.push_back(table_of("Loss, spikes (6 deviations above the last 128 steps) and the embeddings' share of the gradient", results,
                                    {"layers", "arm", "lr"}, {"above_floor", "spikes", "gradient_spikes", "embedding_share", "largest_in_stream"}));
  const Results at = results.where({{"layers", results.values_of("layers").back()}});
  const Results high = at.where({{"lr", kHighRate}}), normal = at.where({{"lr", kNormalRate}});
  const auto runs = [&](const char* arm) { return high.where({{"arm", arm}}); };
  const auto n = static_cast<int64_t>(runs(kNone).all().size());
  const int64_t none = spiking(runs(kNone)), norm = spiking(runs(kNorm)), tenth = spiking(runs(kTenth)), sandwich = spiking(runs(kSandwich));
  const double share = static_cast<double>(none) / static_cast<double>(n);
  finding.verdict = verdict_of(none > std::max(norm, tenth) && binomial_tail(norm, n, share) < 0.05 && binomial_tail(tenth, n, share) < 0.05);
  const auto loss = [&](const char* arm) { return normal.where({{"arm", arm}}).spread("above_floor"); };
  const auto largest = [&](const char* arm) { return runs(arm).median("largest_in_stream"); };
  finding.sentence =
      cat("At 4 times the usual rate ", none, " of ", n, " runs had a spike without either, ", norm, " with a norm on the embeddings, ", tenth,
          " with a tenth of their gradient, ", sandwich, " with Sandwich-LN; at the usual rate they end ", spread_text(loss(kNone)), ", ",
          spread_text(loss(kNorm)), ", ", spread_text(loss(kTenth)), ", ", spread_text(loss(kSandwich)), " nats above the floor.");
  if (finding.verdict == Verdict::kNotReproduced) finding.sentence += " The mechanism is not visible at this size.";
  const double cost = loss(kNorm).median - loss(kNone).median;
  finding.evidence = {
      {"S14", verdict_of(none > norm && binomial_tail(norm, n, share) < 0.05 && cost < kSmallCost),
       cat("runs with a spike: ", none, " of ", n, " without, ", norm, " with the norm; its cost at the usual rate is ", number_text(cost), " nats")},
      {"S32", Verdict::kMeasured,
       cat("largest value in the stream at the high rate: ", number_text(largest(kSandwich)), " with Sandwich-LN, ", number_text(largest(kNone)),
           " with Pre-LN; runs with a spike: ", sandwich, " and ", none, " of ", n)}};
  return finding;
}

}  // namespace embedding_norm_study

Experiment embedding_norm() {
  using namespace embedding_norm_study;
  return {.name = "embedding-norm",
          .code = "E17",
          .claim = "A norm on the embeddings, or a smaller gradient of theirs, makes spikes of the loss rarer.",
          .source = "BLOOM, arXiv:2211.05100; GLM-130B, arXiv:2210.02414",
          .published = "",
          .criterion =
              "at 4 times the usual rate fewer runs spike with the norm and with a tenth of the gradient than without, each with binomial "
              "p below 0.05; otherwise the mechanism is not visible at this size. The statement adds a small cost: under 0.05 nats at the usual rate",
          .cost = "1 s a cell; long: 1 min",
          .cells = cells,
          .measure = measure,
          .judge = judge};
}

}  // namespace gimbal::lab
