// E14: RMSNorm against LayerNorm: time of the kernel, what a model reaches with each, and which changes of the input they do not see.
#include <chrono>
#include <cmath>
#include <functional>

#include "core/rng.h"
#include "kernels/table.h"
#include "lab/judging.h"
#include "lab/stand/on_text.h"

namespace gimbal::lab {
namespace rms_study {

using kernels::RowNormSpec;
using kernels::RowStat;
using kernels::Squash;

constexpr int64_t kRows = 256;
constexpr double kShortest = 0.02;  // seconds of timing, and
constexpr int kFewest = 30;         // calls: one that was interrupted does not decide
constexpr double kUnseen = 1e-4;    // largest difference that counts as none, in f32

std::vector<Cell> cells(Size size) {
  if (size == Size::kQuick) return {};
  const auto quality = [](int64_t width, int64_t steps, const std::vector<Json>& rates, int64_t seeds) {
    return grid({{"part", {"quality"}}, {"norm", {"layer", "rms"}}, {"width", {width}}, {"steps", {steps}}, {"lr", rates}}, seeds, kFreshSeed);
  };
  const std::vector<Cell> speed = grid({{"part", {"speed"}}, {"norm", {"layer", "rms", "dyt", "derf"}}, {"width", {128, 1024, 4096}}}, 3),
                          sees = grid({{"part", {"sees"}}, {"norm", {"layer", "rms"}}}, 3),
                          small = together(together(speed, sees), quality(32, 400, {3e-3, 1e-2, 3e-2}, 3));
  return size == Size::kStandard ? small : together(small, quality(128, 2000, {1e-3, 3e-3, 1e-2}, 5));
}

Tensor random_tensor(Shape shape, Rng& random, double scale = 1) {
  std::vector<float> values(static_cast<size_t>(shape.elements()));
  for (float& v : values) v = static_cast<float>(scale * random.normal());
  return Tensor::from_floats(values, shape);
}

// Least seconds of one call among repeats: what other work on the machine disturbs least.
double seconds_of(const std::function<void()>& call) {
  using Clock = std::chrono::steady_clock;
  double least = 1e9, spent = 0;
  for (int calls = 0; spent < kShortest || calls < kFewest; ++calls) {
    const auto begin = Clock::now();
    call();
    const double took = std::chrono::duration<double>(Clock::now() - begin).count();
    least = std::min(least, took), spent += took;
  }
  return least;
}

Measured speed(const Cell& cell) {
  const std::string norm = cell.text("norm");
  const int64_t width = cell.count("width");
  Rng random(static_cast<uint64_t>(cell.seed), "speed of norms");
  const Shape rows{kRows, width};
  const Tensor x = random_tensor(rows, random), dy = random_tensor(rows, random), gain = random_tensor({width}, random);
  const Tensor bias = norm == "rms" ? Tensor() : random_tensor({width}, random), y(rows, DType::kF32), dx(rows, DType::kF32);
  const Tensor stats({kRows, 1, 2}, DType::kF32), dgain({width}, DType::kF32), dbias = bias ? Tensor({width}, DType::kF32) : Tensor();
  const kernels::Table& k = kernels::on(Device::kCpu);
  std::function<void()> forward, backward;
  if (norm == "layer" || norm == "rms") {
    const RowNormSpec spec{.stat = norm == "rms" ? RowStat::kRms : RowStat::kLayer};
    forward = [=, &k] { k.row_norm.forward(spec, x, gain, bias, y, stats); };
    backward = [=, &k] { k.row_norm.backward(spec, dy, x, gain, stats, dx, kernels::Write::kReplace, {dgain, dbias}); };
  } else {
    const Squash kind = norm == "dyt" ? Squash::kTanh : Squash::kErf;
    const auto one = [](float v) { return Tensor::from_floats(std::vector<float>{v}, Shape{1}); };
    const Tensor alpha = one(0.5f), shift = kind == Squash::kErf ? one(0) : Tensor(), dalpha = one(0), dshift = shift ? one(0) : Tensor();
    forward = [=, &k] { k.squash.forward(kind, x, alpha, shift, gain, bias, y); };
    backward = [=, &k] { k.squash.backward(kind, dy, x, alpha, shift, gain, dx, kernels::Write::kReplace, {dalpha, dshift, dgain, dbias}); };
  }
  const auto nanoseconds = [](double seconds) { return seconds * 1e9 / kRows; };
  return {{{"forward_ns", nanoseconds(seconds_of(forward))}, {"backward_ns", nanoseconds(seconds_of(backward))}}, {}};
}

// Largest change of norm(W x) under changes of W or x, eps 0.
Measured sees(const Cell& cell) {
  const RowStat stat = cell.text("norm") == "rms" ? RowStat::kRms : RowStat::kLayer;
  Rng random(static_cast<uint64_t>(cell.seed), "what norms see");
  constexpr int64_t kIn = 24, kOut = 32;
  const Tensor w = random_tensor({kOut, kIn}, random), x = random_tensor({8, kIn}, random), turn = random_tensor({kIn}, random);
  const auto result = [&](const std::function<double(int64_t row, int64_t col, double v)>& weight, double input_scale) {
    std::vector<float> products;
    for (int64_t n = 0; n < x.rows(); ++n)
      for (int64_t o = 0; o < kOut; ++o) {
        double sum = 0;
        for (int64_t i = 0; i < kIn; ++i) sum += weight(o, i, w.at(o * kIn + i)) * input_scale * x.at(n * kIn + i);
        products.push_back(static_cast<float>(sum));
      }
    const Tensor z = Tensor::from_floats(products, {x.rows(), kOut}), y(z.shape(), DType::kF32);
    kernels::on(Device::kCpu).row_norm.forward({.stat = stat, .eps = 0}, z, {}, {}, y, {});
    return y.to_doubles();
  };
  const auto as_is = [](int64_t, int64_t, double v) { return v; };
  const std::vector<double> plain = result(as_is, 1);
  const auto change = [&](const std::vector<double>& other) {
    double most = 0;
    for (size_t i = 0; i < plain.size(); ++i) most = std::max(most, std::abs(plain[i] - other[i]));
    return most;
  };
  return {{{"weights_scaled", change(result([](int64_t, int64_t, double v) { return 3 * v; }, 1))},
           {"weights_shifted", change(result([&](int64_t, int64_t col, double v) { return v + turn.at(col); }, 1))},
           {"one_unit_scaled", change(result([](int64_t row, int64_t, double v) { return row == 0 ? 3 * v : v; }, 1))},
           {"input_scaled", change(result(as_is, 3))}},
          {}};
}

Measured quality(const Cell& cell) {
  const Markov source(second_order());
  Json model = text_transformer("pre", 4, cell.count("width"), source.spec().vocab);
  model["norm"]["kind"] = cell.text("norm");
  return measured_on_text(on_text(model, source, cell, cell.count("steps")), source);
}

Measured measure(const Cell& cell) {
  const std::string part = cell.text("part");
  return part == "speed" ? speed(cell) : part == "sees" ? sees(cell) : quality(cell);
}

Finding judge(const Results& results) {
  Finding finding;
  const Results speeds = results.where({{"part", "speed"}}), seen = results.where({{"part", "sees"}}), trained = results.where({{"part", "quality"}});
  finding.tables.push_back(table_of("Nanoseconds a row of the kernel on one thread", speeds, {"norm", "width"}, {"forward_ns", "backward_ns"}));
  finding.tables.push_back(table_of("Largest change of norm(W x) when W or x is changed: 0 is not seen", seen, {"norm"},
                                    {"weights_scaled", "weights_shifted", "one_unit_scaled", "input_scaled"}));
  finding.charts.push_back(
      chart_over("Time of the kernel forward", speeds, "norm", {"width", "width", Scale::kLog}, {"forward_ns", "ns a row", Scale::kLog}));
  for (const Json& width : trained.values_of("width"))
    finding.tables.push_back(table_of_best(cat("Nats above the floor, width ", value_text(width)),
                                           at_best_rates(trained.where({{"width", width}}), "norm", "above_floor"), "norm", "above_floor"));

  const std::vector<AtBest> best = at_best_rates(trained.where({{"width", trained.values_of("width").back()}}), "norm", "above_floor");
  const Spread layer = best_of(best, "layer").spread, rms = best_of(best, "rms").spread;
  const double gap = std::abs(layer.median - rms.median), range = std::max(layer.most - layer.least, rms.most - rms.least);
  const auto change = [&](const char* norm, const char* number) { return seen.where({{"norm", norm}}).spread(number); };
  const bool invariances = change("layer", "weights_shifted").most < kUnseen && change("rms", "weights_shifted").least > kUnseen &&
                           change("rms", "weights_scaled").most < kUnseen && change("layer", "weights_scaled").most < kUnseen &&
                           change("layer", "one_unit_scaled").least > kUnseen && change("rms", "one_unit_scaled").least > kUnseen;
  const auto time = [&](const char* norm) { return speeds.where({{"norm", norm}, {"width", 1024}}).median("forward_ns"); };
  finding.verdict = verdict_of(gap < range && invariances);
  finding.sentence = cat("LayerNorm ends ", spread_text(layer), " and RMSNorm ", spread_text(rms), " nats above the floor: a difference of ",
                         number_text(gap), ", where seeds differ by ", number_text(range), ". A row of 1024 takes ", number_text(time("layer")),
                         " and ", number_text(time("rms")), " ns forward.");
  finding.evidence = {{"S20", verdict_of(gap < range),
                       cat("the loss differs by ", number_text(gap), " nats where seeds differ by ", number_text(range),
                           "; what is given up is that a shift of the weights is not seen (", number_text(change("layer", "weights_shifted").most),
                           " against ", number_text(change("rms", "weights_shifted").median), ")")}};
  return finding;
}

}  // namespace rms_study

Experiment rms_against_layer() {
  using namespace rms_study;
  return {.name = "rms-against-layer",
          .code = "E14",
          .claim = "RMSNorm reaches what LayerNorm reaches; it does without the invariance to shifts.",
          .source = "Zhang & Sennrich 2019, arXiv:1910.07467; the table of invariances is that of its authors' code",
          .published = "",
          .criterion =
              "at each norm's best rate the medians of the loss differ by less than the larger range over seeds; both norms are blind to a "
              "scaling of all weights or of the input, LayerNorm alone to one shift of all units' weights, neither to scaling one unit. "
              "Times are measured without a criterion",
          .cost = "under 1 s a cell, 1 s where it trains; long: 20 s",
          .cells = cells,
          .measure = measure,
          .judge = judge};
}

}  // namespace gimbal::lab
