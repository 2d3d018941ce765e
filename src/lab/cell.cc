// Grids of cells and their labels.
#include "lab/cell.h"

#include "core/error.h"
#include "lab/number_text.h"

namespace gimbal::lab {

std::vector<Cell> grid(const Axes& axes, int64_t seeds, int64_t first) {
  std::vector<Json> combinations = {Json::object()};
  for (const auto& [name, values] : axes) {
    std::vector<Json> longer;
    for (const Json& settings : combinations)
      for (const Json& value : values) {
        longer.push_back(settings);
        longer.back()[name] = value;
      }
    combinations = std::move(longer);
  }
  std::vector<Cell> cells;
  for (const Json& settings : combinations)
    for (int64_t seed = first; seed < first + seeds; ++seed) cells.push_back({settings, seed});
  return cells;
}

std::vector<Cell> together(std::vector<Cell> a, const std::vector<Cell>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

std::string label_of(const Json& settings) {
  std::string label;
  for (const auto& [key, value] : settings.items()) {
    if (!label.empty()) label += ", ";
    if (value.is_string()) {
      label += value.get<std::string>();
    } else if (value.is_boolean()) {
      label += cat(value.get<bool>() ? "" : "no ", key);
    } else {
      label += cat(key, " ", number_text(value.get<double>()));
    }
  }
  return label;
}

}  // namespace gimbal::lab
