// A progress line: rewritten in place on a terminal, a plain line now and then in a pipe, nothing when quiet.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace gimbal {

class Progress {
 public:
  enum class Style : uint8_t { kQuiet, kPlain, kTerminal };
  /// Terminal when stderr is one, else plain.
  static Style style_for(bool quiet);

  explicit Progress(Style style, double plain_every_s = 2.0) : style_(style), plain_every_s_(plain_every_s) {}
  ~Progress() { finish(); }

  /// The state of things. In a pipe most calls print nothing.
  void update(const std::string& line);
  /// A line that stays, above the progress line.
  void note(const std::string& line);
  /// Leaves the last line standing.
  void finish();

 private:
  Style style_;
  double plain_every_s_;
  std::string last_;
  bool shown_ = false;
  std::chrono::steady_clock::time_point printed_{};
};

/// "1:02:03", "4:05", "12 s".
std::string duration_text(double seconds);
/// "12.3k", "4.56M", "7.8G": three digits and a power of 1000.
std::string count_text(double count);
/// "131 kB", "512 MB", "1.25 GB".
std::string bytes_text(double bytes);

}  // namespace gimbal
