// E22: a power law in weights and tokens fitted to losses whose floor is known, and asked about a width that it has not seen.
#include <algorithm>
#include <cmath>
#include <limits>

#include "lab/judging.h"
#include "lab/stand/matrix.h"
#include "lab/stand/on_text.h"
#include "lab/stand/probe.h"

namespace gimbal::lab {
namespace scaling_study {

constexpr double kStraight = 0.98;                        // share of the variance that a law explains
constexpr int64_t kLength = 32, kPerStep = 16 * kLength;  // tokens of one step
constexpr uint64_t kHeldOutSeed = 900004;
constexpr double kLeastExponent = 0.05, kMostExponent = 3, kExponentStep = 0.05;

std::vector<Cell> cells(Size size) {
  if (size == Size::kQuick) return {};
  const auto at = [](const std::vector<Json>& widths, int64_t steps, const std::vector<Json>& rates, int64_t vocab) {
    return grid({{"width", widths}, {"vocab", {vocab}}, {"steps", {steps}}, {"lr", rates}}, 3);
  };
  const std::vector<Cell> small = at({16, 32, 48, 64}, 640, {3e-3, 1e-2}, 128);
  return size == Size::kStandard ? small : together(small, at({32, 48, 64, 96, 128}, 8000, {1e-3, 3e-3, 1e-2}, 512));
}

// Order 1 over many tokens: a narrow model cannot hold all transitions and few tokens do not show them, so that both terms of the law have a cause;
// depth has no part in it. One run at a constant rate gives a point at each doubling of its tokens.
Measured measure(const Cell& cell) {
  const Markov source({.vocab = cell.count("vocab")});
  Training t = on_text(text_transformer("pre", 2, cell.count("width"), source.spec().vocab), source, cell, cell.count("steps"));
  const TokenBatch held_out = batch_of(*source.examples(kHeldOutSeed, kLength), 0, 256);
  Measured m;
  t.watch = [&](const StepResult& r, Model& model) {
    int64_t at = t.steps;
    while (at > r.step) at /= 2;
    if (at != r.step || r.step * 32 < t.steps) return;
    m.curves["tokens"].push_back(static_cast<double>(r.step * kPerStep));
    m.curves["above_floor"].push_back(loss_on(model, held_out) - source.nats(held_out));
  };
  const Trained trained = train(t);
  double weights = 0;
  for (const Parameter& p : trained.model->parameters().all())
    if (p.name.starts_with("block.")) weights += static_cast<double>(p.shape.elements());
  m.numbers = {{"weights", weights}, {"above_floor", m.curves["above_floor"].back()}, {"loss", trained.end_loss}};
  return m;
}

struct Point {
  double weights, tokens, loss, width;
};

// Medians over seeds at the best rate of each width and number of tokens.
std::vector<Point> points_of(const Results& results) {
  std::vector<Point> points;
  for (const Json& width : results.values_of("width")) {
    const Results at = results.where({{"width", width}});
    const std::vector<double> tokens = at.all().front().measured.curves.at("tokens");
    for (size_t i = 0; i < tokens.size(); ++i) {
      double least = 1e9;
      for (const Json& lr : at.values_of("lr")) {
        std::vector<double> losses;
        for (const Result& r : at.where({{"lr", lr}}).all()) losses.push_back(r.measured.curves.at("above_floor").at(i));
        least = std::min(least, spread_of(losses).median);
      }
      points.push_back({at.median("weights"), tokens[i], least, width.get<double>()});
    }
  }
  return points;
}

// above the floor = a weights^-x + b tokens^-y
struct Law {
  double a = 0, b = 0, x = 0, y = 0, r2 = -1;
  double at(const Point& p) const { return a * std::pow(p.weights, -x) + b * std::pow(p.tokens, -y); }
};

Law fitted(const std::vector<Point>& points) {
  std::vector<double> losses;
  for (const Point& p : points) losses.push_back(p.loss);
  Law best;
  for (double x = kLeastExponent; x <= kMostExponent; x += kExponentStep)
    for (double y = kLeastExponent; y <= kMostExponent; y += kExponentStep) {
      Matrix terms(points.size(), 2);
      // Scaled to the first point, so that both columns are of the size of one.
      const double of_weights = std::pow(points.front().weights, -x), of_tokens = std::pow(points.front().tokens, -y);
      for (size_t i = 0; i < points.size(); ++i) {
        terms.at(i, 0) = std::pow(points[i].weights, -x) / of_weights;
        terms.at(i, 1) = std::pow(points[i].tokens, -y) / of_tokens;
      }
      const std::vector<double> w = least_squares(terms, losses, 1e-9);
      const double r2 = explained(terms, losses, w);
      if (r2 > best.r2 && w[0] >= 0 && w[1] >= 0) best = {w[0] / of_weights, w[1] / of_tokens, x, y, r2};
    }
  return best;
}

// What a budget of arithmetic, 6 weights x tokens, buys at best: the points below all cheaper ones, as a line in logarithms.
Line compute_frontier(std::vector<Point> points) {
  const auto arithmetic = [](const Point& p) { return 6 * p.weights * p.tokens; };
  std::sort(points.begin(), points.end(), [&](const Point& a, const Point& b) { return arithmetic(a) < arithmetic(b); });
  std::vector<double> budgets, losses;
  double least = std::numeric_limits<double>::infinity();
  for (const Point& p : points) {
    if (!(p.loss < least)) continue;
    least = p.loss;
    budgets.push_back(std::log(arithmetic(p)));
    losses.push_back(std::log(p.loss));
  }
  return budgets.size() < 3 ? Line{NAN, NAN, NAN} : line_through(budgets, losses);
}

Finding judge(const Results& all) {
  const Results results = all.where({{"steps", all.values_of("steps").back()}});
  const std::vector<Point> points = points_of(results);
  const double widest = points.back().width;
  std::vector<Point> narrower, held_out;
  for (const Point& p : points) (p.width == widest ? held_out : narrower).push_back(p);
  const Law law = fitted(points), blind = fitted(narrower);
  double worst = 0;
  Finding finding;
  Table table{
      "Nats above the floor at the best rate, and what the law says that was fitted without the widest", {"width", "tokens", "measured", "law"}, {}};
  Chart chart{"Loss by tokens", "tokens", "nats above the floor", Scale::kLog, Scale::kLog, {}};
  for (const Point& p : points) {
    table.rows.push_back({number_text(p.width), number_text(p.tokens), number_text(p.loss), number_text(blind.at(p))});
    const std::string name = cat("width ", number_text(p.width));
    if (chart.series.empty() || chart.series.back().name != name) chart.series.push_back({name, {}});
    chart.series.back().points.push_back({p.tokens, p.loss, p.loss, p.loss});
    if (p.width == widest) worst = std::max(worst, std::abs(p.loss - blind.at(p)));
  }
  finding.tables.push_back(std::move(table));
  finding.charts.push_back(std::move(chart));
  finding.verdict = verdict_of(law.r2 > kStraight && worst < 0.02);
  finding.sentence = cat("Above the exact floor the loss is ", number_text(law.a), " weights^-", number_text(law.x), " + ", number_text(law.b),
                         " tokens^-", number_text(law.y), " with R2 ", number_text(law.r2), "; fitted without width ", number_text(widest),
                         " it is off there by at most ", number_text(worst), " nats.");
  const Line frontier = compute_frontier(points);
  finding.evidence = {{"S24", verdict_of(finding.verdict == Verdict::kHolds && frontier.r2 > kStraight),
                       cat(finding.sentence, " What a budget of arithmetic buys at best goes as its power ", number_text(frontier.slope), " with R2 ",
                           number_text(frontier.r2), ".")}};
  return finding;
}

}  // namespace scaling_study

Experiment scaling() {
  using namespace scaling_study;
  return {
      .name = "scaling",
      .code = "E22",
      .claim = "The loss falls to its floor as a power law in weights and tokens.",
      .source = "A common statement; the form is that of Hoffmann et al. 2022, arXiv:2203.15556, with the floor known instead of fitted",
      .published = "",
      .criterion =
          "L = E + a N^-x + b D^-y with E the exact entropy has R2 above 0.98, and fitted without the widest model it predicts that one "
          "within 0.02 nats at every number of tokens. The statement names compute too: the least loss for each budget of 6 N D lies on a line in "
          "logarithms with R2 above 0.98",
      .cost = "2 s a cell; long: 2 min",
      .cells = cells,
      .measure = measure,
      .judge = judge};
}

}  // namespace gimbal::lab
