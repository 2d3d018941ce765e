// What judges have in common: medians with ranges as text, tables and charts over settings, arms at their best rates.
#pragma once

#include <cmath>
#include <span>
#include <string>
#include <vector>

#include "lab/experiment.h"
#include "lab/number_text.h"

namespace gimbal::lab {

/// "2.31 (2.29 … 2.35)"
std::string spread_text(const Spread& s);
/// A share in percent: "72.1 (71.4 … 77.1) %"
std::string percent_text(const Spread& share);
/// The value of a setting as tables show it.
std::string value_text(const Json& value);

/// A row for each combination of the settings' values that was run: these, then median and range of each number.
Table table_of(std::string title, const Results& results, const std::vector<std::string>& settings, const std::vector<std::string>& numbers);

/// What an axis shows: a setting, a measured number or a curve, with the words beside it.
struct Along {
  std::string key, words;
  Scale scale = Scale::kLinear;
};
/// A line for each value of `series`: the number y over the values of the setting x.
Chart chart_over(std::string title, const Results& results, const std::string& series, const Along& x, const Along& y);
/// A line for each value of `series`: the curve y over its places 1, 2, …, as far as all seeds have them.
Chart chart_along(std::string title, const Results& results, const std::string& series, const std::string& x_words, const Along& y);

/// An arm at the value of the setting "lr" that serves it best: that with the least median of what is compared.
struct AtBest {
  Json arm, lr;
  Spread spread;
};
/// Each value of the setting `arm`, tuned on the same grid of rates.
std::vector<AtBest> at_best_rates(const Results& results, const std::string& arm, const std::string& number);
/// A programmer's error where there is none.
const AtBest& best_of(std::span<const AtBest> arms, const Json& arm);
Table table_of_best(std::string title, std::span<const AtBest> arms, const std::string& arm, const std::string& number);

/// Where an arm is a combination of settings: the cells of each of them at the rate with the least median of `number`.
Results at_best(const Results& results, const std::vector<std::string>& arm, const std::string& number, const std::string& rate = "lr");

/// kHolds or kNotReproduced.
inline Verdict verdict_of(bool holds) { return holds ? Verdict::kHolds : Verdict::kNotReproduced; }

/// Of a statement that is wrong as printed, where that was seen; where it was not, nothing is said against it.
inline Verdict refuted_where(bool seen) { return seen ? Verdict::kNotReproduced : Verdict::kMeasured; }

/// Losses and errors, where a run that broke is worse than any number. No seed is below the bound:
inline bool none_below(const Spread& s, double bound) { return std::isnan(s.least) || s.least >= bound; }
/// `worse` lies above `better` by more than `by`:
inline bool worse_by(double worse, double better, double by) { return std::isnan(worse) ? !std::isnan(better) : worse - better > by; }

/// One slope a seed of log number on log x, x being a setting.
Spread log_slopes(const Results& arm, const std::string& x, const std::string& number);

}  // namespace gimbal::lab
