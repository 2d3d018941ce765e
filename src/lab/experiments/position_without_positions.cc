// E26: whether a model without positions knows places: a linear probe reads the place of a token from the stream, behind causal and full attention.
#include <algorithm>

#include "lab/judging.h"
#include "lab/sources/indexed.h"
#include "lab/stand/matrix.h"
#include "lab/stand/scheme.h"
#include "lab/stand/streams.h"
#include "lab/stand/train.h"

namespace gimbal::lab {
namespace positions_study {

constexpr int64_t kProbed = 128;
constexpr double kRidge = 1e-3;

std::vector<Cell> cells(Size size) {
  if (size == Size::kQuick) return {};
  const auto arms = [](const std::vector<Json>& trained, int64_t length, int64_t layers, int64_t width, int64_t steps, int64_t seeds) {
    return grid({{"mask", {"causal", "full"}},
                 {"trained", trained},
                 {"length", {length}},
                 {"layers", {layers}},
                 {"width", {width}},
                 {"steps", {steps}},
                 {"lr", {3e-3}}},
                seeds);
  };
  const std::vector<Cell> small = arms({false, true}, 12, 3, 32, 1000, 3);
  return size == Size::kStandard ? small : together(small, arms({false, true}, 32, 6, 64, 6000, 5));
}

// The first `length` rows of each sequence, where the symbols stand, with a column of ones; and their places.
struct Places {
  std::vector<size_t> rows;
  std::vector<double> places;
};
Places places_of(const TokenBatch& batch, int64_t length) {
  Places found;
  for (size_t row = 0; row < batch.positions.size(); ++row)
    if (batch.positions[row] < length) found.rows.push_back(row), found.places.push_back(batch.positions[row]);
  return found;
}
Matrix rows_with_ones(const Tensor& stream, const std::vector<size_t>& rows) {
  const Matrix x(stream);
  Matrix chosen(rows.size(), x.cols + 1);
  for (size_t r = 0; r < rows.size(); ++r) {
    for (size_t c = 0; c < x.cols; ++c) chosen.at(r, c) = x.at(rows[r], c);
    chosen.at(r, x.cols) = 1;
  }
  return chosen;
}

// Share of the variance of places that a linear map of the stream explains on sequences that it was not fitted to, by state.
std::vector<double> places_read(Model& model, const TokenBatch& fitted, const TokenBatch& asked, int64_t length) {
  const std::vector<Tensor> from = streams(model, fitted), to = streams(model, asked);
  const Places here = places_of(fitted, length), there = places_of(asked, length);
  std::vector<double> shares;
  for (size_t i = 0; i < from.size(); ++i) {
    const std::vector<double> w = least_squares(rows_with_ones(from[i], here.rows), here.places, kRidge);
    shares.push_back(explained(rows_with_ones(to[i], there.rows), there.places, w));
  }
  return shares;
}

// Symbols, then questions for the symbol at a place: what a model must know places for.
Measured measure(const Cell& cell) {
  const int64_t length = cell.count("length");
  const Indexed source({.length = length, .queries = length});
  const bool learns = cell.settings.at("trained").get<bool>();
  Training t;
  t.model = small_transformer("pre", cell.count("layers"), cell.count("width"), cell.count("width") / 16, source.vocab());
  t.model["mask"] = cell.text("mask");
  t.examples = source.examples(static_cast<uint64_t>(cell.seed));
  t.steps = learns ? cell.count("steps") : 1;
  t.sequences = 32;
  t.lr = learns ? cell.number("lr") : 0;
  t.seed = cell.seed;
  const Trained trained = train(t);
  const auto probed = source.examples(900003);
  const std::vector<double> shares = places_read(*trained.model, batch_of(*probed, 0, kProbed), batch_of(*probed, kProbed, kProbed), length);
  return {{{"best_r2", *std::max_element(shares.begin(), shares.end())},
           {"embeddings_r2", shares.front()},
           {"loss", trained.end_loss},
           {"loss_without_places", source.without_places()}},
          {{"r2_by_state", shares}}};
}

Finding judge(const Results& results) {
  Finding finding;
  finding.tables.push_back(table_of("Share of the variance of places that a linear probe explains, held out; best layer", results,
                                    {"layers", "mask", "trained"}, {"best_r2", "embeddings_r2", "loss", "loss_without_places"}));
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
              "every seed: R2 of a linear probe for the place, on held-out sequences, above 0.8 at some layer of a trained causal model "
              "without positions, and below 0.1 at every layer of a model with full attention",
          .cost = "2 s a cell; long: 1 min",
          .cells = cells,
          .measure = measure,
          .judge = judge};
}

}  // namespace gimbal::lab
