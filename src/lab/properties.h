// What is held exactly of norms, in double on small random rows: which elements share a statistic, and which changes of the maps and inputs before it
// a norm does not see (the table of Ba et al. 2016, arXiv:1607.06450, section 5.1, and of RMSNorm, arXiv:1910.07467).
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "layers/norm/norm.h"

namespace gimbal::lab::properties {

constexpr int64_t kRows = 24, kInputs = 7, kUnits = 12;

/// What stands before the norm: units = x W^T. Every norm reads such a product (the bias is the norm's own).
struct Case {
  explicit Case(uint64_t seed = 1);
  Tensor x, weight;  // [kRows, kInputs], [kUnits, kInputs]

  Tensor units() const;  // [kRows, kUnits]
};

/// A norm of the registry with its parameters, whose eps is too small to be seen; in training, by the batch's statistics.
struct Made {
  Parameters parameters;
  std::unique_ptr<Norm> norm;

  explicit Made(std::string_view kind, double eps = 1e-15);
  Tensor operator()(const Tensor& units) const;
  void fill(const std::string& name, double value);
};

double largest_difference(const Tensor& a, const Tensor& b);

/// Elements that share a statistic, as lists of places in [kRows, kUnits]: columns (batch), rows, or the groups of rows.
std::vector<std::vector<int64_t>> sets_of(std::string_view kind);

struct MeanAndVariance {
  double mean = 0, variance = 0;
};
MeanAndVariance over(const Tensor& t, const std::vector<int64_t>& places);

/// A change of what stands before the norm; the table says which norms do not see it.
struct Change {
  const char* name;
  void (*apply)(Case& c);
};
std::span<const Change> changes();
/// Largest difference that a change makes to the norm's result, over the largest result where that is above 1 (one small channel makes prms' large).
double difference_by(const Change& change, const Made& norm, uint64_t seed);
/// What the norm says of itself (Ignores); the tests hold it to that.
bool sees(std::string_view kind, std::string_view change);
constexpr double kUnseen = 1e-10, kSeen = 1e-3;  // largest change of a result that counts as none, and least that counts as one

}  // namespace gimbal::lab::properties
