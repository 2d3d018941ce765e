// The smallest thing the lab computes and keeps: one arm of an experiment at one setting with one seed, and what was measured there.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/json.h"

namespace gimbal::lab {

/// `settings` is a flat object of what distinguishes this cell ("placement": "post", "lr": 0.003); with experiment, edition and seed it is the cell's
/// identity in the store.
struct Cell {
  Json settings = Json::object();
  int64_t seed = 1;

  std::string text(const std::string& key) const { return settings.at(key).get<std::string>(); }
  double number(const std::string& key) const { return settings.at(key).get<double>(); }
  int64_t count(const std::string& key) const { return settings.at(key).get<int64_t>(); }
  bool operator==(const Cell&) const = default;
};

/// What a cell found. A number that is not finite says that the run broke.
struct Measured {
  std::map<std::string, double> numbers;
  std::map<std::string, std::vector<double>> curves;
};

/// Settings and the values each of them takes.
using Axes = std::vector<std::pair<std::string, std::vector<Json>>>;
/// First seed of experiments whose criterion was written after a look at seeds 1 … 3: what they find with others is their verdict.
constexpr int64_t kFreshSeed = 11;
/// Every combination of the axes' values, each with seeds first … first + seeds - 1; the last axis and then the seed run fastest.
std::vector<Cell> grid(const Axes& axes, int64_t seeds, int64_t first = 1);
/// Those of a, then those of b.
std::vector<Cell> together(std::vector<Cell> a, const std::vector<Cell>& b);

/// "post, lr 0.003": the values that tell cells of one experiment apart, words by themselves, numbers behind their name.
std::string label_of(const Json& settings);

}  // namespace gimbal::lab
