// What the tests of this folder share: the files of tests/golden, folders that vanish, and the one measure of error.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "core/files.h"
#include "core/json.h"
#include "formats/safetensors.h"

namespace gimbal::testing {

inline fs::path golden(const std::string& name) { return fs::path(GIMBAL_GOLDEN) / name; }
inline Json golden_json(const std::string& name) { return parse_json(read_text_file(golden(name)), name); }

/// An empty folder of this process that is removed with the object.
class TemporaryFolder {
 public:
  TemporaryFolder() : path_(fs::temp_directory_path() / cat("gimbal-golden-", getpid())) {
    fs::remove_all(path_);
    fs::create_directories(path_);
  }
  ~TemporaryFolder() { fs::remove_all(path_); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

inline double largest(std::span<const double> values) {
  double most = 0;
  for (const double v : values)
    if (std::isfinite(v)) most = std::max(most, std::abs(v));
  return most;
}

/// max |got - want| / max(max |want|, least_size). Infinite when the sizes differ, when one is finite and the other is not, or when all that is
/// wanted is 0 and something else came.
inline double error_of(std::span<const double> got, std::span<const double> want, double least_size = 0) {
  constexpr double kInfinite = std::numeric_limits<double>::infinity();
  if (got.size() != want.size()) return kInfinite;
  double most = 0;
  for (size_t i = 0; i < got.size(); ++i) {
    if (std::isfinite(got[i]) != std::isfinite(want[i])) return kInfinite;
    if (std::isfinite(want[i])) most = std::max(most, std::abs(got[i] - want[i]));
  }
  if (most == 0) return 0;
  const double size = std::max(largest(want), least_size);
  return size > 0 ? most / size : kInfinite;
}

/// Collects comparisons: each is an expectation, the worst is recorded with the test's properties.
class Comparison {
 public:
  explicit Comparison(std::string group) : group_(std::move(group)) {}
  ~Comparison() { ::testing::Test::RecordProperty("worst_" + group_, cat(worst_, " of ", allowed_, " (", where_, "), ", count_, " tensors")); }
  Comparison(const Comparison&) = delete;
  Comparison& operator=(const Comparison&) = delete;

  /// The error is at most `allowed`; where `noise` is given, an absolute difference of as much is granted too.
  void expect(const std::string& what, std::span<const double> got, std::span<const double> want, double allowed, double noise = 0) {
    const double error = error_of(got, want, noise / allowed);
    EXPECT_LE(error, allowed) << what;
    ++count_;
    if (where_.empty() || error / allowed > worst_ / allowed_) worst_ = error, allowed_ = allowed, where_ = what;
  }
  int count() const { return count_; }

 private:
  std::string group_, where_;
  double worst_ = 0, allowed_ = 1;
  int count_ = 0;
};

}  // namespace gimbal::testing
