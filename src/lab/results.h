// Finished cells of one experiment, and the questions that judges ask of them.
#pragma once

#include <string>
#include <vector>

#include "lab/cell.h"
#include "lab/spread.h"

namespace gimbal::lab {

struct Result {
  Cell cell;
  Measured measured;
  double seconds = 0;
};

/// The name of one arm's number in a cell that measures several arms, since they share what is costly: a teacher, a pretrained model.
std::string within(const Json& arm, const std::string& number);

class Results {
 public:
  Results() = default;
  explicit Results(std::vector<Result> all) : all_(std::move(all)) {}

  const std::vector<Result>& all() const& { return all_; }
  std::vector<Result> all() && { return std::move(all_); }  // lives as long as a loop over results.where(…).all()
  bool empty() const { return all_.empty(); }
  /// Those whose settings contain all of `settings`.
  Results where(const Json& settings) const;
  /// Values of a setting, in the order of their first appearance.
  std::vector<Json> values_of(const std::string& setting) const;
  /// A measured number of every cell; a programmer's error where one lacks it.
  std::vector<double> numbers(const std::string& name) const;
  Spread spread(const std::string& name) const { return spread_of(numbers(name)); }
  double median(const std::string& name) const { return spread(name).median; }
  /// Of cells that measured several arms on what they share and named their numbers by `within`: each arm as a cell of its own, its settings the
  /// cell's and the arm's. Numbers of the cell as a whole are left out.
  Results arms_within() const;
  /// Seeds of the arm that has fewest.
  size_t fewest_seeds() const;

  /// Over the values of one setting: that with the least median of `number`.
  struct Best {
    Json value;
    Spread spread;
  };
  Best least(const std::string& number, const std::string& over) const;

 private:
  std::vector<Result> all_;
};

}  // namespace gimbal::lab
