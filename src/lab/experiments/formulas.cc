// Exact checks of formulas that are often printed wrongly: RMSNorm, DeepNorm, Sandwich-LN and BERT's LayerNorm, as largest differences in double.
#include <cmath>

#include "core/rng.h"
#include "kernels/table.h"
#include "lab/judging.h"
#include "lab/stand/probe.h"
#include "lab/stand/scheme.h"
#include "models/batch_rows.h"
#include "train/run_config.h"

namespace gimbal::lab {
namespace formulas_study {

using kernels::RowStat;

std::vector<Cell> cells(Size) { return grid({{"check", {"rmsnorm", "deepnorm", "sandwich", "bert"}}}, 3); }

Tensor random_rows(int64_t rows, int64_t width, double scale, double shift, int64_t seed) {
  Rng random(static_cast<uint64_t>(seed), "rows of formulas");
  std::vector<double> values(static_cast<size_t>(rows * width));
  for (double& v : values) v = shift + scale * random.normal();
  return Tensor::from<double>(values, Shape{rows, width}, Device::kReference);
}

// The engine's definition, in double.
std::vector<double> normed(RowStat stat, double eps, const Tensor& x) {
  const Tensor y(x.shape(), DType::kF64, Device::kReference);
  kernels::on(Device::kReference).row_norm.forward({.stat = stat, .eps = eps}, x, {}, {}, y, {});
  return y.to_doubles();
}

double largest_difference(const std::vector<double>& a, const std::vector<double>& b) {
  double most = 0;
  for (size_t i = 0; i < a.size(); ++i) most = std::max(most, std::abs(a[i] - b[i]));
  return most;
}

double relative_difference(const std::vector<double>& a, const std::vector<double>& b) {
  double difference = 0, size = 0;
  for (size_t i = 0; i < a.size(); ++i) difference += (a[i] - b[i]) * (a[i] - b[i]), size += a[i] * a[i];
  return std::sqrt(difference / size);
}

// (x - mean) / sqrt(mean((x - mean)^2)), as S1 prints "RMSNorm".
std::vector<double> rmsnorm_as_printed(const Tensor& x) {
  std::vector<double> y = x.to_doubles();
  const auto d = static_cast<size_t>(x.cols());
  for (size_t row = 0; row < y.size(); row += d) {
    double mean = 0, square = 0;
    for (size_t i = 0; i < d; ++i) mean += y[row + i] / static_cast<double>(d);
    for (size_t i = 0; i < d; ++i) y[row + i] -= mean, square += y[row + i] * y[row + i] / static_cast<double>(d);
    for (size_t i = 0; i < d; ++i) y[row + i] /= std::sqrt(square);
  }
  return y;
}

Tensor weighted_sum(double alpha, const Tensor& a, const Tensor& b) {
  std::vector<double> values = a.to_doubles();
  const std::vector<double> added = b.to_doubles();
  for (size_t i = 0; i < values.size(); ++i) values[i] = alpha * values[i] + added[i];
  return Tensor::from<double>(values, a.shape(), Device::kReference);
}

Measured rmsnorm(int64_t seed) {
  const Tensor x = random_rows(64, 128, 2, 0.7, seed);
  const std::vector<double> printed = rmsnorm_as_printed(x);
  return {{{"from_layernorm", largest_difference(printed, normed(RowStat::kLayer, 0, x))},
           {"from_rmsnorm", largest_difference(printed, normed(RowStat::kRms, 0, x))}},
          {}};
}

Measured deepnorm(int64_t seed) {
  const Tensor x = random_rows(64, 128, 1, 0, seed), branch = random_rows(64, 128, 0.3, 0, seed + 1000), nothing = random_rows(64, 128, 0, 0, 1);
  const auto update = [&](double alpha, const Tensor& f) { return normed(RowStat::kLayer, 0, weighted_sum(alpha, x, f)); };
  return {{{"alpha_without_branch", largest_difference(update(3.7, nothing), update(1, nothing))},
           {"alpha_with_branch", largest_difference(update(3.7, branch), update(1, branch))}},
          {}};
}

// What the first block writes when its feed-forward branch is silent: the attention's result, normed with Sandwich-LN.
double distance_from_normed(const char* scheme, int64_t seed) {
  RunConfig config = read_run_config({{"model", small_transformer(scheme, 1, 64, 2, 32)}});
  Model model(choose_architecture(config, 32));
  model.parameters().allocate(Device::kReference, DType::kF64);
  model.parameters().initialize(static_cast<uint64_t>(seed));
  Parameter* down = model.parameters().find("block.0.ffn.down.weight");
  down->value = Tensor::zeros(down->shape, DType::kF64, Device::kReference);
  std::vector<Var> states;
  Flow flow;
  flow.hidden = &states;
  Tape tape(Tape::Mode::kInference, Tape::Phase::kEval);
  model.hidden(tape, rows_of(random_tokens(4, 16, 32, static_cast<uint64_t>(seed)), Device::kReference), flow);
  const Tensor written = weighted_sum(-1, states[0].value, states[1].value);
  return largest_difference(written.to_doubles(), normed(RowStat::kLayer, 0, written));
}

Measured bert(int64_t seed) {
  Measured m;
  const auto difference = [&](const char* name, int64_t width, double scale) {
    const Tensor x = random_rows(256, width, scale, 0, seed);
    m.numbers[name] = relative_difference(normed(RowStat::kLayer, 1e-12, x), normed(RowStat::kLayerStd, 1e-6, x));
  };
  difference("width_128", 128, 1);
  difference("width_768", 768, 1);
  difference("width_768_small", 768, 1e-5);
  return m;
}

Measured measure(const Cell& cell) {
  const std::string check = cell.text("check");
  if (check == "rmsnorm") return rmsnorm(cell.seed);
  if (check == "deepnorm") return deepnorm(cell.seed);
  if (check == "bert") return bert(cell.seed);
  return {{{"sandwich", distance_from_normed("sandwich", cell.seed)}, {"pre", distance_from_normed("pre", cell.seed)}}, {}};
}

Finding judge(const Results& results) {
  const auto of = [&](const char* check, const char* number) { return results.where({{"check", check}}).spread(number); };
  const Spread same = of("rmsnorm", "from_layernorm"), other = of("rmsnorm", "from_rmsnorm"), lost = of("deepnorm", "alpha_without_branch"),
               used = of("deepnorm", "alpha_with_branch"), sandwich = of("sandwich", "sandwich"), pre = of("sandwich", "pre"),
               wide = of("bert", "width_768"), small = of("bert", "width_768_small");
  Finding finding;
  constexpr double kSame = 1e-10;
  finding.verdict = verdict_of(same.most < kSame && other.least > 1e-3 && lost.most < kSame && used.least > 1e-3 && sandwich.most < 1e-3 &&
                               pre.least > 1e-2 && wide.least > 1e-4 && small.least > 1e-2);
  finding.sentence = cat("The centered \"RMSNorm\" is LayerNorm to ", number_text(same.most), "; LN(alpha x) is LN(x) to ", number_text(lost.most),
                         "; what Sandwich-LN's branch adds is a normed row to ", number_text(sandwich.most), "; std + eps is ",
                         number_text(wide.median), " away from BERT's LayerNorm at width 768.");
  finding.tables.push_back({"Differences in double, largest over rows and channels (BERT: relative)",
                            {"compared", "with", "difference"},
                            {{"(x - mean) / sqrt(mean((x - mean)^2))", "LayerNorm without eps", spread_text(same)},
                             {"(x - mean) / sqrt(mean((x - mean)^2))", "RMSNorm", spread_text(other)},
                             {"LN(3.7 x)", "LN(x)", spread_text(lost)},
                             {"LN(3.7 x + f)", "LN(x + f)", spread_text(used)},
                             {"what a Sandwich-LN branch adds", "the same, normed again", spread_text(sandwich)},
                             {"what a Pre-LN branch adds", "the same, normed again", spread_text(pre)},
                             {"(x - mean) / (std + 1e-6), width 128", "BERT's LayerNorm", spread_text(of("bert", "width_128"))},
                             {"(x - mean) / (std + 1e-6), width 768", "BERT's LayerNorm", spread_text(wide)},
                             {"the same, rows of deviation 1e-5", "BERT's LayerNorm", spread_text(small)}}});
  finding.evidence = {
      {"S1", refuted_where(same.most < kSame && other.least > 1e-3),
       cat("it equals LayerNorm to ", number_text(same.most), " and differs from RMSNorm by ", number_text(other.median))},
      {"S2", refuted_where(lost.most < kSame && used.least > 1e-3),
       cat("without the branch alpha changes what comes out by ", number_text(lost.most), ", with it by ", number_text(used.median))},
      {"S6", refuted_where(sandwich.most < 1e-3 && pre.least > 1e-2),
       cat("how far from normed what a branch adds is: ", number_text(sandwich.most), " with the second norm at its end, ", number_text(pre.median),
           " in Pre-LN")},
      {"S7", refuted_where(wide.least > 1e-4 && small.least > 1e-2),
       cat("the two differ by ", number_text(wide.median), " at width 768 and by ", number_text(small.median), " on rows of deviation 1e-5")}};
  return finding;
}

}  // namespace formulas_study

Experiment formulas() {
  using namespace formulas_study;
  return {.name = "formulas",
          .code = "E0",
          .claim = "Four formulas as they are often printed are other functions than those that they are named after.",
          .source = "arXiv:1607.06450, 1910.07467, 2203.00555, 2105.13290, 1810.04805",
          .published = "",
          .criterion =
              "in double, every seed: pairs that are the same function differ by less than 1e-10 (a normed row by less than 1e-3, which is "
              "its eps), the others by more than 1e-4",
          .cost = "under 1 s a cell",
          .cells = cells,
          .measure = measure,
          .judge = judge};
}

}  // namespace gimbal::lab
