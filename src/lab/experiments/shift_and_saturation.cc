// E32: drift of layers' inputs, saturated units and the growth of small changes with depth, with and without norms (arXiv:1502.03167).
#include "lab/judging.h"
#include "lab/studies/as_cell.h"
#include "lab/studies/saturation.h"

namespace gimbal::lab {
namespace shift_and_saturation_study {

std::vector<Cell> cells(Size size) {
  if (size == Size::kQuick) return {};
  const auto of = [](const std::vector<Json>& norms, const std::vector<Json>& activations, const char* affine, const std::vector<Json>& layers) {
    return grid({{"norm", norms}, {"activation", activations}, {"affine", {affine}}, {"layers", layers}, {"lr", {0.03, 0.1}}}, 3);
  };
  const auto arms = [&](const std::vector<Json>& layers) {
    return together(of({"none", "layer", "batch"}, {"tanh", "sigmoid", "relu"}, "learned", layers),
                    of({"batch"}, {"tanh", "sigmoid"}, "frozen", layers));
  };
  return size == Size::kStandard ? arms({6}) : together(arms({6}), arms({16}));
}

Measured measure(const Cell& cell) { return measured_by(saturation::run, cell); }

Finding judge(const Results& all) {
  const Results best = at_best(all, {"layers", "activation", "norm", "affine"}, "train_loss");
  const Json deepest = best.values_of("layers").back();
  const auto of = [&](const char* activation, const char* norm, const char* number, const char* affine = "learned") {
    return best.where({{"layers", deepest}, {"activation", activation}, {"norm", norm}, {"affine", affine}}).spread(number);
  };
  const Spread drift = of("tanh", "none", "drift"), batch_drift = of("tanh", "batch", "drift"), saturated = of("tanh", "none", "saturated_at_end"),
               batch_saturated = of("tanh", "batch", "saturated_at_end"), grows = of("tanh", "none", "amplification_at_start"),
               batch_grows = of("tanh", "batch", "amplification_at_start");
  const bool shifts = lies_below(batch_drift, drift), saturates = lies_below(batch_saturated, saturated),
             amplifies = grows.least > 1 && lies_below(batch_grows, grows);
  Finding finding;
  finding.verdict = verdict_of(shifts && saturates && amplifies);
  finding.sentence = cat("Tanh, without a norm and with BatchNorm: layers' inputs drift ", spread_text(drift), " and ", spread_text(batch_drift),
                         " deviations between looks, ", percent_text(saturated), " and ", percent_text(batch_saturated),
                         " of the units end saturated, and a small change grows ", spread_text(grows), " and ", spread_text(batch_grows),
                         " times from the first layer to the last. A sigmoid net ends at ", spread_text(of("sigmoid", "none", "train_loss")),
                         " nats without a norm, ", spread_text(of("sigmoid", "layer", "train_loss")), " with LayerNorm, ",
                         spread_text(of("sigmoid", "batch", "train_loss")), " with BatchNorm (",
                         spread_text(of("sigmoid", "batch", "train_loss", "frozen")), " with frozen gains and biases); chance is 2.303.");
  finding.tables.push_back(
      table_of("Perceptrons on glyphs at the best rate", best, {"layers", "activation", "norm", "affine", "lr"},
               {"train_loss", "drift", "saturated_at_start", "saturated_at_end", "amplification_at_start", "amplification_at_end"}));
  finding.evidence = {{"S29", finding.verdict,
                       cat("in a tanh net against BatchNorm: inputs drift ", shifts ? "more" : "no more", ", ", saturates ? "more" : "no more",
                           " units saturate (", percent_text(saturated), " and ", percent_text(batch_saturated), "); a small change grows ",
                           number_text(grows.median), " times with depth, with BatchNorm ", number_text(batch_grows.median))}};
  return finding;
}

}  // namespace shift_and_saturation_study

Experiment shift_and_saturation() {
  using namespace shift_and_saturation_study;
  return {
      .name = "shift-and-saturation",
      .code = "E32",
      .claim =
          "Without a norm layers' inputs shift, units saturate and small changes amplify with depth; BatchNorm keeps inputs in the linear region.",
      .source = "The motivation of Ioffe & Szegedy 2015, arXiv:1502.03167, section 2",
      .published = "",
      .criterion =
          "all three in the tanh net, each arm at its best rate, every seed: without a norm inputs drift more, and more units are saturated after "
          "training, than with BatchNorm; a change of a thousandth in the first layer is larger in the last one before training, and larger than "
          "with BatchNorm",
      .cost = "1 s a cell",
      .cells = cells,
      .measure = measure,
      .judge = judge};
}

}  // namespace gimbal::lab
