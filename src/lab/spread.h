// What repeats of one measurement say: the middle, and how far they lie apart.
#pragma once

#include <cstddef>
#include <span>

namespace gimbal::lab {

/// Median and range of repeats. Not-a-number counts as larger than any value, so that a run that broke cannot improve a median.
struct Spread {
  double median = 0, least = 0, most = 0;
  size_t repeats = 0;
};

/// Fails a programmer's check when `values` is empty.
Spread spread_of(std::span<const double> values);

/// Whether every repeat of `a` lies below every repeat of `b`: what a claim "a is less than b" needs here.
bool lies_below(const Spread& a, const Spread& b);

/// Least squares y = intercept + slope x; r2 is the share of y's variance that the line explains.
struct Line {
  double intercept = 0, slope = 0, r2 = 0;
};
Line line_through(std::span<const double> x, std::span<const double> y);

}  // namespace gimbal::lab
