// One axis of a chart: where a value lies, and which values are written beside it.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "lab/experiment.h"

namespace gimbal::lab {

class Axis {
 public:
  Axis(Scale scale, double from_pixel, double to_pixel) : scale_(scale), from_(from_pixel), to_(to_pixel) {}

  bool can_show(double value) const { return std::isfinite(value) && (scale_ == Scale::kLinear || value > 0); }
  void cover(double value) {
    if (!can_show(value)) return;
    least_ = seen_ ? std::min(least_, at(value)) : at(value);
    most_ = seen_ ? std::max(most_, at(value)) : at(value);
    seen_ = true;
  }
  double pixel(double value) const { return from_ + (to_ - from_) * share(value); }
  /// 0 at the least value, 1 at the most.
  double share(double value) const {
    const double room = std::max(most_ - least_, 1e-12) * 0.04;
    return (at(value) - least_ + room) / (most_ - least_ + 2 * room);
  }
  /// Round values: powers of ten (with 2 and 5 between when they are few), or steps of 1, 2 or 5.
  std::vector<double> ticks() const { return scale_ == Scale::kLog ? log_ticks() : linear_ticks(); }

 private:
  double at(double value) const { return scale_ == Scale::kLog ? std::log10(value) : value; }

  std::vector<double> linear_ticks() const {
    const double span = std::max(most_ - least_, 1e-12), rough = span / 5, power = std::pow(10, std::floor(std::log10(rough)));
    const double step = rough / power < 1.5 ? power : rough / power < 3.5 ? 2 * power : rough / power < 7.5 ? 5 * power : 10 * power;
    std::vector<double> ticks;
    for (double v = std::ceil(least_ / step) * step; v <= most_ + step * 1e-9; v += step) ticks.push_back(std::abs(v) < step * 1e-9 ? 0 : v);
    return ticks;
  }
  std::vector<double> log_ticks() const {
    std::vector<double> ticks;
    const double decades = most_ - least_;
    for (double d = std::floor(least_); d <= std::ceil(most_); d += decades > 8 ? 2 : 1)
      for (const double m : {1.0, 2.0, 5.0}) {
        const double v = m * std::pow(10, d);
        if ((m == 1 || decades < 2.2) && at(v) >= least_ - 0.02 && at(v) <= most_ + 0.02) ticks.push_back(v);
      }
    if (ticks.empty()) ticks = {std::pow(10, least_), std::pow(10, most_)};
    if (ticks.size() == 2 && ticks[0] == ticks[1]) ticks.pop_back();
    return ticks;
  }

  Scale scale_;
  double from_, to_, least_ = 0, most_ = 0;
  bool seen_ = false;
};

}  // namespace gimbal::lab
