// A run's log.jsonl in memory: scalars in full, layer health thinned while it is read so that any log fits.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "core/files.h"
#include "core/json.h"

namespace gimbal {

/// A value that is not there, or was not finite.
inline constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// One number over the steps; NaN where it was not finite.
struct Series {
  std::string name;
  std::vector<int64_t> steps;
  std::vector<double> values;
  bool empty() const { return steps.empty(); }
};

/// One health quantity over steps (columns) and places (rows: the embedding, the blocks, the head). A column stands for one or
/// more measurements; it holds the largest of them, or the smallest where a fall is what matters (attention entropy).
struct HealthMap {
  static constexpr float kMissing = -3e38f;  // this place has no such quantity, or it was not measured
  std::string quantity;
  std::vector<std::string> rows;
  std::vector<int64_t> steps;  // first step of each column
  std::vector<float> values;   // column-major: values[column * rows.size() + row]; NaN where not finite
  /// Of several measurements the smallest is kept, because a fall is what matters.
  bool shows_smallest() const { return quantity == "attn_entropy"; }
  float at(size_t column, size_t row) const { return values[column * rows.size() + row]; }
};

struct RunEvent {
  int64_t step;
  std::string kind, what;
};

struct RunLog {
  Json run = Json::object();
  std::vector<Series> scalars;  // in order of appearance
  std::vector<HealthMap> health;
  std::vector<RunEvent> events;
  int64_t unreadable_lines = 0;

  /// Empty when the log has no such number.
  const Series& scalar(const std::string& name) const;
};

/// Whether neighbouring measurements of a health quantity are joined to as many columns as a screen can show.
enum class Columns : uint8_t { kThinned, kEveryStep };
/// Format: report.h. Error when the file is missing or holds no step.
RunLog read_run_log(const fs::path& path, Columns columns = Columns::kThinned);
/// The same from the lines themselves; `what` is where they come from.
RunLog read_run_lines(std::string_view lines, const std::string& what, Columns columns);

/// Indices of at most about `most` points of a series that keep each stretch's smallest and largest value, and both ends.
std::vector<size_t> thinned(const Series& series, size_t most);

}  // namespace gimbal
