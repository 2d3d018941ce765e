// E5 and X5: what released baselines called DeepNorm and its relatives are, which of them learn, how far a step moves them, and up to which rate.
#include <cmath>
#include <limits>

#include "lab/judging.h"
#include "lab/side_by_side.h"
#include "lab/sources/markov.h"
#include "lab/stand/probe.h"
#include "lab/stand/scheme.h"
#include "lab/stand/stable_rate.h"
#include "lab/stand/train.h"
#include "lab/stand/updates.h"

namespace gimbal::lab {
namespace baseline_audit_study {

constexpr int64_t kWidth = 64, kHeads = 2, kSteps = 120, kShallow = 6, kDeep = 100;
constexpr int64_t kSearchWidth = 32, kSearchSteps = 60;
constexpr const char *kNoBranch = "deepnorm-no-branch", *kFixupCode = "t-fixup, values x sqrt 2", *kPair = "deepnorm, encoder-decoder",
                     *kPairCode = "deepnorm-torchscale, encoder-decoder";

const std::vector<Json> kCompared = {"deepnorm", "deepnorm-glm", "deepnorm-wrong-sign", "admin", "post", "pre", "sandwich", "sub"};
const std::vector<Json> kVariants = {
    "deepnorm-fixed-alpha", "deepnorm-alpha-alone", "deepnorm-beta-alone", "admin-constant", kNoBranch, "mix-ln", "t-fixup", kFixupCode};
const std::vector<Json> kPairs = {kPair, kPairCode};

std::vector<Json> joined_lists(std::vector<Json> a, const std::vector<Json>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

// Trainings have a rate, measurements at the start and searches for the largest rate a part.
std::vector<Cell> cells(Size size) {
  if (size == Size::kQuick) return {};
  const std::vector<Json> usual = {1e-3}, few = {3e-4, 1e-3, 3e-3}, two = {1e-3, 3e-3}, rates = {3e-4, 1e-3, 3e-3, 1e-2},
                          all = joined_lists(kCompared, kVariants);
  const auto at = [](const std::vector<Json>& arms, int64_t layers, const std::vector<Json>& lr, int64_t warmup) {
    return grid({{"arm", arms}, {"layers", {layers}}, {"lr", lr}, {"warmup", {warmup}}}, 3);
  };
  const bool standard = size == Size::kStandard;
  std::vector<Cell> cells = together(at(kCompared, kShallow, standard ? two : rates, 0), at(kVariants, kShallow, standard ? usual : few, 0));
  if (!standard) {
    cells = together(std::move(cells), together(at(kCompared, 24, rates, 0), at(kVariants, 24, few, 0)));
    cells = together(std::move(cells), at(all, kShallow, few, 60));
  }
  cells = together(std::move(cells), grid({{"arm", joined_lists(all, kPairs)}, {"part", {"start"}}, {"layers", {kShallow, kDeep}}}, 3));
  return together(std::move(cells), grid({{"arm", all}, {"part", {"rate"}}, {"layers", {kShallow}}}, 3));
}

std::string scheme_of(const std::string& arm) {
  if (arm == kFixupCode) return "t-fixup";
  return arm == kPair || arm == kPairCode ? "deepnorm" : arm;
}

// T-Fixup's released code: its library starts values by 1/sqrt 2, which the code takes back.
void widen_values(Model& model) {
  for (Parameter& p : model.parameters().all()) {
    if (!p.name.ends_with("attn.qkv.weight")) continue;
    float* values = p.value.data<float>();
    for (int64_t i = p.value.elements() * 2 / 3; i < p.value.elements(); ++i) values[i] *= std::sqrt(2.0f);
  }
}

std::function<void(Model&)> preparation_of(const Cell& cell) {
  if (cell.text("arm") == kFixupCode) return widen_values;
  return {};
}

Training training_of(const Cell& cell, const Markov& source, int64_t width, int64_t steps) {
  Training t;
  t.model = small_transformer(scheme_of(cell.text("arm")), cell.count("layers"), width, kHeads, source.spec().vocab);
  t.examples = source.examples(static_cast<uint64_t>(cell.seed), 32);
  t.steps = steps;
  t.seed = cell.seed;
  t.prepare = preparation_of(cell);
  return t;
}

Measured measure_start(const Cell& cell) {
  const std::string arm = cell.text("arm");
  Steps steps{.model = narrow_transformer(scheme_of(arm), cell.count("layers")), .seed = cell.seed, .prepare = preparation_of(cell)};
  if (arm == kPair || arm == kPairCode) steps.model["encoder_layers"] = cell.count("layers");
  if (arm == kPairCode) steps.model["residual"]["kind"] = "deepnorm-torchscale";
  const Moved sgd = moved_by(steps);
  steps.optimizer = "adamw";
  steps.rate = 1e-4;
  const Moved adam = moved_by(steps);
  return {{{"sgd", sgd.by_step.back()}, {"adam", adam.by_step.back()}, {"first", sgd.first_gradient}, {"last", sgd.gradient}}, {}};
}

Measured measure_rate(const Cell& cell) {
  const Markov source({});
  Training t = training_of(cell, source, kSearchWidth, kSearchSteps);
  t.hopeless_above = 1.5 * source.unigram();
  const StableRate found = find_stable_rate(
      [&](double lr) {
        t.lr = lr;
        return train(t).end_loss;
      },
      source.unigram() - 0.02);
  return {{{"largest_stable_lr", found.largest}, {"best_lr", found.best}}, {}};
}

Measured measure(const Cell& cell) {
  if (cell.settings.contains("part")) return cell.text("part") == "start" ? measure_start(cell) : measure_rate(cell);
  const Markov source({});
  Training t = training_of(cell, source, kWidth, kSteps);
  t.lr = cell.number("lr");
  t.warmup_steps = cell.count("warmup");
  const Trained trained = train(t);
  return {{{"loss", trained.end_loss}, {"above_unigram", trained.end_loss - source.unigram()}}, {{"loss", trained.losses}}};
}

// An independent PyTorch run of these trainings without warm-up, one seed, on a chain of its own (floor 2.133, unigram 3.387); not-a-number: no
// better than frequencies. Rates 3e-4, 1e-3, 3e-3, 1e-2; 0: not run.
constexpr double kUnlearned = std::numeric_limits<double>::quiet_NaN(), kFloorOfReference = 2.133;
struct Reference {
  const char* arm;
  int64_t layers;
  double losses[4];
};
constexpr Reference kReferences[] = {
    {"post", 6, {2.650, 2.377, 3.127, kUnlearned}},
    {"pre", 6, {2.393, 2.246, 2.229, 2.248}},
    {"sandwich", 6, {2.426, 2.254, 2.232, 2.242}},
    {"sub", 6, {2.614, 2.303, 2.236, 2.256}},
    {"deepnorm", 6, {2.366, 2.208, 2.208, 2.238}},
    {"deepnorm-wrong-sign", 6, {kUnlearned, kUnlearned, kUnlearned, kUnlearned}},
    {"admin", 6, {2.363, 2.235, 2.228, 2.259}},
    {"post", 24, {kUnlearned, kUnlearned, kUnlearned, kUnlearned}},
    {"pre", 24, {2.364, 2.256, 2.245, 2.294}},
    {"sandwich", 24, {2.380, 2.268, 2.254, 2.278}},
    {"sub", 24, {2.678, 2.353, 2.276, 2.311}},
    {"deepnorm", 24, {0, 2.202, 2.216, 0}},
    {"deepnorm-glm", 24, {0, 2.213, 2.206, 0}},
    {"deepnorm-wrong-sign", 24, {0, kUnlearned, 0, 0}},
    {"admin", 24, {0, 2.241, 0, 0}},
};

SideBySide beside_reference(const Results& results) {
  const Markov source({});
  SideBySide both("Side by side: nats above the floor after 120 steps without warm-up (broke: no better than frequencies)",
                  {"design", "layers", "lr"}, "0.05 nats");
  for (const Reference& r : kReferences)
    for (size_t i = 0; i < 4; ++i) {
      const double rates[] = {3e-4, 1e-3, 3e-3, 1e-2};
      const Results at = results.where({{"arm", r.arm}, {"layers", r.layers}, {"lr", rates[i]}, {"warmup", 0}});
      if (at.empty() || r.losses[i] == 0) continue;
      std::vector<double> ours = at.numbers("loss");
      for (double& loss : ours) loss = loss < source.unigram() - 0.02 ? loss - source.floor() : kUnlearned;
      both.add({r.arm, cat(r.layers), number_text(rates[i])}, r.losses[i] - kFloorOfReference, spread_of(ours), {.difference = 0.05});
    }
  return both;
}

// A number at the greatest depth over that at the least, seed by seed.
Spread growth(const Results& start, const char* number) {
  std::vector<double> ratios = start.where({{"layers", kDeep}}).numbers(number);
  const std::vector<double> shallow = start.where({{"layers", kShallow}}).numbers(number);
  for (size_t i = 0; i < ratios.size(); ++i) ratios[i] /= shallow[i];
  return spread_of(ratios);
}

std::string words_for(const std::string& arm) {
  if (arm == kFixupCode) return "as its authors' code starts it";
  if (arm == kPair) return "encoder: LN(0.81 (N^4 M)^1/16 x + f(x)), weights x 0.87 (N^4 M)^-1/16";
  if (arm == kPairCode) return "the same with weights x 1.15 (N^4 M)^-1/16";
  return std::string(scheme_named(arm).shown);
}

Table table_of_variants(const Results& results, const Results& at) {
  Table table{
      "Every variant: growth from 6 to 100 layers of one step's change, slope of the last gradient on depth, largest rate at 6 layers",
      {"variant", "what it is", "SGD's change", "Adam's change", "gradient ~ depth^", "last / first at 100", "largest stable lr", "loss at lr 0.001"},
      {}};
  for (const Json& arm : results.where({{"part", "start"}}).values_of("arm")) {
    const Results start = results.where({{"arm", arm}, {"part", "start"}}), rate = results.where({{"arm", arm}, {"part", "rate"}}),
                  trained = at.where({{"arm", arm}}), deep = start.where({{"layers", kDeep}});
    std::vector<double> ends = deep.numbers("last");
    const std::vector<double> first = deep.numbers("first");
    for (size_t i = 0; i < ends.size(); ++i) ends[i] /= first[i];
    const bool silent = arm == kNoBranch;
    table.rows.push_back({value_text(arm), words_for(value_text(arm)), silent ? "" : spread_text(growth(start, "sgd")),
                          silent ? "" : spread_text(growth(start, "adam")), silent ? "" : spread_text(log_slopes(start, "layers", "last")),
                          silent ? "" : spread_text(spread_of(ends)), rate.empty() ? "" : spread_text(rate.spread("largest_stable_lr")),
                          trained.empty() ? "" : spread_text(trained.spread("loss"))});
  }
  return table;
}

Finding judge(const Results& results) {
  const double unigram = Markov({}).unigram();
  const Results at = results.where({{"layers", kShallow}, {"lr", 1e-3}, {"warmup", 0}});
  std::vector<Result> trainings;
  for (const Result& r : results.all())
    if (r.cell.settings.contains("lr")) trainings.push_back(r);
  const SideBySide both = beside_reference(results);
  Finding finding;
  finding.tables = {table_of_variants(results, at), both.table(),
                    table_of("Loss of the last 20 of 120 steps", Results(std::move(trainings)), {"arm", "layers", "warmup", "lr"}, {"loss"})};
  const auto loss = [&](const char* arm) { return at.where({{"arm", arm}}).spread("loss"); };
  const Spread right = loss("deepnorm"), wrong = loss("deepnorm-wrong-sign"), fixed = loss("deepnorm-fixed-alpha");
  finding.verdict = verdict_of(none_below(wrong, unigram - 0.02) && none_below(fixed, unigram - 0.02) && right.most < unigram - 0.5);
  finding.sentence = cat("At 6 layers DeepNorm's constants reach ", spread_text(right), ", with the wrong sign ", spread_text(wrong),
                         ", with the wrong sign and one alpha for all depths ", spread_text(fixed), "; frequencies alone give ", number_text(unigram),
                         ". The published divergence of that baseline is what its start gives here. ", both.sentence());
  finding.evidence = {{"S2", Verdict::kMeasured,
                       cat("LN(alpha x) without the branch ends at ", spread_text(loss(kNoBranch)),
                           " on text that needs the last token only, because all its blocks together are one LayerNorm")}};
  return finding;
}

}  // namespace baseline_audit_study

Experiment baseline_audit() {
  using namespace baseline_audit_study;
  return {.name = "baseline-audit",
          .code = "E5",
          .claim =
              "A DeepNorm whose starting weights are multiplied by (8N)^+1/4 instead of (8N)^-1/4, as two released baselines have it, does not "
              "learn where the paper's own does.",
          .source = "Released code of Mix-LN (arXiv:2412.13795) and LayerNorm-Scaling (arXiv:2502.05795) against arXiv:2203.00555",
          .published =
              "Their tables: DeepNorm 27.17 / 22.77 / 1362.59 / 1409.08 perplexity at 130M / 250M / 350M / 1B, Pre-LN 26.73 / 21.92 / 19.58 "
              "/ 17.02; arXiv:2603.05369 with its own code: DeepNorm 14.57 / 12.38 / 10.32, Pre-LN 14.67 / 12.36 / 10.32",
          .criterion =
              "at 6 layers and lr 0.001 without warm-up, every seed: both wrong signs end no better than the unigram entropy (less 0.02), "
              "the right one more than 0.5 nats below it",
          .cost = "2 s a cell at 6 layers, 10 s at 24",
          .cells = cells,
          .measure = measure,
          .judge = judge};
}

}  // namespace gimbal::lab
