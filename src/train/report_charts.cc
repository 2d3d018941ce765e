// Which numbers of a log become which chart, and the compact form in which the page receives them.
#include "train/report_charts.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <map>
#include <string_view>

#include "train/report_readings.h"

namespace gimbal {
namespace {

constexpr size_t kMostPoints = 2000;

enum class Scale : uint8_t { kLinear, kFromZero, kLog };

struct Quantity {
  std::string_view id, title, about;
  Scale scale;
};

constexpr std::array<Quantity, 6> kScalars = {{
    {"loss", "Loss", "nats a token", Scale::kLinear},
    {"lr", "Learning rate", "", Scale::kLinear},
    {"tokens_per_s", "Throughput", "tokens a second", Scale::kFromZero},
    {"grad_norm", "Gradient norm", "all parameters, before clipping", Scale::kLog},
    {"step_ms", "Step time", "milliseconds", Scale::kFromZero},
    {"peak_memory_mb", "Peak memory", "MB", Scale::kFromZero},
}};

constexpr std::array<Quantity, 9> kHealth = {{
    {"stream_rms", "Residual stream", "root mean square after each block", Scale::kLog},
    {"stream_max", "Residual stream, largest", "largest absolute value after each block", Scale::kLog},
    {"attn_ratio", "Attention branch", "its rms over that of the stream", Scale::kLog},
    {"cross_ratio", "Cross-attention branch", "its rms over that of the stream", Scale::kLog},
    {"ffn_ratio", "Feed-forward branch", "its rms over that of the stream", Scale::kLog},
    {"attn_entropy", "Attention entropy", "nats, mean of heads and rows; the smallest of each column", Scale::kLinear},
    {"attn_max_logit", "Largest attention logit", "before the softmax", Scale::kLog},
    {"grad_norm", "Gradient norm", "of each block, before clipping", Scale::kLog},
    {"update_ratio", "Update / weights", "ratio of norms; about 1e-3 is usual", Scale::kLog},
}};

template <size_t N>
const Quantity* find_quantity(const std::array<Quantity, N>& known, std::string_view id) {
  const auto* const found = std::find_if(known.begin(), known.end(), [&](const Quantity& quantity) { return quantity.id == id; });
  return found == known.end() ? nullptr : found;
}

// Median over about a fiftieth of the run, half of it on each side, so that the curve neither lags nor follows a spike; the window
// shrinks evenly towards both ends.
std::vector<double> smoothed(const Series& series) {
  const size_t n = series.values.size(), reach = std::clamp<size_t>(n / 100, 2, 200);
  std::vector<double> result;
  for (size_t i = 0; i < n; ++i) {
    const size_t half = std::min({reach, i, n - 1 - i});
    result.push_back(median_between(series.values, i - half, i + half + 1));
  }
  return result;
}

// Lines over a common axis: step -> one value a line. Both are thinned before they meet here.
class LineTable {
 public:
  explicit LineTable(size_t lines) : lines_(lines) {}
  void put(int64_t step, size_t line, double value) { rows_.try_emplace(step, lines_, kNaN).first->second[line] = value; }
  void write_to(Json& chart) const {
    chart["x"] = Json::array();
    chart["y"] = Json::array();
    for (size_t line = 0; line < lines_; ++line) chart["y"].push_back(Json::array());
    for (const auto& [step, values] : rows_) {
      chart["x"].push_back(step);
      for (size_t line = 0; line < lines_; ++line) chart["y"][line].push_back(compact(values[line]));
    }
  }

 private:
  size_t lines_;
  std::map<int64_t, std::vector<double>> rows_;
};

Json chart_head(const Series& series) {
  const Quantity* known = find_quantity(kScalars, series.name);
  Json chart;
  chart["id"] = series.name;
  chart["title"] = known ? std::string(known->title) : series.name;
  chart["about"] = known ? std::string(known->about) : "";
  chart["log"] = known && known->scale == Scale::kLog;
  chart["from_zero"] = known && known->scale == Scale::kFromZero;
  return chart;
}

Json loss_chart(const RunLog& log) {
  const Series& loss = log.scalar("loss");
  const Series& valid = log.scalar("val_loss");
  Json chart = chart_head(loss.empty() ? valid : loss);
  chart["labels"] = {"step", "training", "smoothed", "validation"};
  LineTable table(3);
  const std::vector<double> smooth = smoothed(loss);
  const auto put_loss = [&](size_t i) {
    table.put(loss.steps[i], 0, loss.values[i]);
    if (loss.values.size() >= 30) table.put(loss.steps[i], 1, smooth[i]);
  };
  for (const size_t i : thinned(loss, kMostPoints * 3 / 4)) put_loss(i);
  for (const size_t i : thinned(valid, kMostPoints / 4)) {
    table.put(valid.steps[i], 2, valid.values[i]);
    // A row without the other two lines would leave a gap in them.
    const auto same = std::lower_bound(loss.steps.begin(), loss.steps.end(), valid.steps[i]);
    if (same != loss.steps.end() && *same == valid.steps[i]) put_loss(static_cast<size_t>(same - loss.steps.begin()));
  }
  table.write_to(chart);
  return chart;
}

Json single_chart(const Series& series) {
  Json chart = chart_head(series);
  chart["labels"] = {"step", series.name};
  LineTable table(1);
  for (const size_t i : thinned(series, kMostPoints)) table.put(series.steps[i], 0, series.values[i]);
  table.write_to(chart);
  return chart;
}

std::string base64(const std::vector<uint8_t>& bytes) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (size_t i = 0; i < bytes.size(); i += 3) {
    const size_t left = std::min<size_t>(3, bytes.size() - i);
    uint32_t three = 0;
    for (size_t k = 0; k < 3; ++k) three = three << 8 | (k < left ? bytes[i + k] : 0u);
    for (size_t k = 0; k < 4; ++k) text += k <= left ? kDigits[three >> (18 - 6 * k) & 63] : '=';
  }
  return text;
}

struct Range {
  Scale scale;
  double low, high;
};

// Logarithmic when the quantity is of that kind and nearly all values are positive, or when unknown values span much.
Range range_of(const HealthMap& map) {
  const Quantity* known = find_quantity(kHealth, map.quantity);
  double low = INFINITY, high = -INFINITY, low_positive = INFINITY;
  size_t finite = 0, positive = 0;
  for (const float value : map.values) {
    if (value == HealthMap::kMissing || !std::isfinite(value)) continue;
    ++finite;
    low = std::min<double>(low, value);
    high = std::max<double>(high, value);
    if (value <= 0) continue;
    ++positive;
    low_positive = std::min<double>(low_positive, value);
  }
  if (finite == 0) return {Scale::kLinear, 0, 1};
  const bool fits = positive * 20 >= finite * 19 && high > 0;
  const bool wants = known ? known->scale == Scale::kLog : high > 30 * low_positive;
  if (!fits || !wants) return {Scale::kLinear, low, high > low ? high : low + 1};
  // Twelve decades show everything that a training run should be judged by.
  low_positive = std::max(low_positive, high * 1e-12);
  return {Scale::kLog, low_positive, high > low_positive ? high : low_positive * 2};
}

std::string encoded_cells(const HealthMap& map, const Range& range) {
  const auto place = [&](double value) { return range.scale == Scale::kLog ? std::log(value) : value; };
  std::vector<uint8_t> bytes;
  for (const float value : map.values) {
    uint32_t code = 65535;
    if (std::isnan(value)) {
      code = 65534;
    } else if (value != HealthMap::kMissing) {
      const double clipped = std::clamp<double>(value, range.low, range.high);
      code = static_cast<uint32_t>(std::lround(65000 * (place(clipped) - place(range.low)) / (place(range.high) - place(range.low))));
    }
    bytes.push_back(static_cast<uint8_t>(code & 255));
    bytes.push_back(static_cast<uint8_t>(code >> 8));
  }
  return base64(bytes);
}

Json heat_map(const HealthMap& map) {
  const Quantity* known = find_quantity(kHealth, map.quantity);
  const Range range = range_of(map);
  Json heat;
  heat["id"] = map.quantity;
  heat["title"] = known ? std::string(known->title) : map.quantity;
  heat["about"] = known ? std::string(known->about) : "";
  heat["log"] = range.scale == Scale::kLog;
  heat["shows_smallest"] = map.shows_smallest();
  heat["low"] = compact(range.low);
  heat["high"] = compact(range.high);
  heat["rows"] = map.rows;
  heat["steps"] = map.steps;
  heat["cells"] = encoded_cells(map, range);
  return heat;
}

}  // namespace

Json compact(double value) {
  if (!std::isfinite(value)) return nullptr;
  if (value == std::floor(value) && std::abs(value) < 1e15) return static_cast<int64_t>(value);
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.6g", value);
  return std::strtod(text.data(), nullptr);
}

Json charts_of(const RunLog& log) {
  Json charts = Json::array();
  if (!log.scalar("loss").empty() || !log.scalar("val_loss").empty()) charts.push_back(loss_chart(log));
  for (const Quantity& known : kScalars) {
    if (const Series& series = log.scalar(std::string(known.id)); known.id != "loss" && !series.empty()) charts.push_back(single_chart(series));
  }
  for (const Series& series : log.scalars) {
    const bool shown_elsewhere = series.name == "val_loss" || series.name == "tokens" || series.name == "elapsed_s";
    if (!shown_elsewhere && !find_quantity(kScalars, series.name)) charts.push_back(single_chart(series));
  }
  return charts;
}

Json heat_maps_of(const RunLog& log) {
  Json maps = Json::array();
  for (const Quantity& known : kHealth) {
    for (const HealthMap& map : log.health) {
      if (map.quantity == known.id) maps.push_back(heat_map(map));
    }
  }
  for (const HealthMap& map : log.health) {
    if (!find_quantity(kHealth, map.quantity)) maps.push_back(heat_map(map));
  }
  return maps;
}

}  // namespace gimbal
