// E26: whether a model without positions knows places: a linear probe reads the place of a token from the stream, behind causal and full attention.
#include <algorithm>

#include "lab/judging.h"
#include "lab/sources/masked.h"
#include "lab/stand/matrix.h"
#include "lab/stand/on_text.h"
#include "lab/stand/streams.h"

namespace gimbal::lab {
namespace positions_study {

constexpr int64_t kLength = 64, kSequences = 64;
constexpr double kRidge = 1e-3;

std::vector<Cell> cells(Size size) {
  if (size == Size::kQuick) return {};
  const auto arms = [](const std::vector<Json>& trained, int64_t layers, int64_t width, int64_t steps, int64_t seeds) {
    return grid({{"mask", {"causal", "full"}}, {"trained", trained}, {"layers", {layers}}, {"width", {width}}, {"steps", {steps}}}, seeds);
  };
  const std::vector<Cell> small = arms({false, true}, 4, 32, 200, 3);
  return size == Size::kStandard ? small : together(small, arms({true}, 6, 64, 3000, 5));
}

// Rows of the stream with a column of ones.
Matrix with_ones(const Tensor& stream) {
  const Matrix x(stream);
  Matrix wide(x.rows, x.cols + 1);
  for (size_t r = 0; r < x.rows; ++r) {
    for (size_t c = 0; c < x.cols; ++c) wide.at(r, c) = x.at(r, c);
    wide.at(r, x.cols) = 1;
  }
  return wide;
}

// Share of the variance of places that a linear map of the stream explains on sequences that it was not fitted to, behind each block.
std::vector<double> places_read(Model& model, const TokenBatch& fitted, const TokenBatch& asked) {
  const auto places = [](const TokenBatch& batch) { return std::vector<double>(batch.positions.begin(), batch.positions.end()); };
  const std::vector<Tensor> from = streams(model, fitted), to = streams(model, asked);
  std::vector<double> shares;
  for (size_t i = 0; i < from.size(); ++i)
    shares.push_back(explained(with_ones(to[i]), places(asked), least_squares(with_ones(from[i]), places(fitted), kRidge)));
  return shares;
}

Measured measure(const Cell& cell) {
  const Markov source(second_order());
  const bool causal = cell.text("mask") == "causal", learns = cell.settings.at("trained").get<bool>();
  const auto mask = static_cast<int32_t>(source.spec().vocab);
  const auto examples = [&](uint64_t seed) {
    const auto text = source.examples(seed, kLength);
    return causal ? text : masked(text, mask, 0.15, seed);
  };
  Training t;
  t.model = text_transformer("pre", cell.count("layers"), cell.count("width"), mask + 1);
  t.model["positions"] = {{"kind", "none"}};
  t.model["mask"] = cell.text("mask");
  t.model["context"] = kLength;
  t.examples = examples(static_cast<uint64_t>(cell.seed));
  t.steps = learns ? cell.count("steps") : 1;
  t.lr = learns ? 3e-3 : 0;
  t.seed = cell.seed;
  const Trained trained = train(t);
  const auto probed = examples(900003);
  const std::vector<double> shares = places_read(*trained.model, batch_of(*probed, 0, kSequences), batch_of(*probed, kSequences, kSequences));
  return {{{"best_r2", *std::max_element(shares.begin(), shares.end())}, {"embeddings_r2", shares.front()}, {"loss", trained.end_loss}},
          {{"r2_by_state", shares}}};
}

Finding judge(const Results& results) {
  Finding finding;
  finding.tables.push_back(table_of("Share of the variance of places that a linear probe explains, held out; best layer", results,
                                    {"layers", "mask", "trained"}, {"best_r2", "embeddings_r2", "loss"}));
  const Results trained = results.where({{"trained", true}, {"layers", results.values_of("layers").back()}});
  finding.charts.push_back(
      chart_along("Places read from the stream: 1 is the embeddings", trained, "mask", "state", {"r2_by_state", "R2 of the place"}));
  const Spread causal = trained.where({{"mask", "causal"}}).spread("best_r2"), full = trained.where({{"mask", "full"}}).spread("best_r2");
  finding.verdict = verdict_of(causal.least > 0.8 && full.most < 0.1);
  finding.sentence = cat("Without positions a linear probe reads the place with R2 ", spread_text(causal), " behind causal attention and ",
                         spread_text(full), " behind full attention.");
  finding.evidence = {{"S19", finding.verdict, finding.sentence}};
  return finding;
}

}  // namespace positions_study

Experiment position_without_positions() {
  using namespace positions_study;
  return {.name = "position-without-positions",
          .code = "E26",
          .claim = "Causal attention carries position by itself; full attention does not.",
          .source = "A common statement",
          .published = "",
          .criterion =
              "every seed: R2 of a linear probe for the place, on held-out sequences of 64, above 0.8 at some layer of a trained causal model "
              "without positions, and below 0.1 at every layer of a model with full attention",
          .cost = "2 s a cell; long: 1 min",
          .cells = cells,
          .measure = measure,
          .judge = judge};
}

}  // namespace gimbal::lab
