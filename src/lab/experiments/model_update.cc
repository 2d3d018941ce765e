// E3 and E5b: how far one step moves what the head reads, by design, optimizer and depth (arXiv:2203.00555, theorem 4.2 and figure 5).
#include <cmath>

#include "lab/judging.h"
#include "lab/side_by_side.h"
#include "lab/stand/updates.h"

namespace gimbal::lab {
namespace model_update_study {

constexpr int64_t kShallow = 6, kDeep = 100;
constexpr double kSgdRate = 0.05, kAdamRate = 1e-4, kRunRate = 5e-4;
constexpr int64_t kRun = 20;

std::vector<Cell> cells(Size size) {
  const std::vector<Json> few = {"post", "deepnorm", "deepnorm-glm"};
  const std::vector<Json> all = {"post", "deepnorm", "deepnorm-glm", "pre", "sandwich", "sub",   "admin",
                                 "lns",  "mix-ln",   "resi-dual",    "b2t", "parallel", "value", "hyper-connections"};
  const std::vector<Json> ends = {kShallow, kDeep}, depths = {kShallow, 24, kDeep};
  const bool quick = size == Size::kQuick;
  const int64_t seeds = size == Size::kLong ? 5 : 3;
  const auto arms = [&](const std::vector<Json>& schemes, const std::vector<Json>& layers, const char* gains) {
    return grid({{"scheme", schemes}, {"optimizer", {"sgd", "adam"}}, {"layers", layers}, {"gains", {gains}}, {"steps", {1}}}, seeds);
  };
  const std::vector<Cell> theorem = arms(quick ? few : all, quick ? ends : depths, "fixed");
  if (quick) return theorem;
  const std::vector<Json> run = {"post", "deepnorm", "deepnorm-glm", "pre", "admin", "sandwich", "sub"};
  return together(together(theorem, arms(few, ends, "learned")),
                  grid({{"scheme", run}, {"optimizer", {"adam"}}, {"layers", ends}, {"gains", {"fixed"}}, {"steps", {kRun}}}, seeds));
}

// One step changes the blocks alone, so that the change is the stack's. The theorem is about their matrices; what the norms' gains and biases add is
// an arm of its own. A run of steps changes the embeddings and the head too.
Measured measure(const Cell& cell) {
  const bool sgd = cell.text("optimizer") == "sgd", run = cell.count("steps") > 1;
  const Moved moved = moved_by({.model = narrow_transformer(cell.text("scheme"), cell.count("layers")),
                                .optimizer = sgd ? "sgd" : "adamw",
                                .rate = run   ? kRunRate
                                        : sgd ? kSgdRate
                                              : kAdamRate,
                                .count = cell.count("steps"),
                                .seed = cell.seed,
                                .learn_gains = cell.text("gains") == "learned",
                                .learn_ends = run});
  return {{{"update", moved.by_step.back()}, {"gradient", moved.gradient}}, {{"update_by_step", moved.by_step}}};
}

// The update at the greatest depth over that at the least, seed by seed.
Spread growth(const Results& results, const char* scheme, const char* optimizer, const char* number = "update") {
  const Results arm = results.where({{"scheme", scheme}, {"optimizer", optimizer}});
  const auto at = [&](int64_t layers) { return arm.where({{"layers", layers}}).numbers(number); };
  std::vector<double> ratios = at(kDeep);
  const std::vector<double> shallow = at(kShallow);
  for (size_t i = 0; i < ratios.size(); ++i) ratios[i] /= shallow[i];
  return spread_of(ratios);
}

// An independent PyTorch run of this setting: the change by one step at 6, 24 and 100 layers, and by 1, 5 and 20 steps of Adam. Given our weights and
// tokens PyTorch makes our change to four digits (Post-LN, 100 layers, seeds 1 … 3, SGD 1.083, 1.141, 0.980, Adam 0.767, 0.934, 0.951), and forty
// seeds of its own scatter as forty of ours do (Mann-Whitney p 0.49 and 0.17): what Post-LN misses here at 100 layers are seeds.
constexpr const char* kScatter =
    "; Post-LN at 100 layers is a matter of seeds: 40 of PyTorch make 0.34 … 1.29 by SGD and 0.20 … 1.26 by Adam, 40 of ours 0.35 … 1.38 and "
    "0.24 … 1.07";
struct Reference {
  const char *scheme, *optimizer;
  double values[3];
};
constexpr Reference kOneStep[] = {
    {"post", "sgd", {.212, .771, .799}},
    {"deepnorm", "sgd", {1.43e-3, 1.53e-3, 1.55e-3}},
    {"deepnorm-glm", "sgd", {2.3e-4, 6.4e-5, 1.5e-5}},
    {"pre", "sgd", {.059, .090, .099}},
    {"post", "adam", {.065, .358, .515}},
    {"deepnorm", "adam", {2.89e-3, 5.84e-3, 1.23e-2}},
    {"deepnorm-glm", "adam", {1.16e-3, 1.18e-3, 1.21e-3}},
    {"pre", "adam", {.028, .065, .131}},
};
struct RunReference {
  const char* scheme;
  double shallow[3], deep[3];
};
constexpr RunReference kRuns[] = {
    {"post", {.26, .59, .94}, {.89, 1.16, 1.14}},      {"deepnorm", {.015, .044, .095}, {.064, .203, .413}},
    {"admin", {.088, .236, .470}, {.665, 1.12, 1.26}}, {"pre", {.13, .32, .56}, {.57, 1.04, 1.15}},
    {"sandwich", {.13, .33, .56}, {.61, 1.05, 1.21}},  {"sub", {.046, .135, .315}, {.20, .47, .92}},
};

Spread after(const Results& run, size_t steps) {
  std::vector<double> moved;
  for (const Result& r : run.all()) moved.push_back(r.measured.curves.at("update_by_step").at(steps - 1));
  return spread_of(moved);
}

SideBySide beside_reference(const Results& one_step, const Results& run) {
  SideBySide both(cat("Side by side: change of the last hidden state", kScatter), {"design", "optimizer", "layers", "steps"}, "10 %");
  const Scatter scatter = {.share = 0.1};
  for (const Reference& r : kOneStep)
    for (size_t d = 0; d < 3; ++d) {
      const int64_t layers[] = {kShallow, 24, kDeep};
      const Results at = one_step.where({{"scheme", r.scheme}, {"optimizer", r.optimizer}, {"layers", layers[d]}});
      if (!at.empty()) both.add({r.scheme, r.optimizer, cat(layers[d]), "1"}, r.values[d], at.spread("update"), scatter);
    }
  for (const RunReference& r : kRuns)
    for (const int64_t layers : {kShallow, kDeep})
      for (size_t i = 0; i < 3; ++i) {
        const size_t steps[] = {1, 5, kRun};
        const Results at = run.where({{"scheme", r.scheme}, {"layers", layers}});
        if (!at.empty())
          both.add({r.scheme, "adam", cat(layers), cat(steps[i])}, (layers == kDeep ? r.deep : r.shallow)[i], after(at, steps[i]), scatter);
      }
  return both;
}

struct Predicted {
  const char *scheme, *optimizer;
  double ratio;  // of 100 to 6 layers: N^(1 - 2(p + q)) for SGD, N^(1 - (p + q)) for Adam, with alpha ~ N^p and weights ~ N^-q
};
const Predicted kPredicted[] = {
    {"deepnorm", "sgd", 1}, {"deepnorm-glm", "sgd", 0.06}, {"deepnorm", "adam", std::sqrt(100.0 / 6)}, {"deepnorm-glm", "adam", 1}};

Finding judge(const Results& all) {
  const Results results = all.where({{"gains", "fixed"}, {"steps", 1}}), learned = all.where({{"gains", "learned"}}),
                run = all.where({{"steps", kRun}});
  Finding finding;
  finding.tables.push_back(table_of("Root mean square of the change of the last hidden state by one step", results, {"scheme", "optimizer", "layers"},
                                    {"update", "gradient"}));
  Table laws{"The change at 100 layers over that at 6: exponents and what they predict", {"design", "optimizer", "predicted", "measured"}, {}};
  bool within = true;
  for (const Predicted& p : kPredicted) {
    const Spread s = growth(results, p.scheme, p.optimizer);
    within = within && s.least > 0.75 * p.ratio && s.most < 1.25 * p.ratio;
    laws.rows.push_back({p.scheme, p.optimizer, number_text(p.ratio), spread_text(s)});
  }
  finding.tables.push_back(std::move(laws));
  if (!learned.empty())
    finding.tables.push_back(table_of("The same when the norms' gains and biases are learned too, which the theorem leaves out", learned,
                                      {"scheme", "optimizer", "layers"}, {"update"}));
  if (!run.empty()) {
    finding.tables.push_back(table_of("The change after 20 steps of Adam at lr 0.0005", run, {"scheme", "layers"}, {"update"}));
    finding.charts.push_back(chart_along("Change over 20 steps of Adam, 100 layers", run.where({{"layers", kDeep}}), "scheme", "step",
                                         {"update_by_step", "change of the last hidden state", Scale::kLog}));
  }
  for (const char* optimizer : {"sgd", "adam"})
    finding.charts.push_back(chart_over(cat("Change by one step of ", optimizer), results.where({{"optimizer", optimizer}}), "scheme",
                                        {"layers", "layers", Scale::kLog}, {"update", "change of the last hidden state", Scale::kLog}));

  const SideBySide both = beside_reference(results, run);
  finding.tables.push_back(both.table());
  const Spread deepnorm = growth(results, "deepnorm", "sgd"), post = growth(results, "post", "sgd"),
               gradient = growth(results, "post", "sgd", "gradient");
  const bool bounded = deepnorm.least >= 0.8 && deepnorm.most <= 1.3 && post.least > 3;
  finding.verdict = verdict_of(bounded && within);
  finding.sentence = cat("From 6 to 100 layers one SGD step's change grows ", spread_text(deepnorm), " times with DeepNorm and ", spread_text(post),
                         " times with Post-LN; under Adam DeepNorm's grows ", spread_text(growth(results, "deepnorm", "adam")),
                         " times, with exponents of a half ", spread_text(growth(results, "deepnorm-glm", "adam")), " times. ", both.sentence());
  finding.evidence = {
      {"S3", refuted_where(gradient.most < 2 && bounded),
       cat("Post-LN's last gradient at 100 layers over that at 6: ", number_text(gradient.median),
           "; the model's change by a step, which DeepNorm bounds: ", number_text(deepnorm.median), " against ", number_text(post.median))}};
  return finding;
}

}  // namespace model_update_study

Experiment model_update() {
  using namespace model_update_study;
  return {.name = "model-update",
          .code = "E3",
          .claim = "DeepNorm bounds the change of the model by a step at any depth: its exponents of a quarter under SGD, of a half under Adam.",
          .source = "Wang et al. 2022, arXiv:2203.00555, theorem 4.2 and figure 5; the exponents for Adam are derived here",
          .published = "Figure 5: from 6L-6L to 100L-100L Post-LN's update explodes and DeepNet's stays nearly constant",
          .criterion =
              "from 6 to 100 layers, every seed: one SGD step grows 0.8 … 1.3 times with DeepNorm and more than 3 times with Post-LN; with "
              "alpha ~ N^p, weights ~ N^-q growth is within 25% of N^(1 - 2(p + q)) under SGD and N^(1 - (p + q)) under Adam",
          .cost = "under 1 s a cell",
          .cells = cells,
          .measure = measure,
          .judge = judge};
}

}  // namespace gimbal::lab
