// E24: attention scores in 16 bits: where they overflow, and what the relaxation of CogView does about it (arXiv:2105.13290, section 2.4).
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "core/rng.h"
#include "lab/judging.h"

namespace gimbal::lab {
namespace low_precision_study {

constexpr size_t kTokens = 128, kHeadWidth = 64;
constexpr double kSpread = 20;  // of queries and keys: products of standard deviation 3200, eight times which passes what fp16 holds
constexpr double kAlpha = 32;   // of the relaxation

/// Binary floating point, rounded to even: `bits` significant ones, subnormal below 2^least.
struct Format {
  std::string_view name;
  int bits, least;
  double most;
};
constexpr std::array kFormats = {Format{"fp16", 11, -14, 65504}, Format{"bf16", 8, -126, 3.3895313892515355e38}};

double rounded(double x, const Format& f) {
  if (x == 0 || !std::isfinite(x)) return x;
  const double unit = std::ldexp(1.0, std::max(std::ilogb(x), f.least) - (f.bits - 1)), nearest = std::nearbyint(x / unit) * unit;
  return std::abs(nearest) > f.most ? std::copysign(std::numeric_limits<double>::infinity(), x) : nearest;
}

// The products fit in no register of 16 bits: sums are exact and rounded when they are written, as matrix units do it.
enum class Form : uint8_t { kPlain, kScaledFirst, kRelaxed };
constexpr std::array<std::string_view, 3> kForms = {"QK / sqrt(d)", "(Q / sqrt(d)) K", "PB-relax"};

std::vector<Cell> cells(Size size) {
  return grid({{"format", {"fp16", "bf16"}}, {"form", {kForms[0], kForms[1], kForms[2]}}, {"scores", {1, 8}}}, size == Size::kLong ? 10 : 3);
}

using Rows = std::vector<std::vector<double>>;

Rows random_rows(double size, uint64_t seed, const char* name) {
  Rng random(seed, name);
  Rows rows(kTokens, std::vector<double>(kHeadWidth));
  for (auto& row : rows)
    for (double& x : row) x = size * random.normal();
  return rows;
}

struct Attention {
  Rows weights;
  int64_t overflows = 0;
};

// `round` is what every written number goes through.
template <class Round>
Attention attention(const Rows& queries, const Rows& keys, Form form, const Round& round) {
  const double root = std::sqrt(static_cast<double>(kHeadWidth)), before = form == Form::kPlain         ? 1
                                                                           : form == Form::kScaledFirst ? root
                                                                                                        : root * kAlpha;
  Attention found;
  for (const auto& query : queries) {
    std::vector<double> scores;
    for (const auto& key : keys) {
      double sum = 0;
      for (size_t i = 0; i < kHeadWidth; ++i) sum += round(round(query[i]) / before) * round(key[i]);
      scores.push_back(round(sum));
      found.overflows += !std::isfinite(scores.back());
      if (form == Form::kPlain) scores.back() = round(scores.back() / root);
    }
    const double most = *std::max_element(scores.begin(), scores.end());
    double sum = 0;
    for (double& s : scores) s = std::exp(round(form == Form::kRelaxed ? kAlpha * round(s - most) : s - most)), sum += s;
    for (double& s : scores) s /= sum;
    found.weights.push_back(std::move(scores));
  }
  return found;
}

// Half of the sum of differences of two rows, the largest over rows without a not-a-number; and how many rows have one.
struct Apart {
  double most = 0;
  int64_t broken = 0;
};
Apart apart(const Rows& a, const Rows& b) {
  Apart result;
  for (size_t r = 0; r < a.size(); ++r) {
    double sum = 0;
    for (size_t i = 0; i < a[r].size(); ++i) sum += std::abs(a[r][i] - b[r][i]) / 2;
    if (std::isnan(sum)) {
      ++result.broken;
    } else {
      result.most = std::max(result.most, sum);
    }
  }
  return result;
}

Measured measure(const Cell& cell) {
  const auto seed = static_cast<uint64_t>(cell.seed);
  const Rows queries = random_rows(kSpread * cell.number("scores"), seed, "queries"), keys = random_rows(kSpread, seed, "keys");
  const auto form = static_cast<Form>(std::find(kForms.begin(), kForms.end(), cell.text("form")) - kForms.begin());
  const Format& format = *std::find_if(kFormats.begin(), kFormats.end(), [&](const Format& f) { return f.name == cell.text("format"); });
  const auto exact = [](double x) { return x; };
  const Attention plain = attention(queries, keys, Form::kPlain, exact), same = attention(queries, keys, form, exact),
                  low = attention(queries, keys, form, [&](double x) { return rounded(x, format); });
  const Apart error = apart(low.weights, plain.weights);
  return {{{"overflows", static_cast<double>(low.overflows)},
           {"broken_rows", static_cast<double>(error.broken)},
           {"error", error.broken == static_cast<int64_t>(kTokens) ? std::nan("") : error.most},
           {"identity", apart(same.weights, plain.weights).most}},
          {}};
}

Finding judge(const Results& results) {
  const auto of = [&](const char* format, size_t form, int64_t scores, const char* number) {
    return results.where({{"format", format}, {"form", kForms[form]}, {"scores", scores}}).spread(number);
  };
  const Spread plain = of("fp16", 0, 8, "broken_rows"), relaxed = of("fp16", 2, 8, "overflows"), calm = of("fp16", 0, 1, "overflows"),
               identity = results.spread("identity"), wide = of("bf16", 0, 8, "overflows");
  Finding finding;
  finding.tables.push_back(
      table_of("128 queries and keys of width 64: scores that overflow (of 16384), rows of the softmax that are no numbers, largest "
               "error of a row (half the sum of differences), difference of the form in double",
               results, {"format", "form", "scores"}, {"overflows", "broken_rows", "error", "identity"}));
  finding.verdict = verdict_of(calm.most == 0 && plain.least > 0 && relaxed.most == 0 && identity.most < 1e-9);
  finding.sentence =
      cat("With scores eight times as large fp16 breaks ", spread_text(plain),
          " of 128 rows; relaxed none of its scores overflows, and in double the two "
          "are the same softmax to ",
          number_text(identity.most), ". bf16 overflows nowhere (", number_text(wide.most), ") and errs by ", spread_text(of("bf16", 0, 8, "error")),
          " of a row's weight where relaxed fp16 errs by ", spread_text(of("fp16", 2, 8, "error")), " and fp16 with queries scaled first by ",
          spread_text(of("fp16", 1, 8, "error")), ": the relaxation saves the range, not the digits.");
  return finding;
}

}  // namespace low_precision_study

Experiment low_precision_scores() {
  using namespace low_precision_study;
  return {
      .name = "low-precision-scores",
      .code = "E24",
      .claim = "Large attention scores overflow fp16, and the relaxation softmax(alpha (QK / (alpha sqrt(d)) - max)) keeps them from it unchanged.",
      .source = "CogView, arXiv:2105.13290, section 2.4 (PB-relax); rounding is emulated here, the engine has no fp16",
      .published = "",
      .criterion =
          "every seed: in fp16 no score overflows at first, rows break when scores are eight times as large, none overflows when relaxed; in "
          "double all forms agree to 1e-9",
      .cost = "under 1 s a cell",
      .cells = cells,
      .measure = measure,
      .judge = judge};
}

}  // namespace gimbal::lab
