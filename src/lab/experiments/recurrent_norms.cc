// E36, recurrent nets: LayerNorm in a GRU and an LSTM, and BatchNorm with shared statistics and with some of its own for each step.
#include "lab/judging.h"
#include "lab/studies/as_cell.h"
#include "lab/studies/recurrence.h"

namespace gimbal::lab {
namespace recurrent_norms_study {

constexpr int64_t kJudgedBatch = 32;  // length

std::vector<Cell> cells(Size size) {
  if (size == Size::kQuick) return {};
  const auto of = [](const std::vector<Json>& kinds, const std::vector<Json>& norms, const std::vector<Json>& statistics,
                     const std::vector<Json>& gains, const std::vector<Json>& lengths, const std::vector<Json>& rates) {
    return grid({{"cell", kinds}, {"norm", norms}, {"statistics", statistics}, {"norm_gain", gains}, {"length", lengths}, {"lr", rates}}, 3);
  };
  const auto plain = [&](const std::vector<Json>& lengths) {
    return of({"lstm", "gru"}, {"none", "layer"}, {"shared"}, {1}, lengths, {5e-3, 2e-2, 5e-2});
  };
  const auto batch = [&](int64_t length) {
    return together(of({"lstm"}, {"batch"}, {"shared", "per-step"}, {0.1}, {length}, {5e-3, 2e-2}),
                    of({"lstm"}, {"batch"}, {"per-step"}, {1}, {length}, {5e-3, 2e-2}));
  };
  const std::vector<Cell> small = together(plain({8, 32}), batch(kJudgedBatch));
  return size == Size::kStandard ? small : together(together(small, plain({64, 128, 256})), batch(128));
}

Measured measure(const Cell& cell) { return measured_by(recurrence::run, cell); }

Finding judge(const Results& all) {
  const Results faster = at_best(all, {"cell", "norm", "statistics", "norm_gain", "length"}, "mean_loss");
  bool helps = true;
  std::string seen;
  for (const Json& cell : {Json("lstm"), Json("gru")})
    for (const Json& length : {Json(8), Json(32)}) {
      const auto loss = [&](const char* norm) { return faster.where({{"cell", cell}, {"length", length}, {"norm", norm}}).spread("mean_loss"); };
      helps = helps && lies_below(loss("layer"), loss("none"));
      seen += cat(seen.empty() ? "" : "; ", value_text(cell), " ", value_text(length), ": ", spread_text(loss("layer")), " against ",
                  spread_text(loss("none")));
    }
  const auto batch = [&](const char* statistics, double gain, const char* number) {
    return faster.where({{"norm", "batch"}, {"statistics", statistics}, {"norm_gain", gain}, {"length", kJudgedBatch}}).spread(number);
  };
  Finding finding;
  finding.verdict = verdict_of(helps);
  finding.sentence = cat("Mean loss over training with LayerNorm and without, by cell and length: ", seen,
                         ". BatchNorm in an LSTM, gains from 0.1: ", percent_text(batch("per-step", 0.1, "error")),
                         " wrong with statistics of its own for each step, ", percent_text(batch("shared", 0.1, "error")), " with shared ones; loss ",
                         spread_text(batch("per-step", 0.1, "loss")), ", from gain 1 ", spread_text(batch("per-step", 1, "loss")), ".");
  finding.tables.push_back(table_of("Naming the first of so many symbols at the end; each arm at the rate of the least mean loss", faster,
                                    {"cell", "norm", "statistics", "norm_gain", "length", "lr"},
                                    {"mean_loss", "loss", "error", "error_twice_as_long"}));
  finding.charts.push_back(chart_over("LSTM, mean loss over training", faster.where({{"cell", "lstm"}, {"statistics", "shared"}, {"norm_gain", 1}}),
                                      "norm", {"length", "symbols", Scale::kLog}, {"mean_loss", "nats"}));
  finding.evidence = {{"S17", Verdict::kMeasured,
                       cat("an LSTM with statistics for each step errs in ", percent_text(batch("per-step", 0.1, "error")),
                           " at the length of training and in ", percent_text(batch("per-step", 0.1, "error_twice_as_long")),
                           " at twice that, where the last step's serve; shared ones exist for any length and err in ",
                           percent_text(batch("shared", 0.1, "error")), " already at that of training")},
                      {"S35", finding.verdict, cat("recurrent nets, mean loss over training with LayerNorm and without: ", seen)}};
  return finding;
}

}  // namespace recurrent_norms_study

Experiment recurrent_norms() {
  using namespace recurrent_norms_study;
  return {
      .name = "recurrent-norms",
      .code = "E36",
      .claim = "LayerNorm makes recurrent nets learn faster.",
      .source = "Ba et al. 2016, arXiv:1607.06450, section 6; BatchNorm in LSTMs: Cooijmans et al. 2016, arXiv:1603.09025",
      .published = "",
      .criterion =
          "an LSTM and a GRU that have to remember the first of 8 and of 32 symbols, each arm at its best rate: with LayerNorm the mean loss over "
          "training is lower in all four cases, ranges apart. BatchNorm is measured without a criterion",
      .cost = "1 s a cell; long: 10 s",
      .cells = cells,
      .measure = measure,
      .judge = judge};
}

}  // namespace gimbal::lab
