// X2: LN((2N)^p x + f(x)) with weights times (2N)^-q: how the change by one step grows with depth under four optimizers, and whether a change that
// does not depend on depth gives a largest stable rate that does not.
#include <cmath>

#include "lab/judging.h"
#include "lab/sources/markov.h"
#include "lab/stand/scheme.h"
#include "lab/stand/stable_rate.h"
#include "lab/stand/train.h"
#include "lab/stand/updates.h"

namespace gimbal::lab {
namespace exponent_law_study {

constexpr int64_t kShallow = 6, kDeep = 100, kWidth = 32, kSteps = 60;

// `law`: growth ~ N^(1 - law (p + q)). An SGD step is itself as large as a branch's gradient, beta / alpha; the others' steps have a size of their
// own.
struct Rule {
  const char* optimizer;
  double rate, law;
  int start, most;  // of the search for the largest rate, as powers of two
};
const Rule kRules[] = {{"sgd", 0.05, 2, -4, 4}, {"adamw", 3e-5, 1, -9, -1}, {"lion", 3e-5, 1, -12, -3}, {"muon", 1e-4, 1, -7, 1}};

const Rule& rule_of(const std::string& optimizer) {
  for (const Rule& r : kRules)
    if (r.optimizer == optimizer) return r;
  fail("the exponent law knows no optimizer '", optimizer, "'");
}

const std::vector<double> kExponents = {0, 0.25, 0.5, 0.75, 1};

// Beyond p + q = 1 an SGD step drowns in the rounding of f32.
std::vector<Cell> cells(Size size) {
  if (size == Size::kQuick) return {};
  std::vector<Cell> cells;
  for (const double p : kExponents)
    for (const double q : kExponents)
      if (p + q <= 1)
        cells = together(
            std::move(cells),
            grid({{"part", {"update"}}, {"optimizer", {"sgd", "adamw", "lion", "muon"}}, {"p", {p}}, {"q", {q}}, {"layers", {kShallow, kDeep}}}, 3));
  const auto rates = [](const std::vector<Json>& optimizers, const std::vector<Json>& depths) {
    std::vector<Cell> both;
    for (const double half : {0.25, 0.5})
      both = together(std::move(both), grid({{"part", {"rate"}}, {"optimizer", optimizers}, {"p", {half}}, {"q", {half}}, {"layers", depths}}, 3));
    return both;
  };
  if (size == Size::kStandard) return together(std::move(cells), rates({"adamw"}, {kShallow, 24}));
  return together(std::move(cells), rates({"sgd", "adamw", "lion", "muon"}, {kShallow, 24, 96}));
}

void set_exponents(Json& model, const Cell& cell) {
  const double branches = 2 * cell.number("layers");
  model["residual"] = {{"kind", "deepnorm"}, {"alpha", std::pow(branches, cell.number("p"))}, {"beta", std::pow(branches, -cell.number("q"))}};
}

Measured measure_update(const Cell& cell) {
  const Rule& rule = rule_of(cell.text("optimizer"));
  Steps steps{.model = narrow_transformer("deepnorm", cell.count("layers")), .optimizer = rule.optimizer, .rate = rule.rate, .seed = cell.seed};
  set_exponents(steps.model, cell);
  return {{{"update", moved_by(steps).by_step.back()}}, {}};
}

Measured measure_rate(const Cell& cell) {
  const Rule& rule = rule_of(cell.text("optimizer"));
  const Markov source({});
  Training t;
  t.model = small_transformer("deepnorm", cell.count("layers"), kWidth, 1, source.spec().vocab);
  set_exponents(t.model, cell);
  t.examples = source.examples(static_cast<uint64_t>(cell.seed), 32);
  t.steps = kSteps;
  t.seed = cell.seed;
  t.settings = {{"optimizer", {{"kind", rule.optimizer}}}};
  t.hopeless_above = 1.5 * source.unigram();
  const StableRate found = find_stable_rate(
      [&](double lr) {
        t.lr = lr;
        return train(t).end_loss;
      },
      source.unigram() - 0.02, -16, rule.start, rule.most);
  return {{{"largest_stable_lr", found.largest}, {"best_lr", found.best}, {"best_above_floor", found.best_loss - source.floor()}}, {}};
}

Measured measure(const Cell& cell) { return cell.text("part") == "update" ? measure_update(cell) : measure_rate(cell); }

// The update at 100 layers over that at 6, seed by seed.
Spread growth(const Results& at) {
  std::vector<double> ratios = at.where({{"layers", kDeep}}).numbers("update");
  const std::vector<double> shallow = at.where({{"layers", kShallow}}).numbers("update");
  for (size_t i = 0; i < ratios.size(); ++i) ratios[i] /= shallow[i];
  return spread_of(ratios);
}

bool on_the_line(const Rule& rule, double p, double q) { return std::abs(rule.law * (p + q) - 1) < 1e-9; }

double predicted(const Rule& rule, double p, double q) { return std::pow(static_cast<double>(kDeep) / kShallow, 1 - rule.law * (p + q)); }

HeatMap map_of(const Results& updates, const Rule& rule) {
  HeatMap map{
      cat("Growth of one step's change from 6 to 100 layers, ", rule.optimizer, "; framed: where the law says 1"), "p", "q", {}, {}, {}, Scale::kLog};
  for (const double q : kExponents) map.columns.push_back(cat("q = ", number_text(q)));
  for (const double p : kExponents) {
    map.rows.push_back(cat("p = ", number_text(p)));
    auto& row = map.fields.emplace_back();
    for (const double q : kExponents) {
      const Results at = updates.where({{"optimizer", rule.optimizer}, {"p", p}, {"q", q}});
      if (at.empty()) {
        row.push_back({std::nan(""), "", "not run"});
        continue;
      }
      const Spread s = growth(at);
      row.push_back(
          {s.median, number_text(s.median), cat(spread_text(s), "; the law says ", number_text(predicted(rule, p, q))), on_the_line(rule, p, q)});
    }
  }
  return map;
}

Finding judge(const Results& results) {
  const Results updates = results.where({{"part", "update"}}), rates = results.where({{"part", "rate"}});
  Finding finding;
  Table table{"Growth of one step's change from 6 to 100 layers", {"optimizer", "p", "q", "the law", "measured"}, {}};
  bool invariant = true;
  for (const Rule& rule : kRules) {
    finding.maps.push_back(map_of(updates, rule));
    std::vector<double> ends;
    for (const double p : kExponents)
      for (const double q : kExponents) {
        const Results at = updates.where({{"optimizer", rule.optimizer}, {"p", p}, {"q", q}});
        if (at.empty()) continue;
        const Spread s = growth(at);
        table.rows.push_back({rule.optimizer, number_text(p), number_text(q), number_text(predicted(rule, p, q)), spread_text(s)});
        if (on_the_line(rule, p, q)) ends.insert(ends.end(), {s.least, s.most});
      }
    const Spread line = ends.empty() ? Spread{NAN, NAN, NAN, 0} : spread_of(ends);  // what broke is the most
    invariant = invariant && line.least >= 0.5 && line.most <= 2;
    finding.sentence += cat(finding.sentence.empty() ? "Where the law says 1, one step's change grows from 6 to 100 layers " : ", ",
                            number_text(line.least), " … ", number_text(line.most), " times (", rule.optimizer, ")");
  }
  finding.tables.push_back(std::move(table));
  finding.tables.push_back(table_of("Largest stable rate without warm-up", rates, {"optimizer", "p", "q", "layers"},
                                    {"largest_stable_lr", "best_lr", "best_above_floor"}));
  finding.verdict = verdict_of(invariant);
  finding.sentence += ". Largest stable rates: ";
  bool first = true;
  for (const Json& optimizer : rates.values_of("optimizer")) {
    const Results of = rates.where({{"optimizer", optimizer}});
    finding.charts.push_back(chart_over(cat("Largest stable rate by depth, ", value_text(optimizer), " (exponents p = q)"), of, "p",
                                        {"layers", "layers", Scale::kLog}, {"largest_stable_lr", "largest stable rate", Scale::kLog}));
    for (const Json& p : of.values_of("p")) {
      finding.sentence += cat(first ? "" : "; ", value_text(optimizer), " with exponents ", value_text(p), ":");
      first = false;
      for (const Json& layers : of.values_of("layers"))
        finding.sentence +=
            cat(" ", number_text(of.where({{"p", p}, {"layers", layers}}).median("largest_stable_lr")), " at ", value_text(layers), " layers");
    }
  }
  finding.sentence += ".";
  return finding;
}

}  // namespace exponent_law_study

Experiment exponent_law() {
  using namespace exponent_law_study;
  return {.name = "exponent-law",
          .code = "X2",
          .claim = "One step's change does not depend on depth where p + q = 1/2 under SGD and where p + q = 1 under Adam, Lion and Muon.",
          .source = "not in print; derived from theorem 4.2 of arXiv:2203.00555",
          .published = "",
          .criterion =
              "alpha = (2N)^p, weights x (2N)^-q, on these lines, every seed: from 6 to 100 layers the change grows 0.5 … 2 times; largest stable "
              "rates are reported",
          .cost = "under 1 s a cell; a rate 2 to 10 s",
          .cells = cells,
          .measure = measure,
          .judge = judge};
}

}  // namespace gimbal::lab
