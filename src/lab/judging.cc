// Tables, charts and tuned arms out of results.
#include "lab/judging.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"

namespace gimbal::lab {

std::string spread_text(const Spread& s) {
  if (s.repeats < 2 || s.least == s.most || std::isnan(s.least)) return number_text(s.median);
  return cat(number_text(s.median), " (", number_text(s.least), " … ", number_text(s.most), ")");
}

std::string percent_text(const Spread& s) { return cat(spread_text({100 * s.median, 100 * s.least, 100 * s.most, s.repeats}), " %"); }

std::string value_text(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_boolean()) return value.get<bool>() ? "yes" : "no";
  return number_text(value.get<double>());
}

namespace {

// Combinations of the settings' values that were run, in the order of their first appearance.
std::vector<Json> combinations_of(const Results& results, const std::vector<std::string>& settings) {
  std::vector<Json> seen;
  for (const Result& r : results.all()) {
    Json key = Json::object();
    for (const std::string& s : settings) key[s] = r.cell.settings.at(s);
    if (std::find(seen.begin(), seen.end(), key) == seen.end()) seen.push_back(key);
  }
  return seen;
}

}  // namespace

Table table_of(std::string title, const Results& results, const std::vector<std::string>& settings, const std::vector<std::string>& numbers) {
  Table table{std::move(title), settings, {}};
  table.columns.insert(table.columns.end(), numbers.begin(), numbers.end());
  for (const Json& key : combinations_of(results, settings)) {
    const Results at = results.where(key);
    auto& row = table.rows.emplace_back();
    for (const std::string& s : settings) row.push_back(value_text(key[s]));
    for (const std::string& n : numbers) row.push_back(spread_text(at.spread(n)));
  }
  return table;
}

Chart chart_over(std::string title, const Results& results, const std::string& series, const Along& x, const Along& y) {
  Chart chart{std::move(title), x.words, y.words, x.scale, y.scale, {}};
  for (const Json& name : results.values_of(series)) {
    const Results arm = results.where({{series, name}});
    auto& line = chart.series.emplace_back(Chart::Series{value_text(name), {}});
    for (const Json& value : arm.values_of(x.key)) {
      const Spread s = arm.where({{x.key, value}}).spread(y.key);
      line.points.push_back({value.get<double>(), s.median, s.least, s.most});
    }
  }
  return chart;
}

Chart chart_along(std::string title, const Results& results, const std::string& series, const std::string& x_words, const Along& y) {
  Chart chart{std::move(title), x_words, y.words, Scale::kLinear, y.scale, {}};
  for (const Json& name : results.values_of(series)) {
    const Results arm = results.where({{series, name}});
    size_t places = arm.all().front().measured.curves.at(y.key).size();
    for (const Result& r : arm.all()) places = std::min(places, r.measured.curves.at(y.key).size());
    auto& line = chart.series.emplace_back(Chart::Series{value_text(name), {}});
    for (size_t i = 0; i < places; ++i) {
      std::vector<double> values;
      for (const Result& r : arm.all()) values.push_back(r.measured.curves.at(y.key)[i]);
      const Spread s = spread_of(values);
      line.points.push_back({static_cast<double>(i + 1), s.median, s.least, s.most});
    }
  }
  return chart;
}

std::vector<AtBest> at_best_rates(const Results& results, const std::string& arm, const std::string& number) {
  std::vector<AtBest> arms;
  for (const Json& value : results.values_of(arm)) {
    const Results::Best best = results.where({{arm, value}}).least(number, "lr");
    arms.push_back({value, best.value, best.spread});
  }
  return arms;
}

Results at_best(const Results& results, const std::vector<std::string>& arm, const std::string& number, const std::string& rate) {
  std::vector<Result> kept;
  for (const Json& key : combinations_of(results, arm)) {
    const Results at = results.where(key);
    const std::vector<Result> best = at.where({{rate, at.least(number, rate).value}}).all();
    kept.insert(kept.end(), best.begin(), best.end());
  }
  return Results(std::move(kept));
}

const AtBest& best_of(std::span<const AtBest> arms, const Json& arm) {
  const auto found = std::find_if(arms.begin(), arms.end(), [&](const AtBest& a) { return a.arm == arm; });
  GIMBAL_ASSERT(found != arms.end(), "no arm ", arm.dump());
  return *found;
}

Table table_of_best(std::string title, std::span<const AtBest> arms, const std::string& arm, const std::string& number) {
  Table table{std::move(title), {arm, "best lr", number}, {}};
  for (const AtBest& a : arms) table.rows.push_back({value_text(a.arm), value_text(a.lr), spread_text(a.spread)});
  return table;
}

Spread log_slopes(const Results& arm, const std::string& x, const std::string& number) {
  std::vector<double> slopes;
  for (int64_t seed = 1; seed <= static_cast<int64_t>(arm.fewest_seeds()); ++seed) {
    std::vector<double> xs, ys;
    for (const Result& r : arm.all()) {
      if (r.cell.seed != seed) continue;
      xs.push_back(std::log(r.cell.number(x)));
      ys.push_back(std::log(r.measured.numbers.at(number)));
    }
    slopes.push_back(line_through(xs, ys).slope);
  }
  return spread_of(slopes);
}

}  // namespace gimbal::lab
