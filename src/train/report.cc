// Putting the report's page together: template, style, scripts and the run's data in one file.
#include "train/report.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "core/error.h"
#include "core/json.h"
#include "train/report_assets.h"
#include "train/report_charts.h"
#include "train/report_log.h"
#include "train/report_readings.h"

namespace gimbal {
namespace {

constexpr size_t kMostEvents = 300;
constexpr size_t kMostSamples = 60;
constexpr size_t kMostSampleBytes = 4000;

std::string written_count(double count) {
  if (count >= 1e9) return short_number(count / 1e9) + " B";
  if (count >= 1e6) return short_number(count / 1e6) + " M";
  if (count >= 1e4) return short_number(count / 1e3) + " k";
  return short_number(count);
}

std::string time_text(double seconds) {
  const auto s = static_cast<int64_t>(seconds);
  if (s >= 3600) return cat(s / 3600, " h ", s / 60 % 60, " min");
  if (s >= 60) return cat(s / 60, " min ", s % 60, " s");
  return short_number(seconds) + " s";
}

double finite_last(const Series& series) { return series.empty() ? NAN : series.values.back(); }

// Training time: as logged, else the sum of step times, each standing for the steps since the line before.
double elapsed_seconds(const RunLog& log) {
  if (const double logged = finite_last(log.scalar("elapsed_s")); std::isfinite(logged)) return logged;
  const Series& step_ms = log.scalar("step_ms");
  double ms = 0;
  for (size_t i = 0; i < step_ms.steps.size(); ++i) {
    if (std::isfinite(step_ms.values[i])) ms += step_ms.values[i] * static_cast<double>(step_ms.steps[i] - (i ? step_ms.steps[i - 1] : 0));
  }
  return ms / 1000;
}

Json headline(const RunLog& log) {
  Json cards = Json::array();
  const auto card = [&](const char* label, const std::string& value, const std::string& note) {
    cards.push_back({{"label", label}, {"value", value}, {"note", note}});
  };
  const Series& loss = log.scalar("loss");
  const Series& valid = log.scalar("val_loss");
  if (!loss.empty()) {
    const size_t window = std::clamp<size_t>(loss.values.size() / 10, 1, 20);
    card("training loss", short_number(mean_of_last(loss, window)), window > 1 ? cat("mean of the last ", window, " steps logged") : "last step");
  }
  if (!valid.empty()) {
    size_t best = 0;
    for (size_t i = 0; i < valid.values.size(); ++i) {
      if (!std::isfinite(valid.values[best]) || valid.values[i] < valid.values[best]) best = i;
    }
    card("validation loss", short_number(valid.values.back()),
         cat("best ", short_number(valid.values[best]), " at step ", short_number(static_cast<double>(valid.steps[best]))));
  }
  if (const auto parameters = log.run.find("parameters"); parameters != log.run.end() && parameters->is_number())
    card("parameters", written_count(parameters->get<double>()), "");
  if (const Series& speed = log.scalar("tokens_per_s"); !speed.empty())
    card("tokens a second", short_number(median_between(speed.values, 0, speed.values.size())), "median");
  const int64_t last_step = loss.empty() ? (log.scalars.empty() ? 0 : log.scalars.front().steps.back()) : loss.steps.back();
  const double tokens = finite_last(log.scalar("tokens"));
  card("steps", short_number(static_cast<double>(last_step)), std::isfinite(tokens) ? written_count(tokens) + " tokens" : "");
  if (const double seconds = elapsed_seconds(log); seconds > 0) card("time", time_text(seconds), "");
  if (const Series& memory = log.scalar("peak_memory_mb"); !memory.empty())
    card("peak memory", short_number(*std::max_element(memory.values.begin(), memory.values.end())) + " MB", "");
  return cards;
}

Json events_of(const RunLog& log) {
  Json events = Json::array();
  for (size_t i = 0; i < std::min(log.events.size(), kMostEvents); ++i) {
    const RunEvent& event = log.events[i];
    events.push_back({{"step", event.step}, {"kind", event.kind}, {"what", event.what}});
  }
  return events;
}

std::string clipped(std::string text) {
  if (text.size() <= kMostSampleBytes) return text;
  size_t end = kMostSampleBytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;  // not through a character
  return text.substr(0, end) + " ...";
}

// The samples that the page shows: all, or evenly spread ones with the first and the last.
Json samples_of(const fs::path& path) {
  Json all = Json::array();
  if (!fs::exists(path)) return all;
  const std::string file = read_file(path);
  for (size_t begin = 0; begin < file.size();) {
    const size_t end = std::min(file.find('\n', begin), file.size());
    const Json line = Json::parse(file.begin() + static_cast<std::ptrdiff_t>(begin), file.begin() + static_cast<std::ptrdiff_t>(end), nullptr, false);
    begin = end + 1;
    if (!line.is_object() || !line.contains("text") || !line["text"].is_string()) continue;
    const bool has_prompt = line.contains("prompt") && line["prompt"].is_string();
    all.push_back({{"step", line.contains("step") && line["step"].is_number_integer() ? line["step"] : Json(nullptr)},
                   {"prompt", has_prompt ? clipped(line["prompt"].get<std::string>()) : ""},
                   {"text", clipped(line["text"].get<std::string>())}});
  }
  if (all.size() <= kMostSamples) return all;
  Json spread = Json::array();
  for (size_t i = 0; i < kMostSamples; ++i) spread.push_back(all[i * (all.size() - 1) / (kMostSamples - 1)]);
  return spread;
}

Json page_data(const fs::path& run_dir) {
  const RunLog log = read_run_log(run_dir / "log.jsonl");
  Json data;
  const fs::path whole = fs::absolute(run_dir).lexically_normal();
  const std::string folder = whole.has_filename() ? whole.filename().string() : whole.parent_path().filename().string();
  data["title"] = log.run.contains("name") && log.run["name"].is_string() ? log.run["name"].get<std::string>() : folder;
  data["run"] = log.run;
  data["run"].erase("layer_names");
  data["headline"] = headline(log);
  data["readings"] = Json::array();
  for (const Reading& reading : read_run(log))
    data["readings"].push_back({{"warning", reading.weight == Reading::Weight::kWarning}, {"text", reading.text}});
  data["charts"] = charts_of(log);
  data["health"] = heat_maps_of(log);
  data["events"] = events_of(log);
  data["events_left_out"] = log.events.size() - data["events"].size();
  data["samples"] = samples_of(run_dir / "samples.jsonl");
  const fs::path config = run_dir / "config.yaml";
  data["config"] = fs::exists(config) ? read_file(config) : "";
  data["unreadable_lines"] = log.unreadable_lines;
  return data;
}

// JSON that may stand inside a <script> element: no '<' can end it, and bytes that are no UTF-8 become replacement characters.
std::string script_json(const Json& data) {
  std::string safe;
  for (const char c : data.dump(-1, ' ', false, Json::error_handler_t::replace)) {
    if (c == '<') {
      safe += "\\u003c";
    } else {
      safe += c;
    }
  }
  return safe;
}

std::string escaped_html(const std::string& text) {
  std::string safe;
  for (const char c : text) safe += c == '<' ? "&lt;" : c == '&' ? "&amp;" : std::string(1, c);
  return safe;
}

// Replaces each {{name}} of the template once; what is put in is not searched again.
std::string filled_in(std::string_view page, const std::vector<std::pair<std::string_view, std::string_view>>& parts) {
  std::string whole;
  for (;;) {
    const size_t open = page.find("{{"), close = page.find("}}", open);
    whole += page.substr(0, open);
    if (open == std::string_view::npos) return whole;
    const std::string_view name = page.substr(open + 2, close - open - 2);
    const auto part = std::find_if(parts.begin(), parts.end(), [&](const auto& candidate) { return candidate.first == name; });
    GIMBAL_ASSERT(part != parts.end(), name);
    whole += part->second;
    page.remove_prefix(close + 2);
  }
}

}  // namespace

void write_report(const fs::path& run_dir) {
  if (!fs::exists(run_dir / "log.jsonl")) fail(run_dir.string(), " has no log.jsonl: it is not the directory of a training run");
  const Json data = page_data(run_dir);
  const std::string title = escaped_html(data["title"].get<std::string>()), json = script_json(data);
  write_file(run_dir / "report.html", filled_in(report_assets::kPage, {{"title", title},
                                                                       {"chart_style", report_assets::kChartStyle},
                                                                       {"style", report_assets::kStyle},
                                                                       {"chart_library", report_assets::kChartLibrary},
                                                                       {"script", report_assets::kScript},
                                                                       {"data", json}}));
}

}  // namespace gimbal
