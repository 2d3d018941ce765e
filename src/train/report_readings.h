// What a run's numbers say, in plain words: which layer grew, collapsed or idles, and what the loss did.
#pragma once

#include <string>
#include <vector>

#include "train/report_log.h"

namespace gimbal {

struct Reading {
  enum class Weight : uint8_t { kNote, kWarning };
  Weight weight;
  std::string text;  // one or two sentences
};

/// Warnings first. Each rule and its threshold stands at the rule. At least one reading comes back.
std::vector<Reading> read_run(const RunLog& log);

/// Mean of the finite values among the last `count`; NaN when there is none.
double mean_of_last(const Series& series, size_t count);
/// Median of the finite values in [begin, end); NaN when there is none.
double median_between(const std::vector<double>& values, size_t begin, size_t end);

/// "1.23", "4,560", "1.2e-05": four significant digits.
std::string short_number(double value);

}  // namespace gimbal
