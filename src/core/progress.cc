// Progress on stderr, and the short forms of numbers that it shows.
#include "core/progress.h"

#include <unistd.h>

#include <cmath>
#include <cstdint>
#include <cstdio>

namespace gimbal {

Progress::Style Progress::style_for(bool quiet) {
  if (quiet) return Style::kQuiet;
  return ::isatty(STDERR_FILENO) ? Style::kTerminal : Style::kPlain;
}

void Progress::update(const std::string& line) {
  last_ = line;
  if (style_ == Style::kQuiet) return;
  const auto now = std::chrono::steady_clock::now();
  const double since = std::chrono::duration<double>(now - printed_).count();
  if (style_ == Style::kTerminal) {
    if (since < 0.05) return;
    std::fprintf(stderr, "\r\x1b[K%s", line.c_str());
    std::fflush(stderr);
    shown_ = true;
  } else {
    if (since < plain_every_s_) return;
    std::fprintf(stderr, "%s\n", line.c_str());
    last_.clear();
  }
  printed_ = now;
}

void Progress::note(const std::string& line) {
  if (style_ == Style::kQuiet) return;
  std::fprintf(stderr, shown_ ? "\r\x1b[K%s\n" : "%s\n", line.c_str());
  shown_ = false;
}

void Progress::finish() {
  if (style_ == Style::kTerminal && !last_.empty()) std::fprintf(stderr, "\r\x1b[K%s\n", last_.c_str());
  if (style_ == Style::kPlain && !last_.empty()) std::fprintf(stderr, "%s\n", last_.c_str());
  last_.clear();
  shown_ = false;
}

namespace {

std::string formatted(const char* format, double value, const char* unit) {
  char text[48];
  std::snprintf(text, sizeof text, format, value, unit);
  return text;
}

}  // namespace

std::string duration_text(double seconds) {
  if (!std::isfinite(seconds)) return "?";
  const auto whole = static_cast<int64_t>(std::llround(seconds));
  char text[48];
  if (whole < 60) return std::to_string(whole) + " s";
  if (whole < 3600) {
    std::snprintf(text, sizeof text, "%d:%02d", static_cast<int>(whole / 60), static_cast<int>(whole % 60));
  } else {
    std::snprintf(text, sizeof text, "%lld:%02d:%02d", static_cast<long long>(whole / 3600), static_cast<int>(whole / 60 % 60), static_cast<int>(whole % 60));
  }
  return text;
}

std::string count_text(double count) {
  const double size = std::abs(count);
  if (size < 1e3) return formatted("%.0f%s", count, "");
  const auto shown = [&](double value, const char* unit) { return formatted(value < 10 ? "%.2f%s" : value < 100 ? "%.1f%s" : "%.0f%s", value, unit); };
  if (size < 1e6) return shown(count / 1e3, "k");
  if (size < 1e9) return shown(count / 1e6, "M");
  if (size < 1e12) return shown(count / 1e9, "G");
  return shown(count / 1e12, "T");
}

std::string bytes_text(double bytes) {
  if (bytes < 1e6) return formatted("%.0f %s", bytes / 1e3, "kB");
  if (bytes < 1e9) return formatted("%.0f %s", bytes / 1e6, "MB");
  if (bytes < 1e12) return formatted("%.2f %s", bytes / 1e9, "GB");
  return formatted("%.2f %s", bytes / 1e12, "TB");
}

}  // namespace gimbal
