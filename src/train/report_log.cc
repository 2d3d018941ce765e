// Reading log.jsonl, and thinning it.
#include "train/report_log.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <optional>

#include "core/error.h"

namespace gimbal {
namespace {

constexpr size_t kMostColumns = 240;   // of a heat map: about what a screen can show
constexpr size_t kMostCells = 60000;   // of a heat map: eight of them stay under 1.3 MB
constexpr size_t kFewestColumns = 50;  // however deep the model is
constexpr float kNotFinite = std::numeric_limits<float>::quiet_NaN();

float cell_of(const Json& value) {
  if (value.is_null()) return kNotFinite;
  if (!value.is_number()) return HealthMap::kMissing;
  const double number = value.get<double>();
  return std::abs(number) < 1e38 ? static_cast<float>(number) : kNotFinite;
}

struct Column {
  int64_t step = 0;
  int64_t measurements = 1;
  float embed = HealthMap::kMissing, head = HealthMap::kMissing;
  std::vector<float> layers;
};

// One quantity while the log is read: every column stands for equally many measurements, twice as many whenever there are too
// many columns.
class QuantityReader {
 public:
  QuantityReader(std::string quantity, Columns joining) : joining_(joining) { map_.quantity = std::move(quantity); }

  // The column that this step's values are put into; it joins the others when the next step comes.
  Column& column_for(int64_t step) {
    if (!current_ || current_->step != step) {
      flush();
      current_.emplace().step = step;
    }
    return *current_;
  }

  void forget_from(int64_t step) {
    flush();
    while (!columns_.empty() && columns_.back().step >= step) columns_.pop_back();
  }

  HealthMap finish(const std::vector<std::string>& layer_names) {
    flush();
    size_t layers = 0;
    bool embed = false, head = false;
    for (const Column& column : columns_) {
      layers = std::max(layers, column.layers.size());
      embed |= column.embed != HealthMap::kMissing;
      head |= column.head != HealthMap::kMissing;
    }
    const size_t rows = layers + embed + head;
    const size_t most = std::clamp(kMostCells / std::max<size_t>(rows, 1), kFewestColumns, kMostColumns);
    if (joining_ == Columns::kThinned && columns_.size() > most) merge((columns_.size() + most - 1) / most);

    HealthMap map = map_;
    if (embed) map.rows.emplace_back("embedding");
    for (size_t i = 0; i < layers; ++i) map.rows.push_back(i < layer_names.size() ? layer_names[i] : cat("layer ", i));
    if (head) map.rows.emplace_back("head");
    for (Column& column : columns_) {
      map.steps.push_back(column.step);
      if (embed) map.values.push_back(column.embed);
      column.layers.resize(layers, HealthMap::kMissing);
      map.values.insert(map.values.end(), column.layers.begin(), column.layers.end());
      if (head) map.values.push_back(column.head);
    }
    return map;
  }

 private:
  // Non-finite wins over everything, anything measured over missing.
  float joined_cell(float a, float b) const {
    if (std::isnan(a) || std::isnan(b)) return kNotFinite;
    if (a == HealthMap::kMissing || b == HealthMap::kMissing) return a == HealthMap::kMissing ? b : a;
    return map_.shows_smallest() ? std::min(a, b) : std::max(a, b);
  }

  void join(Column& into, const Column& column) const {
    into.measurements += column.measurements;
    into.embed = joined_cell(into.embed, column.embed);
    into.head = joined_cell(into.head, column.head);
    into.layers.resize(std::max(into.layers.size(), column.layers.size()), HealthMap::kMissing);
    for (size_t k = 0; k < column.layers.size(); ++k) into.layers[k] = joined_cell(into.layers[k], column.layers[k]);
  }

  void flush() {
    if (!current_) return;
    if (!columns_.empty() && columns_.back().measurements < measurements_a_column_) {
      join(columns_.back(), *current_);
    } else {
      if (joining_ == Columns::kThinned && columns_.size() == 4 * kMostColumns) {
        merge(2);
        measurements_a_column_ *= 2;
      }
      columns_.push_back(std::move(*current_));
    }
    current_.reset();
  }

  void merge(size_t group) {
    std::vector<Column> merged;
    for (size_t i = 0; i < columns_.size(); ++i) {
      if (i % group == 0) {
        merged.push_back(std::move(columns_[i]));
      } else {
        join(merged.back(), columns_[i]);
      }
    }
    columns_ = std::move(merged);
  }

  Columns joining_;
  HealthMap map_;
  std::optional<Column> current_;
  std::vector<Column> columns_;
  int64_t measurements_a_column_ = 1;
};

class LogReader {
 public:
  explicit LogReader(Columns joining) : joining_(joining) {}
  void take(const Json& line) {
    if (const auto run = line.find("run"); run != line.end() && run->is_object()) merge_over_run(*run);
    const auto step = line.find("step");
    if (step == line.end() || !step->is_number_integer()) return;
    if (line.contains("event")) {
      const auto text = [&](const char* key) { return line.contains(key) && line[key].is_string() ? line[key].get<std::string>() : ""; };
      log_.events.push_back({step->get<int64_t>(), text("event"), text("what")});
    } else {
      take_step(line, step->get<int64_t>());
    }
  }

  RunLog finish() {
    std::vector<std::string> names;
    if (const auto given = log_.run.find("layer_names"); given != log_.run.end() && given->is_array()) {
      for (const Json& name : *given) names.push_back(name.is_string() ? name.get<std::string>() : name.dump());
    }
    for (QuantityReader& reader : quantities_) {
      HealthMap map = reader.finish(names);
      if (!map.values.empty()) log_.health.push_back(std::move(map));
    }
    std::erase_if(log_.scalars, [](const Series& series) { return series.empty(); });
    return std::move(log_);
  }

  int64_t steps() const { return steps_; }
  RunLog& log() { return log_; }

 private:
  void merge_over_run(const Json& run) {
    for (const auto& [key, value] : run.items()) log_.run[key] = value;
  }

  void take_step(const Json& line, int64_t step) {
    if (steps_ > 0 && step <= last_step_) forget_from(step);
    ++steps_;
    last_step_ = step;
    for (const auto& [key, value] : line.items()) {
      if (key == "step" || !(value.is_number() || value.is_null())) continue;
      Series& series = series_named(key);
      series.steps.push_back(step);
      series.values.push_back(value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.get<double>());
    }
    if (const auto health = line.find("health"); health != line.end() && health->is_object()) take_health(*health, step);
  }

  void take_health(const Json& health, int64_t step) {
    for (const auto& [part, quantities] : health.items()) {
      if (!quantities.is_object()) continue;
      for (const auto& [name, value] : quantities.items()) {
        if (part == "layers" && value.is_array()) {
          auto& layers = quantity_named(name).column_for(step).layers;
          layers.clear();
          for (const Json& item : value) layers.push_back(cell_of(item));
        } else if (part == "embed") {
          quantity_named(name).column_for(step).embed = cell_of(value);
        } else if (part == "head") {
          quantity_named(name).column_for(step).head = cell_of(value);
        }
      }
    }
  }

  void forget_from(int64_t step) {
    for (Series& series : log_.scalars) {
      const auto keep = std::lower_bound(series.steps.begin(), series.steps.end(), step) - series.steps.begin();
      series.steps.resize(static_cast<size_t>(keep));
      series.values.resize(static_cast<size_t>(keep));
    }
    for (QuantityReader& reader : quantities_) reader.forget_from(step);
  }

  Series& series_named(const std::string& name) {
    const auto [place, is_new] = series_index_.emplace(name, log_.scalars.size());
    if (is_new) log_.scalars.push_back({name, {}, {}});
    return log_.scalars[place->second];
  }

  QuantityReader& quantity_named(const std::string& name) {
    const auto [place, is_new] = quantity_index_.emplace(name, quantities_.size());
    if (is_new) quantities_.emplace_back(name, joining_);
    return quantities_[place->second];
  }

  Columns joining_;
  RunLog log_;
  std::vector<QuantityReader> quantities_;
  std::map<std::string, size_t> series_index_, quantity_index_;
  int64_t steps_ = 0, last_step_ = 0;
};

}  // namespace

const Series& RunLog::scalar(const std::string& name) const {
  static const Series kNone;
  const auto found = std::find_if(scalars.begin(), scalars.end(), [&](const Series& series) { return series.name == name; });
  return found == scalars.end() ? kNone : *found;
}

RunLog read_run_log(const fs::path& path, Columns columns) {
  const MappedFile map(path);
  return read_run_lines({reinterpret_cast<const char*>(map.bytes().data()), map.bytes().size()}, path.string(), columns);
}

RunLog read_run_lines(std::string_view rest, const std::string& what, Columns columns) {
  LogReader reader(columns);
  while (!rest.empty()) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    const Json parsed = Json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (parsed.is_object()) {
      reader.take(parsed);
    } else {
      ++reader.log().unreadable_lines;
    }
  }
  if (reader.steps() == 0) fail(what, " holds no training step yet; train first");
  return reader.finish();
}

std::vector<size_t> thinned(const Series& series, size_t most) {
  const size_t n = series.steps.size();
  std::vector<size_t> kept;
  const size_t stretches = std::max<size_t>(1, most / 2);
  if (n <= most) {
    for (size_t i = 0; i < n; ++i) kept.push_back(i);
    return kept;
  }
  for (size_t s = 0; s < stretches; ++s) {
    const size_t begin = n * s / stretches, end = n * (s + 1) / stretches;
    size_t low = begin, high = begin;
    for (size_t i = begin; i < end; ++i) {
      if (std::isnan(series.values[i])) continue;
      if (std::isnan(series.values[low]) || series.values[i] < series.values[low]) low = i;
      if (std::isnan(series.values[high]) || series.values[i] > series.values[high]) high = i;
    }
    kept.push_back(std::min(low, high));
    if (low != high) kept.push_back(std::max(low, high));
  }
  if (kept.front() != 0) kept.insert(kept.begin(), 0);
  if (kept.back() != n - 1) kept.push_back(n - 1);
  return kept;
}

}  // namespace gimbal
