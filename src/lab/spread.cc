// Medians, ranges and lines.
#include "lab/spread.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/error.h"

namespace gimbal::lab {

Spread spread_of(std::span<const double> values) {
  GIMBAL_ASSERT(!values.empty(), "a spread of nothing");
  std::vector<double> sorted(values.begin(), values.end());
  std::sort(sorted.begin(), sorted.end(), [](double a, double b) { return std::isnan(b) ? !std::isnan(a) : a < b; });
  const size_t n = sorted.size();
  return {n % 2 == 1 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2, sorted.front(), sorted.back(), n};
}

bool lies_below(const Spread& a, const Spread& b) { return a.most < b.least || (std::isnan(b.least) && !std::isnan(a.most)); }

Line line_through(std::span<const double> x, std::span<const double> y) {
  GIMBAL_ASSERT(x.size() == y.size() && x.size() >= 2, "a line needs two points");
  const auto n = static_cast<double>(x.size());
  double mx = 0, my = 0, xx = 0, xy = 0, yy = 0;
  for (size_t i = 0; i < x.size(); ++i) mx += x[i] / n, my += y[i] / n;
  for (size_t i = 0; i < x.size(); ++i) {
    xx += (x[i] - mx) * (x[i] - mx);
    xy += (x[i] - mx) * (y[i] - my);
    yy += (y[i] - my) * (y[i] - my);
  }
  const double slope = xx > 0 ? xy / xx : 0;
  return {my - slope * mx, slope, yy > 0 ? slope * xy / yy : 1};
}

}  // namespace gimbal::lab
