// E4: which designs still learn without a warm-up when the stack is made deeper, up to 96 layers (arXiv:2203.00555, table 1). Deeper: E4b.
#include "lab/judging.h"
#include "lab/sources/markov.h"
#include "lab/stand/scheme.h"
#include "lab/stand/train.h"

namespace gimbal::lab {
namespace depth_trainability_study {

constexpr int64_t kSteps = 100;

// The text needs no depth: the question is whether a deep stack learns at all, not what depth is good for.
std::vector<Cell> cells(Size size) {
  if (size == Size::kQuick) return {};
  const auto arms = [](const std::vector<Json>& schemes, const std::vector<Json>& depths, int64_t width, const std::vector<Json>& rates) {
    return grid({{"scheme", schemes}, {"layers", depths}, {"width", {width}}, {"lr", rates}}, 3);
  };
  const std::vector<Cell> small = arms({"post", "pre", "deepnorm", "mix-ln", "resi-dual", "b2t", "parallel"}, {6, 24}, 32, {3e-3});
  if (size == Size::kStandard) return small;
  return together(small, arms({"post", "pre", "sandwich", "sub", "lns", "admin", "deepnorm", "deepnorm-glm", "mix-ln", "resi-dual", "b2t", "parallel",
                               "value", "hyper-connections"},
                              {6, 24, 96}, 64, {1e-3, 3e-3}));
}

Measured measure(const Cell& cell) {
  const Markov source({});
  Training t;
  t.model = small_transformer(cell.text("scheme"), cell.count("layers"), cell.count("width"), cell.count("width") / 32, source.spec().vocab);
  t.examples = source.examples(static_cast<uint64_t>(cell.seed), 32);
  t.steps = kSteps;
  t.lr = cell.number("lr");
  t.seed = cell.seed;
  t.hopeless_above = 2 * source.unigram();
  const Trained trained = train(t);
  return {{{"loss", trained.end_loss}}, {{"loss", trained.losses}}};
}

// The design at each depth, at the rate that serves it best there.
Spread loss_at(const Results& at, const char* scheme, const Json& layers) {
  return at.where({{"scheme", scheme}, {"layers", layers}}).least("loss", "lr").spread;
}

Finding judge(const Results& results) {
  const double unigram = Markov({}).unigram();
  const Results at = results.where({{"width", results.values_of("width").back()}});
  Finding finding;
  finding.tables.push_back(table_of(cat("Loss of the last 20 of 100 steps; frequencies alone give ", number_text(unigram)), results,
                                    {"width", "scheme", "layers", "lr"}, {"loss"}));
  finding.charts.push_back(chart_over("Loss after 100 steps at lr 0.003", at.where({{"lr", at.values_of("lr").back()}}), "scheme",
                                      {"layers", "layers", Scale::kLog}, {"loss", "loss, nats"}));
  const Spread shallow = loss_at(at, "deepnorm", at.values_of("layers").front());
  bool deepnorm_holds = true, post_fails = true;
  std::string losses;
  for (const Json& layers : at.where({{"scheme", "deepnorm"}}).values_of("layers")) {
    const Spread s = loss_at(at, "deepnorm", layers);
    deepnorm_holds = deepnorm_holds && s.most < shallow.median + 0.1;
    losses += cat(losses.empty() ? "" : ", ", value_text(layers), " layers ", spread_text(s));
  }
  for (const Json& layers : at.where({{"scheme", "post"}}).values_of("layers"))
    if (layers.get<int64_t>() >= 24) post_fails = post_fails && none_below(loss_at(at, "post", layers), unigram - 0.02);
  finding.verdict = verdict_of(deepnorm_holds && post_fails);
  finding.sentence = cat("DeepNorm: ", losses, "; Post-LN at 24 layers ", spread_text(loss_at(at, "post", 24)), ", Pre-LN ",
                         spread_text(loss_at(at, "pre", 24)), "; frequencies alone give ", number_text(unigram), ".");
  return finding;
}

}  // namespace depth_trainability_study

Experiment depth_trainability() {
  using namespace depth_trainability_study;
  return {.name = "depth-trainability",
          .code = "E4",
          .claim = "DeepNorm trains alike at any depth, without a warm-up; Post-LN stops learning.",
          .source = "Wang et al. 2022, arXiv:2203.00555, table 1 and figure 8",
          .published = "",
          .criterion =
              "at each depth's best rate without warm-up, every seed: DeepNorm within 0.1 nats of its median at 6 layers; Post-LN no better "
              "than the unigram entropy (less 0.02) from 24 layers on",
          .cost = "1 to 4 s a cell; long: up to 40 s at 96 layers",
          .cells = cells,
          .measure = measure,
          .judge = judge};
}

}  // namespace gimbal::lab
