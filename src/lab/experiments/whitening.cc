// E32, whitening: whether it can be differentiated, what it costs beside BatchNorm, and how a net trains with it.
#include "lab/nets/whitening.h"

#include <cmath>
#include <functional>

#include "core/rng.h"
#include "lab/judging.h"
#include "lab/nets/net_norm.h"
#include "lab/studies/as_cell.h"
#include "lab/studies/saturation.h"
#include "lab/studies/whitening_cost.h"

namespace gimbal::lab {
namespace whitening_study {

constexpr double kExact = 1e-6, kDear = 3, kChance = 2.302585, kLearned = 0.5;  // relative; times BatchNorm's; nats, and nats below them
const std::vector<Json> kWhitenings = {"zca", "cholesky", "newton-schulz"}, kAll = {"batch", "zca", "cholesky", "newton-schulz"};

std::vector<Cell> cells(Size size) {
  if (size == Size::kQuick) return {};
  const auto trained = [](const std::vector<Json>& layers, const std::vector<Json>& widths, const std::vector<Json>& steps) {
    return grid({{"part", {"trained"}}, {"norm", kAll}, {"layers", layers}, {"width", widths}, {"steps", steps}, {"lr", {0.03, 0.1}}}, 3);
  };
  const std::vector<Cell> exact = grid({{"part", {"gradient"}}, {"norm", kAll}}, 3),
                          cost = grid({{"part", {"cost"}}, {"norm", kAll}, {"columns", {16, 64}}}, 3),
                          small = together(together(exact, cost), trained({4}, {32}, {200}));
  return size == Size::kStandard ? small : together(small, trained({6}, {64}, {600}));
}

double product(const Tensor& a, const Tensor& b) {
  double sum = 0;
  for (int64_t i = 0; i < a.elements(); ++i) sum += a.at(i) * b.at(i);
  return sum;
}

// Along one random direction, in double: the derivative that the backward pass gives against a central difference of fourth order.
Measured gradient(const Cell& cell) {
  constexpr int64_t kRows = 24, kColumns = 6;
  constexpr double kStep = 1e-4;
  const auto random = [&](const char* name) {
    Rng rng(static_cast<uint64_t>(cell.seed), name);
    std::vector<double> values(kRows * kColumns);
    for (double& v : values) v = rng.normal();
    return Tensor::from<double>(values, Shape{kRows, kColumns}, Device::kReference);
  };
  const Tensor x = random("lab/whitening/x"), direction = random("lab/whitening/direction"), dy = random("lab/whitening/dy");
  Parameters parameters;
  const auto norm = nets::make_net_norm({.kind = cell.text("norm"), .groups = 2}, kColumns, parameters, "norm");
  parameters.allocate(Device::kReference, DType::kF64);
  parameters.initialize(1);
  const auto moved = [&](double distance) {
    const Tensor there = x.clone();
    for (int64_t i = 0; i < there.elements(); ++i) there.data<double>()[i] += distance * direction.at(i);
    Tape tape(Tape::Mode::kInference, Tape::Phase::kTrain);
    tape.mark_replaying();
    return product(norm->apply(tape, Tape::constant(there), DType::kF64).value, dy);
  };
  Tape tape(Tape::Mode::kRecord, Tape::Phase::kTrain);
  tape.mark_replaying();
  const Var in = tape.input(x);
  tape.backward(norm->apply(tape, in, DType::kF64), dy.clone());
  const double along = product(tape.gradient(in), direction),
               difference = (8 * (moved(kStep) - moved(-kStep)) - (moved(2 * kStep) - moved(-2 * kStep))) / (12 * kStep);
  return {{{"off", std::abs(along - difference) / std::abs(difference)}}, {}};
}

Measured measure(const Cell& cell) {
  const std::string part = cell.text("part");
  if (part == "gradient") return gradient(cell);
  if (part == "trained") {
    Cell sigmoid = cell;
    sigmoid.settings["activation"] = "sigmoid";
    return measured_by(saturation::run, sigmoid);
  }
  Measured m = measured_by(whitening_cost::run, cell);
  m.numbers["both_us"] = m.numbers.at("forward_us") + m.numbers.at("backward_us");
  return m;
}

Finding judge(const Results& all) {
  const Results exact = all.where({{"part", "gradient"}}), cost = all.where({{"part", "cost"}}), runs = all.where({{"part", "trained"}});
  const Results trained = at_best(runs.where({{"width", runs.values_of("width").back()}}), {"norm"}, "train_loss");
  const auto time = [&](const Json& norm) { return cost.where({{"norm", norm}, {"columns", 64}}).spread("both_us"); };
  const auto loss = [&](const Json& norm) { return trained.where({{"norm", norm}}).spread("train_loss"); };
  const Spread batch = time("batch");
  bool differentiable = true, dear = true, learns = true;
  std::string times, losses;
  for (const Json& norm : kWhitenings) {
    differentiable = differentiable && exact.where({{"norm", norm}}).spread("off").most < kExact;
    dear = dear && time(norm).least > kDear * batch.most;
    learns = learns && loss(norm).most < kChance - kLearned;
    times += cat(times.empty() ? "" : ", ", value_text(norm), " ", number_text(time(norm).median));
    losses += cat(losses.empty() ? "" : ", ", value_text(norm), " ", spread_text(loss(norm)));
  }
  const double off = exact.where({{"norm", "zca"}}).median("off");
  Finding finding;
  finding.verdict = verdict_of(differentiable && dear && learns);
  finding.sentence =
      cat("The gradient of ZCA is off by ", number_text(off),
          " of finite differences; forward and backward on 256 rows of 64 take, in us: BatchNorm ", number_text(batch.median), ", ", times,
          ". A sigmoid net ends at ", spread_text(loss("batch")), " nats with BatchNorm and, whitened, ", losses, "; chance is 2.303.");
  finding.tables.push_back(table_of("Relative error of the derivative along a random direction, in double", exact, {"norm"}, {"off"}));
  finding.tables.push_back(table_of("256 rows: microseconds, and what correlation of columns is left", cost, {"columns", "norm"},
                                    {"forward_us", "backward_us", "correlation_before", "correlation_after"}));
  finding.tables.push_back(table_of("A sigmoid net on glyphs at the best rate", trained, {"norm", "layers", "width", "lr"},
                                    {"train_loss", "drift", "saturated_at_end", "step_ms"}));
  finding.evidence = {{"S30", refuted_where(differentiable),
                       cat("differentiable to ", number_text(off), "; on 64 channels ZCA takes ", number_text(time("zca").median / batch.median),
                           ", Cholesky ", number_text(time("cholesky").median / batch.median), " times as long as BatchNorm")}};
  return finding;
}

}  // namespace whitening_study

Experiment whitening() {
  using namespace whitening_study;
  return {
      .name = "whitening",
      .code = "E32b",
      .claim = "Whitening can be differentiated and trained through, at many times the cost of BatchNorm.",
      .source = "arXiv:1804.08450 (ZCA), 1806.00420 (Cholesky), 1904.03441 (Newton-Schulz); the common statement is of arXiv:1502.03167, section 2",
      .published = "",
      .criterion =
          "every seed and kind: the gradient agrees with finite differences to 1e-6, forward and backward on 256 x 64 take more than 3 times "
          "BatchNorm's, and a sigmoid net, at its best rate, ends more than 0.5 nats below chance",
      .cost = "under 1 s a cell; long: 10 s",
      .cells = cells,
      .measure = measure,
      .judge = judge};
}

}  // namespace gimbal::lab
