// Rows with a class each, and the order in which a run sees them.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/rng.h"
#include "tensor/tensor.h"

namespace gimbal::lab {

/// x_nd f32 and one label a row.
struct Labelled {
  Tensor x_nd;
  std::vector<int32_t> labels;
  int64_t size() const { return static_cast<int64_t>(labels.size()); }
};

/// The rows named, in that order.
Labelled chosen(const Labelled& from, std::span<const int64_t> rows);
/// Rows [begin, end).
Labelled part_of(const Labelled& from, int64_t begin, int64_t end);

/// Row numbers without end, batch by batch: each pass over the data in a new order. A batch that the pass cannot fill is left out.
class Shuffled {
 public:
  Shuffled(int64_t rows, int64_t batch, uint64_t seed);
  std::vector<int64_t> next();

 private:
  int64_t batch_, at_ = 0;
  std::vector<int64_t> order_;
  Rng rng_;
};

/// What is done to the numbers before a net sees them, by statistics of the training rows.
enum class InputScaling : uint8_t {
  kRaw,
  kMinMax,  // each column to [0, 1]
  kZScore,  // each column to mean 0 and deviation 1
};
/// A copy of `rows`, scaled by the statistics of `train`.
Tensor scaled_inputs(const Tensor& rows_nd, const Tensor& train_nd, InputScaling scaling);

}  // namespace gimbal::lab
