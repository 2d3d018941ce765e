// The rules behind the plain-words part of the report.
#include "train/report_readings.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <limits>
#include <optional>

#include "core/error.h"

namespace gimbal {
namespace {


bool measured(float value) { return value != HealthMap::kMissing && !std::isnan(value); }
bool is_layer(const HealthMap& map, size_t row) { return map.rows[row] != "embedding" && map.rows[row] != "head"; }

const HealthMap* find_map(const RunLog& log, std::string_view quantity) {
  const auto found = std::find_if(log.health.begin(), log.health.end(), [&](const HealthMap& map) { return map.quantity == quantity; });
  return found == log.health.end() ? nullptr : &*found;
}

// A place over time, each value the median of three neighbours, so that one odd step is no growth. The first measurements of a
// run (a twentieth of them) are left out: values at initialization say little.
struct Track {
  std::vector<int64_t> steps;
  std::vector<double> values;
};

Track track_of(const HealthMap& map, size_t row) {
  Track raw, smooth;
  for (size_t c = map.steps.size() / 20; c < map.steps.size(); ++c) {
    if (!measured(map.at(c, row))) continue;
    raw.steps.push_back(map.steps[c]);
    raw.values.push_back(map.at(c, row));
  }
  for (size_t i = 0; i < raw.values.size(); ++i) {
    const size_t begin = i == 0 ? 0 : i - 1, end = std::min(i + 2, raw.values.size());
    smooth.steps.push_back(raw.steps[i]);
    smooth.values.push_back(end - begin == 3 ? median_between(raw.values, begin, end) : raw.values[i]);
  }
  return smooth;
}

// Median over the last tenth of the measurements, per row; NaN where nothing was measured.
std::vector<double> at_the_end(const HealthMap& map) {
  std::vector<double> ends(map.rows.size(), kNaN);
  const size_t begin = map.steps.size() - (map.steps.size() + 9) / 10;
  for (size_t row = 0; row < map.rows.size(); ++row) {
    std::vector<double> values;
    for (size_t c = begin; c < map.steps.size(); ++c) {
      if (measured(map.at(c, row))) values.push_back(map.at(c, row));
    }
    ends[row] = median_between(values, 0, values.size());
  }
  return ends;
}

struct Change {
  double factor = 1, from = 0, to = 0;
  int64_t from_step = 0, to_step = 0;
};

// The largest rise from any earlier value to any later one. Values below a thousandth of the track's median count as that.
Change largest_rise(const Track& track) {
  Change best;
  if (track.values.empty()) return best;
  const double floor = 1e-3 * std::abs(median_between(track.values, 0, track.values.size()));
  size_t low = 0;
  for (size_t i = 1; i < track.values.size(); ++i) {
    if (track.values[i] < track.values[low]) low = i;
    const double from = std::max(track.values[low], floor), factor = from > 0 ? track.values[i] / from : 1;
    if (factor > best.factor) best = {factor, from, track.values[i], track.steps[low], track.steps[i]};
  }
  return best;
}

std::string rows_text(const HealthMap& map, const std::vector<size_t>& rows) {
  std::vector<std::string> names;
  for (size_t i = 0; i < std::min<size_t>(rows.size(), 4); ++i) names.push_back(map.rows[rows[i]]);
  return joined(names) + (rows.size() > 4 ? cat(" and ", rows.size() - 4, " more") : "");
}

std::string step_text(int64_t step) { return "step " + short_number(static_cast<double>(step)); }

class Readings {
 public:
  explicit Readings(const RunLog& log) : log_(log) {}

  std::vector<Reading> all() {
    non_finite();
    spikes();
    vanishing();
    growth("stream_rms", 8, "the residual stream", "a pre-norm placement with a final norm, or a lower learning rate, usually holds it");
    growth("stream_max", 30, "the largest value of the residual stream", "massive activations cost precision in bf16 and f16");
    growth("attn_max_logit", 8, "the largest attention logit", "normalizing queries and keys, or a lower learning rate, usually holds it");
    growth("grad_norm", 30, "the gradient norm", "a longer warm-up or a lower learning rate usually holds it");
    collapsed_attention();
    uneven_gradients();
    embedding_gradient();
    updates();
    idle_branches("attn_ratio", "attention");
    idle_branches("ffn_ratio", "the feed-forward part");
    overfitting();
    slowing();
    const bool calm = readings_.empty();
    loss();
    if (calm && !log_.health.empty()) note("No layer stands out: nothing grew, collapsed or idled beyond the thresholds of this report.");
    std::stable_sort(readings_.begin(), readings_.end(), [](const Reading& a, const Reading& b) { return a.weight > b.weight; });
    return std::move(readings_);
  }

 private:
  template <class... Parts>
  void warn(const Parts&... parts) {
    readings_.push_back({Reading::Weight::kWarning, cat(parts...)});
  }
  template <class... Parts>
  void note(const Parts&... parts) {
    readings_.push_back({Reading::Weight::kNote, cat(parts...)});
  }

  void non_finite() {
    const Series& loss = log_.scalar("loss");
    for (size_t i = 0; i < loss.values.size(); ++i) {
      if (std::isfinite(loss.values[i])) continue;
      warn("The loss was not finite at ", step_text(loss.steps[i]), ".");
      break;
    }
    std::optional<int64_t> first;
    std::string where;
    for (const HealthMap& map : log_.health) {
      const auto bad =
          static_cast<size_t>(std::find_if(map.values.begin(), map.values.end(), [](float value) { return std::isnan(value); }) - map.values.begin());
      if (bad == map.values.size() || (first && *first <= map.steps[bad / map.rows.size()])) continue;
      first = map.steps[bad / map.rows.size()];
      where = cat(map.quantity, " of ", map.rows[bad % map.rows.size()]);
    }
    if (first) warn("The first health value that was not finite is the ", where, ", at ", step_text(*first), " or soon after.");
  }

  void spikes() {
    const auto is_spike = [](const RunEvent& event) { return event.kind == "spike"; };
    const auto count = std::count_if(log_.events.begin(), log_.events.end(), is_spike);
    if (count == 0) return;
    const auto first = std::find_if(log_.events.begin(), log_.events.end(), is_spike);
    if (count == 1) {
      warn("There was a spike at ", step_text(first->step), ".");
    } else {
      warn("There were ", count, " spikes, the first at ", step_text(first->step), ".");
    }
  }

  void vanishing() {
    const auto event = std::find_if(log_.events.begin(), log_.events.end(), [](const RunEvent& e) { return e.kind == "vanishing"; });
    if (event != log_.events.end()) warn("At ", step_text(event->step), " ", event->what, ".");
  }

  void growth(std::string_view quantity, double threshold, std::string_view what, std::string_view remedy) {
    const HealthMap* map = find_map(log_, quantity);
    if (!map) return;
    Change worst;
    size_t worst_row = 0, others = 0;
    for (size_t row = 0; row < map->rows.size(); ++row) {
      const Change change = largest_rise(track_of(*map, row));
      others += change.factor >= threshold;
      if (change.factor <= worst.factor) continue;
      worst = change;
      worst_row = row;
    }
    if (worst.factor < threshold) return;
    const std::string more =
        others > 1 ? cat("; ", others - 1, others == 2 ? " other place" : " other places", " grew more than ", threshold, "x") : "";
    warn("In ", map->rows[worst_row], ", ", what, " grew ", short_number(worst.factor), "x between ", step_text(worst.from_step), " and ",
         step_text(worst.to_step), " (from ", short_number(worst.from), " to ", short_number(worst.to), ")", more, ". What helps: ", remedy, ".");
  }

  // Entropy under 0.1 nats after having been above 0.5: each row looks at a single token.
  void collapsed_attention() {
    const HealthMap* map = find_map(log_, "attn_entropy");
    if (!map) return;
    std::vector<size_t> rows;
    std::optional<Change> first;
    for (size_t row = 0; row < map->rows.size(); ++row) {
      const Track track = track_of(*map, row);
      const auto low = std::find_if(track.values.begin(), track.values.end(), [](double value) { return value < 0.1; });
      if (low == track.values.end() || track.values.front() < 0.5) continue;
      rows.push_back(row);
      if (!first) first = Change{1, track.values.front(), *low, track.steps.front(), track.steps[static_cast<size_t>(low - track.values.begin())]};
    }
    if (rows.empty()) return;
    warn("Attention collapsed onto single tokens in ", rows_text(*map, rows), ": in ", map->rows[rows[0]], " its entropy fell from ",
         short_number(first->from), " to ", short_number(first->to), " nats by ", step_text(first->to_step),
         ". What helps: normalizing queries and keys, or a lower learning rate.");
  }

  // Gradients of the blocks differ by more than 100x at the end.
  void uneven_gradients() {
    const HealthMap* map = find_map(log_, "grad_norm");
    if (!map) return;
    const std::vector<double> ends = at_the_end(*map);
    size_t low = ends.size(), high = ends.size();
    for (size_t row = 0; row < ends.size(); ++row) {
      if (!is_layer(*map, row) || !(ends[row] > 0)) continue;
      if (low == ends.size() || ends[row] < ends[low]) low = row;
      if (high == ends.size() || ends[row] > ends[high]) high = row;
    }
    if (low == ends.size() || ends[high] < 100 * ends[low]) return;
    warn("Gradients are uneven over the depth at the end: ", map->rows[high], " gets ", short_number(ends[high] / ends[low]), "x the gradient of ",
         map->rows[low], " (", short_number(ends[high]), " and ", short_number(ends[low]), ").");
  }

  // The embedding's gradient at the end is more than 10 times the blocks' median, as before the spikes of GLM-130B.
  void embedding_gradient() {
    const HealthMap* map = find_map(log_, "grad_norm");
    if (!map || map->rows.front() != "embedding") return;
    const std::vector<double> ends = at_the_end(*map);
    std::vector<double> layers;
    for (size_t row = 0; row < ends.size(); ++row) {
      if (is_layer(*map, row)) layers.push_back(ends[row]);
    }
    const double median = median_between(layers, 0, layers.size());
    if (!(median > 0) || !(ends[0] > 10 * median)) return;
    warn("The embedding's gradient is ", short_number(ends[0] / median),
         "x that of the middle layer at the end. What helps: a norm after the embedding, or a smaller share of its gradient.");
  }

  // ||update|| / ||weights||: about 1e-3 is healthy, above 0.1 unstable, and below 1e-6 at every step frozen.
  void updates() {
    const HealthMap* map = find_map(log_, "update_ratio");
    if (!map) return;
    std::vector<size_t> wild, frozen;
    const std::vector<double> ends = at_the_end(*map);
    for (size_t row = 0; row < map->rows.size(); ++row) {
      const Track track = track_of(*map, row);
      if (track.values.empty()) continue;
      if (ends[row] > 0.1) wild.push_back(row);
      if (*std::max_element(track.values.begin(), track.values.end()) < 1e-6) frozen.push_back(row);
    }
    if (!wild.empty())
      warn("One step still changes the weights by more than 10 % at the end in ", rows_text(*map, wild), ": the learning rate is too high there.");
    if (!frozen.empty()) warn("The weights hardly move in ", rows_text(*map, frozen), ": no step changed them by more than one part in a million.");
  }

  // A branch that adds less than 1 % of the stream, and less than its share in a deep model (a tenth of 1 / depth).
  void idle_branches(std::string_view quantity, std::string_view branch) {
    const HealthMap* map = find_map(log_, quantity);
    if (!map) return;
    const double threshold = std::min(0.01, 1.0 / static_cast<double>(map->rows.size()));
    const std::vector<double> ends = at_the_end(*map);
    std::vector<size_t> rows;
    for (size_t row = 0; row < ends.size(); ++row) {
      if (is_layer(*map, row) && ends[row] < threshold) rows.push_back(row);
    }
    if (!rows.empty())
      warn("In ", rows_text(*map, rows), ", ", branch, " adds less than ", short_number(100 * threshold),
           " % of the stream at the end: it does little there.");
  }

  // The last validation loss is more than 2 % above the best, which is at least two validations old.
  void overfitting() {
    const Series& valid = log_.scalar("val_loss");
    if (valid.values.size() < 3) return;
    const auto best = static_cast<size_t>(std::min_element(valid.values.begin(), valid.values.end(), [](double a, double b) { return a < b; }) -
                                          valid.values.begin());
    if (best + 2 >= valid.values.size() || !(valid.values.back() > 1.02 * valid.values[best])) return;
    warn("Validation loss was lowest at ", step_text(valid.steps[best]), " (", short_number(valid.values[best]), ") and has risen to ",
         short_number(valid.values.back()),
         " since: the model learns its training data by heart. Keep the best checkpoint; more data, more dropout or fewer steps help.");
  }

  // The last quarter runs at less than 80 % of the first quarter's speed.
  void slowing() {
    const Series& speed = log_.scalar("tokens_per_s");
    const size_t n = speed.values.size();
    if (n < 20) return;
    const double first = median_between(speed.values, 0, n / 4), last = median_between(speed.values, n - n / 4, n);
    if (last < 0.8 * first)
      warn("Training slowed down from ", short_number(first), " to ", short_number(last),
           " tokens a second: is the machine busy with something else, or too hot?");
  }

  void loss() {
    const Series& loss = log_.scalar("loss");
    if (loss.values.size() < 2) return;
    const size_t window = std::max<size_t>(1, std::min<size_t>(20, loss.values.size() / 10));
    const double last = mean_of_last(loss, window);
    const auto begin = loss.values.size() - std::max<size_t>(window, loss.values.size() / 10);
    const double before = median_between(loss.values, begin > window ? begin - window : 0, begin);
    std::string trend;
    if (loss.values.size() >= 50 && std::isfinite(last) && before > 0) {
      const double fall = 100 * (before - last) / before;
      trend = fall > 0.5 ? cat("; over the last tenth it still fell by ", short_number(fall), " %") : "; over the last tenth it stood still";
    }
    note("The training loss went from ", short_number(loss.values.front()), " to ", short_number(last), " in ",
         short_number(static_cast<double>(loss.steps.back())), " steps", trend, ".");
  }

  const RunLog& log_;
  std::vector<Reading> readings_;
};

}  // namespace

std::vector<Reading> read_run(const RunLog& log) { return Readings(log).all(); }

double mean_of_last(const Series& series, size_t count) {
  double sum = 0;
  size_t finite = 0;
  for (size_t i = series.values.size() - std::min(count, series.values.size()); i < series.values.size(); ++i) {
    if (!std::isfinite(series.values[i])) continue;
    sum += series.values[i];
    ++finite;
  }
  return finite ? sum / static_cast<double>(finite) : kNaN;
}

double median_between(const std::vector<double>& values, size_t begin, size_t end) {
  std::vector<double> finite;
  for (size_t i = begin; i < end; ++i) {
    if (std::isfinite(values[i])) finite.push_back(values[i]);
  }
  if (finite.empty()) return kNaN;
  const auto middle = finite.begin() + static_cast<std::ptrdiff_t>(finite.size() / 2);
  std::nth_element(finite.begin(), middle, finite.end());
  return *middle;
}

std::string short_number(double value) {
  if (std::isnan(value)) return "not a number";
  std::array<char, 40> text{};
  if (std::abs(value) >= 1000 && std::abs(value) < 1e15) {
    std::snprintf(text.data(), text.size(), "%.0f", value);
    std::string digits = text.data();
    const size_t sign = digits[0] == '-' ? 1 : 0;
    for (size_t i = digits.size(); i > sign + 3; i -= 3) digits.insert(i - 3, ",");
    return digits;
  }
  std::snprintf(text.data(), text.size(), std::abs(value) >= 100 ? "%.0f" : "%.3g", value);
  return text.data();
}

}  // namespace gimbal
