// Bands, jumps, first passages.
#include "lab/doctor/signs.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace gimbal::lab {
namespace {

constexpr size_t kWindow = 24, kHistory = 8, kAfter = 5;
constexpr double kDeviations = 8, kLeastDeviation = 0.05;
constexpr double kInf = std::numeric_limits<double>::infinity();

/// Least and largest value that a quantity should have.
struct Band {
  double least, most;
};

enum class Phase : uint8_t { kForward, kLoss, kBackward, kUpdate };

struct QuantityBand {
  std::string_view name;
  Phase phase;
  double rise, fall;  // factors that make a jump; infinity: that way it is none
  Band limits;        // of any design
  int64_t needed;     // steps in a row outside of the limits that make a sign
};

// The limits: 65504 is f16's largest number; an update of a tenth of the weights in every step is unstable, and below a millionth frozen (the latter
// is the report's, since frozen layers are usually meant to be).
constexpr std::array kBands = {
    QuantityBand{"least_deviation", Phase::kForward, kInf, 50, {1e-7, kInf}, 1},
    QuantityBand{"stream_rms", Phase::kForward, 3, kInf, {0, 1e4}, 1},
    QuantityBand{"stream_max", Phase::kForward, 4, kInf, {0, 65504}, 1},
    QuantityBand{"attn_ratio", Phase::kForward, 4, 8, {0, kInf}, 1},
    QuantityBand{"cross_ratio", Phase::kForward, 4, 8, {0, kInf}, 1},
    QuantityBand{"ffn_ratio", Phase::kForward, 4, 8, {0, kInf}, 1},
    QuantityBand{"attn_entropy", Phase::kForward, kInf, 4, {0, kInf}, 1},
    QuantityBand{"attn_max_logit", Phase::kForward, 5, kInf, {-kInf, 100}, 5},
    QuantityBand{"grad_norm", Phase::kBackward, 10, 100, {0, 1e6}, 1},
    QuantityBand{"update_ratio", Phase::kUpdate, 10, 8, {0, 0.1}, 3},
};
constexpr std::array kNumbers = {
    QuantityBand{"token_entropy", Phase::kForward, kInf, 1.5, {0, kInf}, 1},
    QuantityBand{"loss", Phase::kLoss, 1.25, kInf, {-kInf, kInf}, 1},
    QuantityBand{"lse_rms", Phase::kLoss, 4, kInf, {0, kInf}, 1},
    QuantityBand{"grad_norm", Phase::kBackward, 10, kInf, {0, kInf}, 1},
};

double middle_of(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

struct Points {
  std::vector<int64_t> steps;
  std::vector<double> values;  // NaN: not finite
};

class Watch {
 public:
  Watch(const QuantityBand& band, std::string place, int64_t depth, int64_t depths, int64_t calm_from, std::vector<Sign>& signs)
      : band_(band), place_(std::move(place)), calm_from_(calm_from), signs_(signs) {
    const int64_t along = band.phase == Phase::kBackward ? depths - depth : depth;
    order_ = static_cast<int64_t>(band.phase) * 1'000'000 + along;
  }

  void over(const Points& points) {
    passages(points, Band{-kInf, kInf}, /*jumps=*/true);
    passages(points, band_.limits, false);
  }

 private:
  // What a value is held against: jumps to the median before, limits to themselves.
  struct Held {
    Band band;
    double usual;
    bool holds;
  };

  Held by_history(const Points& p, size_t i) const {
    if (i < kHistory) return {{}, 0, false};
    const auto [low, high] =
        std::minmax_element(p.values.begin() + static_cast<std::ptrdiff_t>(i - 4), p.values.begin() + static_cast<std::ptrdiff_t>(i));
    if (p.values[i] >= *low && p.values[i] <= *high) return {{}, 0, false};  // among its neighbours: no jump, and the rest need not be computed
    std::vector<double> logs;                                                // newest first
    for (size_t k = i; k > 0 && logs.size() < kWindow; --k)
      if (p.values[k - 1] > 0) logs.push_back(std::log(p.values[k - 1]));
    if (logs.size() < kHistory) return {{}, 0, false};
    // A line through the medians of the newer and the older half, so that a series on its way is not taken for a scattered one.
    const size_t n = logs.size(), half = n / 2;
    const auto newer = logs.begin() + static_cast<std::ptrdiff_t>(half);
    const double recent = middle_of({logs.begin(), newer}), slope = (recent - middle_of({newer, logs.end()})) / (static_cast<double>(n) / 2);
    const double centre = (static_cast<double>(half) - 1) / 2;
    std::vector<double> off(n);
    for (size_t k = 0; k < n; ++k) off[k] = std::abs(logs[k] - (recent + slope * (centre - static_cast<double>(k))));
    const double next = recent + slope * (centre + 1), reach = kDeviations * std::max(kLeastDeviation, 1.4826 * middle_of(off));
    const auto away = [&](double factor) { return std::max(reach, std::log(factor)); };
    return {{std::exp(std::min(next, recent) - away(band_.fall)), std::exp(std::max(next, recent) + away(band_.rise))}, std::exp(recent), true};
  }

  static bool outside(double v, const Band& band) { return std::isnan(v) || v < band.least || v > band.most; }

  void passages(const Points& p, const Band& limits, bool jumps) {
    bool passing = false, lasting = false;
    int64_t in_a_row = 0;
    for (size_t i = 0; i < p.values.size() && !lasting; ++i) {
      const Held held = jumps ? by_history(p, i) : Held{limits, std::isfinite(limits.most) ? limits.most : limits.least, true};
      if (!held.holds || !outside(p.values[i], held.band) || (!jumps && band_.needed > 1 && p.steps[i] <= calm_from_)) {
        in_a_row = 0;
        continue;
      }
      if (++in_a_row < (jumps ? 1 : band_.needed)) continue;
      size_t after = 0, still = 0;
      for (size_t k = i + 1; k < std::min(p.values.size(), i + 1 + kAfter); ++k, ++after) still += outside(p.values[k], held.band);
      lasting = 2 * still >= after;
      if (!lasting && passing) continue;
      passing = true;
      Sign sign{p.steps[i], order_, std::string(band_.name), place_, p.values[i], held.usual, jumps, lasting};
      signs_.push_back(std::move(sign));
    }
  }

  const QuantityBand& band_;
  std::string place_;
  int64_t order_, calm_from_;
  std::vector<Sign>& signs_;
};

}  // namespace

std::vector<Sign> signs_of(const RunLog& log) {
  std::vector<Sign> signs;
  constexpr int64_t calm_from = 5;  // the first steps move weights that are still small
  for (const QuantityBand& band : kNumbers) {
    const Series& series = log.scalar(std::string(band.name));
    Watch(band, "", 0, 0, calm_from, signs).over({series.steps, series.values});
  }
  for (const HealthMap& map : log.health) {
    const auto band = std::find_if(kBands.begin(), kBands.end(), [&](const QuantityBand& b) { return b.name == map.quantity; });
    if (band == kBands.end()) continue;
    for (size_t row = 0; row < map.rows.size(); ++row) {
      Points points;
      for (size_t c = 0; c < map.steps.size(); ++c) {
        const float v = map.at(c, row);
        if (v == HealthMap::kMissing) continue;
        points.steps.push_back(map.steps[c]);
        points.values.push_back(v);
      }
      Watch(*band, map.rows[row].starts_with("layer ") ? "block" + map.rows[row].substr(5) : map.rows[row], static_cast<int64_t>(row),
            static_cast<int64_t>(map.rows.size()), calm_from, signs)
          .over(points);
    }
  }
  std::stable_sort(signs.begin(), signs.end(), [](const Sign& x, const Sign& y) { return std::pair(x.step, x.order) < std::pair(y.step, y.order); });
  return signs;
}

}  // namespace gimbal::lab
