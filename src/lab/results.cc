// Choosing among finished cells.
#include "lab/results.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>

#include "core/error.h"

namespace gimbal::lab {
namespace {

constexpr std::string_view kArmEnds = "} ";

}  // namespace

std::string within(const Json& arm, const std::string& number) { return cat(arm.dump(), " ", number); }

Results Results::arms_within() const {
  std::map<std::string, std::vector<Result>> arms;  // by the arm's settings as text
  for (const Result& r : all_) {
    std::map<std::string, Result> of_cell;
    for (const auto& [name, value] : r.measured.numbers) {
      const size_t end = name.find(kArmEnds);
      if (!name.starts_with('{') || end == std::string::npos) continue;
      of_cell[name.substr(0, end + 1)].measured.numbers[name.substr(end + kArmEnds.size())] = value;
    }
    for (auto& [arm, result] : of_cell) {
      result.cell = r.cell;
      result.cell.settings.update(parse_json(arm, "the settings of an arm"));
      arms[arm].push_back(std::move(result));
    }
  }
  std::vector<Result> found;
  for (auto& [arm, results] : arms) std::move(results.begin(), results.end(), std::back_inserter(found));
  return Results(std::move(found));
}

Results Results::where(const Json& settings) const {
  std::vector<Result> chosen;
  for (const Result& r : all_) {
    const auto has = [&](const auto& item) { return r.cell.settings.contains(item.key()) && r.cell.settings[item.key()] == item.value(); };
    const auto items = settings.items();
    if (std::all_of(items.begin(), items.end(), has)) chosen.push_back(r);
  }
  return Results(std::move(chosen));
}

std::vector<Json> Results::values_of(const std::string& setting) const {
  std::vector<Json> values;
  for (const Result& r : all_) {
    const auto found = r.cell.settings.find(setting);
    if (found != r.cell.settings.end() && std::find(values.begin(), values.end(), *found) == values.end()) values.push_back(*found);
  }
  return values;
}

std::vector<double> Results::numbers(const std::string& name) const {
  std::vector<double> values;
  for (const Result& r : all_) {
    const auto found = r.measured.numbers.find(name);
    GIMBAL_ASSERT(found != r.measured.numbers.end(), "the cell ", label_of(r.cell.settings), " did not measure ", name);
    values.push_back(found->second);
  }
  return values;
}

size_t Results::fewest_seeds() const {
  std::map<std::string, size_t> seeds;
  for (const Result& r : all_) ++seeds[r.cell.settings.dump()];
  size_t fewest = all_.size();
  for (const auto& [settings, count] : seeds) fewest = std::min(fewest, count);
  return fewest;
}

Results::Best Results::least(const std::string& number, const std::string& over) const {
  Best best;
  for (const Json& value : values_of(over)) {
    const Spread s = where({{over, value}}).spread(number);
    if (best.spread.repeats == 0 || s.median < best.spread.median || (std::isnan(best.spread.median) && !std::isnan(s.median))) best = {value, s};
  }
  GIMBAL_ASSERT(best.spread.repeats > 0, "no cell has the setting ", over);
  return best;
}

}  // namespace gimbal::lab
