// E5: what released baselines called DeepNorm are, and which of them learn: the paper's constants, the wrong sign, the missing branch, Admin's forms.
#include "lab/judging.h"
#include "lab/sources/markov.h"
#include "lab/stand/probe.h"
#include "lab/stand/scheme.h"
#include "lab/stand/train.h"

namespace gimbal::lab {
namespace baseline_audit_study {

constexpr int64_t kWidth = 64, kHeads = 2, kSteps = 120;
constexpr const char* kNoBranch = "deepnorm-no-branch";

std::vector<Cell> cells(Size size) {
  if (size == Size::kQuick) return {};
  const std::vector<Json> arms = {"deepnorm",
                                  "deepnorm-glm",
                                  "deepnorm-wrong-sign",
                                  "deepnorm-fixed-alpha",
                                  "deepnorm-alpha-alone",
                                  "deepnorm-beta-alone",
                                  "admin",
                                  "admin-constant",
                                  kNoBranch,
                                  "post"};
  const std::vector<Json> one = {1e-3}, rates = {3e-4, 1e-3, 3e-3};
  const auto at = [&](int64_t layers, const std::vector<Json>& lr, int64_t warmup) {
    return grid({{"arm", arms}, {"layers", {layers}}, {"lr", lr}, {"warmup", {warmup}}}, 3);
  };
  if (size == Size::kStandard) return at(6, one, 0);
  return together(at(6, rates, 0), together(at(24, rates, 0), at(6, rates, 60)));
}

Measured measure(const Cell& cell) {
  const Markov source({});
  Training t;
  t.model = small_transformer(cell.text("arm"), cell.count("layers"), kWidth, kHeads, source.spec().vocab);
  t.examples = source.examples(static_cast<uint64_t>(cell.seed), 32);
  t.steps = kSteps;
  t.lr = cell.number("lr");
  t.warmup_steps = cell.count("warmup");
  t.seed = cell.seed;
  const Trained trained = train(t);
  const auto start = fresh_model(t.model, cell.seed);
  const std::vector<double> w2 = probe(*start, random_tokens(4, 32, source.spec().vocab, 1)).by_layer("ffn.down.weight");
  return {{{"loss", trained.end_loss}, {"above_unigram", trained.end_loss - source.unigram()}, {"gradient_last_over_first", w2.back() / w2.front()}},
          {{"loss", trained.losses}}};
}

Finding judge(const Results& results) {
  const double unigram = Markov({}).unigram();
  Finding finding;
  finding.tables.push_back(table_of("Loss of the last 20 of 120 steps", results, {"arm", "layers", "warmup", "lr"}, {"loss"}));
  const Results at = results.where({{"layers", 6}, {"lr", 1e-3}, {"warmup", 0}});
  Table constants{"The constants, at 6 layers", {"arm", "what it is", "gradient last / first", "loss"}, {}};
  for (const Json& arm : at.values_of("arm")) {
    const Results one = at.where({{"arm", arm}});
    constants.rows.push_back({value_text(arm), std::string(scheme_named(value_text(arm)).shown),
                              arm == kNoBranch ? "" : spread_text(one.spread("gradient_last_over_first")), spread_text(one.spread("loss"))});
  }
  finding.tables.push_back(std::move(constants));
  const auto loss = [&](const char* arm) { return at.where({{"arm", arm}}).spread("loss"); };
  const Spread right = loss("deepnorm"), wrong = loss("deepnorm-wrong-sign"), fixed = loss("deepnorm-fixed-alpha");
  finding.verdict = verdict_of(wrong.least >= unigram - 0.02 && fixed.least >= unigram - 0.02 && right.most < unigram - 0.5);
  finding.sentence = cat("At 6 layers DeepNorm's constants reach ", spread_text(right), ", with the wrong sign ", spread_text(wrong),
                         ", with the wrong sign and one alpha for all depths ", spread_text(fixed), "; frequencies alone give ", number_text(unigram),
                         ". The published divergence of that baseline is what its start gives here.");
  finding.evidence = {{"S2", verdict_of(false),
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
