// E36, elsewhere: LayerNorm in a GAN and in an actor-critic; and, at the long size, sequence to sequence with and without attention.
#include "lab/judging.h"
#include "lab/studies/as_cell.h"
#include "lab/studies/grid_policy.h"
#include "lab/studies/reversal.h"
#include "lab/studies/ring_gan.h"

namespace gimbal::lab {
namespace elsewhere_study {

std::vector<Cell> cells(Size size) {
  if (size == Size::kQuick) return {};
  const auto gan = [](const char* generator, const char* discriminator, int64_t steps) {
    return grid(
        {{"part", {"gan"}}, {"generator_norm", {generator}}, {"discriminator_norm", {discriminator}}, {"steps", {steps}}, {"lr", {1e-3, 3e-3, 1e-2}}},
        5);
  };
  const auto gans = [&](int64_t steps) {
    return together(together(gan("none", "none", steps), gan("none", "layer", steps)), gan("layer", "layer", steps));
  };
  const auto policy = [](int64_t side, int64_t steps) {
    return grid({{"part", {"policy"}}, {"norm", {"none", "layer"}}, {"side", {side}}, {"steps", {steps}}, {"lr", {3e-3, 1e-2, 3e-2}}}, 5);
  };
  const std::vector<Cell> small = together(gans(1500), policy(6, 600));
  if (size == Size::kStandard) return small;
  const std::vector<Cell> recurrent =
      grid({{"part", {"reversal"}}, {"net", {"recurrent", "attention"}}, {"norm", {"none", "layer"}}, {"steps", {1500}}, {"lr", {1e-3, 3e-3}}}, 3);
  const std::vector<Cell> transformer =
      grid({{"part", {"reversal"}}, {"net", {"transformer"}}, {"norm", {"its own"}}, {"steps", {1500}}, {"lr", {1e-3, 3e-3}}}, 3);
  return together(together(together(small, gans(6000)), policy(10, 3000)), together(recurrent, transformer));
}

Measured measure(const Cell& cell) {
  const std::string part = cell.text("part");
  if (part == "reversal") return measured_by(reversal::run, cell);
  if (part == "gan") {
    Measured m = measured_by(ring_gan::run, cell);
    m.numbers["missed"] = 1 - m.numbers.at("good_points") * m.numbers.at("clouds") / static_cast<double>(ring_gan::Settings().clouds);
    return m;
  }
  Measured m = measured_by(grid_policy::run, cell);
  m.numbers["lost_while_learning"] = m.numbers.at("best_reward") - m.numbers.at("mean_reward");
  return m;
}

Finding judge(const Results& all) {
  const auto longest = [&](const char* part) {
    const Results of = all.where({{"part", part}});
    return of.where({{"steps", of.values_of("steps").back()}});
  };
  const Results gan = at_best(longest("gan"), {"generator_norm", "discriminator_norm"}, "missed"),
                policy = at_best(longest("policy"), {"norm"}, "lost_while_learning");
  const auto missed = [&](const char* generator, const char* discriminator) {
    return gan.where({{"generator_norm", generator}, {"discriminator_norm", discriminator}}).spread("missed");
  };
  const auto lost = [&](const char* norm) { return policy.where({{"norm", norm}}).spread("lost_while_learning"); };
  const Spread none = missed("none", "none"), one = missed("none", "layer"), both = missed("layer", "layer");
  const bool gan_helped = lies_below(one, none) || lies_below(both, none), policy_helped = lies_below(lost("layer"), lost("none"));
  Finding finding;
  finding.verdict = verdict_of(gan_helped && policy_helped);
  finding.sentence =
      cat("A GAN misses ", percent_text(none), " of a ring of 8 clouds without norms, ", percent_text(one), " with LayerNorm in the discriminator, ",
          percent_text(both), " with it in both nets. An actor-critic loses ", spread_text(lost("none")),
          " of reward a move over training without a norm, ", spread_text(lost("layer")), " with LayerNorm.");
  finding.tables.push_back(table_of("Clouds on a ring at the best rate", gan, {"generator_norm", "discriminator_norm", "lr"},
                                    {"missed", "clouds", "good_points", "discriminator_loss"}));
  finding.tables.push_back(
      table_of("Actor-critic on a grid at the best rate", policy, {"norm", "lr"}, {"lost_while_learning", "reward", "mean_reward", "best_reward"}));
  const Results reversal = all.where({{"part", "reversal"}});
  if (!reversal.empty())
    finding.tables.push_back(table_of("Writing 12 symbols backwards, at the best rate", at_best(reversal, {"net", "norm"}, "symbol_error"),
                                      {"net", "norm", "lr"}, {"symbol_error", "sequence_error", "loss", "parameters", "seconds"}));
  finding.evidence = {{"S35", finding.verdict,
                       cat("a GAN misses ", percent_text(none), " of a ring without norms and ", percent_text(one), " or ", percent_text(both),
                           " with LayerNorm; a policy loses ", number_text(lost("none").median), " of reward a move without and ",
                           number_text(lost("layer").median), " with it")}};
  return finding;
}

}  // namespace elsewhere_study

Experiment elsewhere() {
  using namespace elsewhere_study;
  return {.name = "elsewhere",
          .code = "E36b",
          .claim = "LayerNorm helps GANs and policies.",
          .source = "A common statement",
          .published = "",
          .criterion =
              "both, each arm at its best rate, ranges apart: a GAN with LayerNorm in the discriminator or in both nets misses less of a ring of 8 "
              "clouds (1 - share of points near a cloud x share of clouds reached) than one without, and an actor-critic on a grid with LayerNorm "
              "loses less reward over training",
          .cost = "under 1 s a cell; long: 10 s",
          .cells = cells,
          .measure = measure,
          .judge = judge};
}

}  // namespace gimbal::lab
