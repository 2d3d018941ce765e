// Numbers of an independent run beside ours, and which of them lie as far apart as random numbers alone put them.
#pragma once

#include <string>
#include <vector>

#include "lab/experiment.h"
#include "lab/spread.h"

namespace gimbal::lab {

/// What two runs of one quantity may differ by.
struct Scatter {
  double share = 0;       // of the reference; 0.1: ten percent
  double factor = 1;      // either way
  double difference = 0;  // either way
};

/// The reference is "an independent PyTorch run": other random numbers, other code, one number where we have one a seed.
class SideBySide {
 public:
  /// `settings` names the columns in front; `scatter` says in words how far apart is within.
  SideBySide(std::string title, std::vector<std::string> settings, std::string scatter);
  /// Within: our median is as near to the reference as the scatter allows; not-a-number is near to not-a-number alone. "seeds": it is not, but the
  /// reference lies in the range of our own seeds.
  void add(std::vector<std::string> settings, double reference, const Spread& ours, const Scatter& scatter);

  const Table& table() const { return table_; }
  size_t compared() const { return table_.rows.size(); }
  size_t within() const { return within_; }
  /// "Of 45 numbers of an independent PyTorch run 40 lie within 10 %, 3 more in the range of our seeds, 2 outside (the table says which)."
  std::string sentence() const;

 private:
  Table table_;
  std::string scatter_;
  size_t within_ = 0, in_our_range_ = 0;
};

}  // namespace gimbal::lab
