// E32: what whitening costs beside BatchNorm, and what correlation it leaves, on rows whose columns are mixed at random.
#pragma once

#include <cstdint>
#include <string>

namespace gimbal::lab::whitening_cost {

struct Settings {
  std::string norm = "zca";
  int64_t rows = 256, columns = 64, repeats = 10;

  template <class V>
  void fields(V&& v) {
    v("norm", norm, "zca, cholesky, newton-schulz, or a kind of norm to compare with");
    v("rows", rows, "rows of the batch");
    v("columns", columns, "channels");
    v("repeats", repeats, "times that it is computed; the fastest counts");
  }
};
struct Result {
  double forward_us = 0, backward_us = 0, correlation_before = 0, correlation_after = 0;

  template <class V>
  void fields(V&& v) {
    v("forward_us", forward_us, "microseconds of a forward pass");
    v("backward_us", backward_us, "microseconds of a backward pass");
    v("correlation_before", correlation_before, "root mean square of the correlations of different columns");
    v("correlation_after", correlation_after, "the same of the result");
  }
};
Result run(const Settings& settings, uint64_t seed);

}  // namespace gimbal::lab::whitening_cost
