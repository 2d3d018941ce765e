// E25: the rank of attention matrices, causal and full, before and after training.
#include "lab/judging.h"
#include "lab/sources/masked.h"
#include "lab/stand/attention_matrices.h"
#include "lab/stand/on_text.h"

namespace gimbal::lab {
namespace attention_rank_study {

constexpr int64_t kLength = 64;

std::vector<Cell> cells(Size size) {
  if (size == Size::kQuick) return {};
  const auto arms = [](const std::vector<Json>& trained, int64_t layers, int64_t width, int64_t steps, int64_t seeds) {
    return grid({{"mask", {"causal", "full"}}, {"trained", trained}, {"layers", {layers}}, {"width", {width}}, {"steps", {steps}}}, seeds);
  };
  const std::vector<Cell> small = arms({false, true}, 4, 32, 600, 3);
  return size == Size::kStandard ? small : together(small, arms({true}, 6, 64, 3000, 5));
}

// The full arm hides 15% of the tokens and says them; both have learned positions.
Measured measure(const Cell& cell) {
  const Markov source(second_order());
  const bool causal = cell.text("mask") == "causal";
  const auto mask = static_cast<int32_t>(source.spec().vocab);
  const auto examples = [&](uint64_t seed) {
    const auto text = source.examples(seed, kLength);
    return causal ? text : masked(text, mask, 0.15, seed);
  };
  Training t;
  t.model = text_transformer("pre", cell.count("layers"), cell.count("width"), mask + 1);
  t.model["positions"] = {{"kind", "learned"}};
  t.model["context"] = kLength;
  t.model["mask"] = cell.text("mask");
  t.examples = examples(static_cast<uint64_t>(cell.seed));
  t.steps = cell.settings.at("trained").get<bool>() ? cell.count("steps") : 1;
  t.lr = cell.settings.at("trained").get<bool>() ? 1e-2 : 0;
  t.seed = cell.seed;
  const Trained trained = train(t);

  double matrices = 0, numerical = 0, effective = 0, double_rank = 0;
  Measured m;
  for (const auto& heads : attention_matrices(*trained.model, batch_of(*examples(900002), 0, 1))) {
    double of_layer = 0;
    for (const Matrix& head : heads) {
      const std::vector<double> sigma = singular_values(head);
      numerical += static_cast<double>(numerical_rank(sigma, 1e-6));
      double_rank += static_cast<double>(numerical_rank(sigma, 1e-2));
      effective += effective_rank(sigma);
      of_layer += effective_rank(sigma) / static_cast<double>(heads.size());
      ++matrices;
    }
    m.curves["effective_rank"].push_back(of_layer);
  }
  m.numbers = {{"rank_1e-6", numerical / matrices},
               {"rank_1e-2", double_rank / matrices},
               {"effective_rank", effective / matrices},
               {"loss", trained.end_loss}};
  return m;
}

Finding judge(const Results& results) {
  Finding finding;
  finding.tables.push_back(table_of("Ranks of 64 x 64 attention matrices, mean over layers and heads", results, {"layers", "mask", "trained"},
                                    {"rank_1e-6", "rank_1e-2", "effective_rank", "loss"}));
  const Results trained = results.where({{"trained", true}, {"layers", results.values_of("layers").back()}});
  finding.charts.push_back(
      chart_along("Effective rank of trained attention by layer", trained, "mask", "layer", {"effective_rank", "effective rank"}));
  const auto of = [&](const char* mask, const char* number) { return trained.where({{"mask", mask}}).spread(number); };
  const Spread causal = of("causal", "effective_rank"), full = of("full", "effective_rank");
  finding.verdict = Verdict::kMeasured;
  finding.sentence = cat("Of 64: trained causal attention has rank ", spread_text(of("causal", "rank_1e-6")), " at 1e-6, ",
                         spread_text(of("causal", "rank_1e-2")), " at 1e-2 and effective rank ", spread_text(causal), "; full attention ",
                         spread_text(of("full", "rank_1e-6")), ", ", spread_text(of("full", "rank_1e-2")), " and ", spread_text(full), ".");
  const bool full_rank = of("causal", "rank_1e-2").least > 0.99 * kLength, causal_above = lies_below(full, causal);
  finding.evidence = {{"S16", refuted_where(!full_rank),
                       cat("in exact numbers yes; of 64 singular values ", number_text(of("causal", "rank_1e-2").median),
                           " lie above a hundredth of the largest, and the effective rank is ", number_text(causal.median))},
                      {"S18", refuted_where(!(full_rank && causal_above)),
                       cat("effective rank ", number_text(causal.median), " (causal) and ", number_text(full.median),
                           " (full); that rank makes a model better is not shown by any of these numbers")}};
  return finding;
}

}  // namespace attention_rank_study

Experiment attention_rank() {
  using namespace attention_rank_study;
  return {.name = "attention-rank",
          .code = "E25",
          .claim = "Causal attention matrices have full rank and bidirectional ones low rank.",
          .source = "A common statement",
          .published = "",
          .criterion =
              "measured: singular values above 1e-6 and 1e-2 of the largest, and exp of their entropy, at length 64; the common statement "
              "counts as seen when all but 1% of a causal matrix's lie above 1e-2 and its effective rank above that of full attention, "
              "every seed",
          .cost = "2 s a cell; long: 1 min",
          .cells = cells,
          .measure = measure,
          .judge = judge};
}

}  // namespace gimbal::lab
