// E12: whether BatchNorm trains better because it lets layers' inputs shift less (arXiv:1805.11604).
#include "lab/studies/covariate_shift.h"

#include "lab/judging.h"
#include "lab/studies/as_cell.h"

namespace gimbal::lab {
namespace covariate_shift_study {

constexpr int64_t kJudged = 6;    // layers
constexpr double kAsGood = 0.02;  // nats

std::vector<Cell> cells(Size size) {
  if (size == Size::kQuick) return {};
  const auto of = [](const char* norm, const std::vector<Json>& noisy, const std::vector<Json>& layers) {
    return grid({{"norm", {norm}}, {"noisy", noisy}, {"layers", layers}, {"measure_every", {100}}, {"lr", {0.02, 0.1, 0.2}}}, 3);
  };
  const std::vector<Cell> small =
      together(together(of("none", {false}, {kJudged, 14}), of("batch", {false}, {kJudged, 14})), of("batch", {true}, {kJudged}));
  return size == Size::kStandard
             ? small
             : together(together(small, of("batch", {true}, {14})), together(of("none", {false}, {24}), of("batch", {false, true}, {24})));
}

Measured measure(const Cell& cell) { return measured_by(covariate_shift::run, cell); }

Finding judge(const Results& all) {
  const Results best = at_best(all, {"norm", "noisy", "layers"}, "train_loss");
  struct Arm {
    Spread loss, shift, relative;
  };
  const auto arm = [&](const Json& layers, const char* norm, bool noisy) {
    const Results at = best.where({{"layers", layers}, {"norm", norm}, {"noisy", noisy}});
    return Arm{at.spread("train_loss"), at.spread("shift"), at.spread("relative_shift")};
  };
  const Arm plain = arm(kJudged, "none", false), batch = arm(kJudged, "batch", false), noisy = arm(kJudged, "batch", true);
  Finding finding;
  finding.verdict =
      verdict_of(noisy.loss.median - batch.loss.median < kAsGood && lies_below(noisy.loss, plain.loss) && noisy.shift.least >= plain.shift.most);
  finding.sentence = cat("At ", kJudged, " layers the training loss is ", spread_text(batch.loss), " with BatchNorm, ", spread_text(noisy.loss),
                         " with noise behind it and ", spread_text(plain.loss), " without a norm; the gradient's shift ", spread_text(batch.shift),
                         ", ", spread_text(noisy.shift), " and ", spread_text(plain.shift), ".");
  finding.tables.push_back(
      table_of("At the best rate: loss; shift of a layer's gradient when the layers below move; how far a gradient predicts its path", best,
               {"layers", "norm", "noisy", "lr"}, {"train_loss", "shift", "relative_shift", "cosine", "roughness"}));
  // Said: it trains better because the shift is smaller. One depth where it trains better and shifts more is enough against it.
  bool with_less = false, with_more = false;
  std::string seen;
  for (const Json& layers : best.values_of("layers")) {
    const Arm without = arm(layers, "none", false), with = arm(layers, "batch", false);
    if (lies_below(with.loss, without.loss)) {
      with_less = with_less || lies_below(with.shift, without.shift);
      with_more = with_more || lies_below(without.shift, with.shift);
    }
    seen += cat(seen.empty() ? "" : "; ", value_text(layers), " layers: loss ", spread_text(with.loss), " against ", spread_text(without.loss),
                ", shift ", spread_text(with.shift), " against ", spread_text(without.shift), ", of the gradient's size ", spread_text(with.relative),
                " against ", spread_text(without.relative));
  }
  finding.evidence = {{"S8",
                       with_more   ? verdict_of(false)
                       : with_less ? verdict_of(true)
                                   : Verdict::kMeasured,
                       cat("with BatchNorm against without, each at its best rate: ", seen)}};
  return finding;
}

}  // namespace covariate_shift_study

Experiment internal_covariate_shift() {
  using namespace covariate_shift_study;
  return {.name = "covariate-shift",
          .code = "E12",
          .claim = "BatchNorm trains as well when noise shifts what its layers give, so that less internal covariate shift is not its cause.",
          .source = "Santurkar et al. 2018, arXiv:1805.11604, figure 2 and definition 2.1",
          .published = "",
          .criterion =
              "at 6 layers, each arm at its best rate: BatchNorm with noise behind it ends within 0.02 nats of BatchNorm and below the net without a "
              "norm, ranges apart, and the shift of its gradients is at least that of the net without. Of the common statement: depths where "
              "BatchNorm trains better, ranges apart, speak for it when its gradients shift less and against it when they shift more, ranges apart",
          .cost = "1 s a cell, 3 s at 14 layers; long: 10 s",
          .cells = cells,
          .measure = measure,
          .judge = judge};
}

}  // namespace gimbal::lab
