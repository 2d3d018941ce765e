// Choosing, shuffling and scaling rows.
#include "lab/data/labelled.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>

namespace gimbal::lab {

Labelled chosen(const Labelled& from, std::span<const int64_t> rows) {
  const int64_t d = from.x_nd.cols();
  Labelled to{Tensor(Shape{static_cast<int64_t>(rows.size()), d}, DType::kF32), {}};
  for (size_t i = 0; i < rows.size(); ++i) {
    std::copy_n(from.x_nd.data<float>() + rows[i] * d, d, to.x_nd.data<float>() + static_cast<int64_t>(i) * d);
    to.labels.push_back(from.labels[static_cast<size_t>(rows[i])]);
  }
  return to;
}

Labelled part_of(const Labelled& from, int64_t begin, int64_t end) {
  return {from.x_nd.slice_rows(begin, end), {from.labels.begin() + begin, from.labels.begin() + end}};
}

Shuffled::Shuffled(int64_t rows, int64_t batch, uint64_t seed) : batch_(batch), order_(static_cast<size_t>(rows)), rng_(seed, "lab/order") {
  if (batch < 1 || batch > rows) fail("a batch of ", batch, " rows does not fit a set of ", rows);
  std::iota(order_.begin(), order_.end(), 0);
  at_ = rows;
}

std::vector<int64_t> Shuffled::next() {
  const auto rows = static_cast<int64_t>(order_.size());
  if (at_ + batch_ > rows) {
    for (int64_t i = rows - 1; i > 0; --i) std::swap(order_[static_cast<size_t>(i)], order_[rng_.below(static_cast<uint64_t>(i) + 1)]);
    at_ = 0;
  }
  at_ += batch_;
  return {order_.begin() + at_ - batch_, order_.begin() + at_};
}

Tensor scaled_inputs(const Tensor& rows, const Tensor& train, InputScaling scaling) {
  Tensor y = rows.clone();
  if (scaling == InputScaling::kRaw) return y;
  const int64_t d = rows.cols(), n = train.rows();
  for (int64_t j = 0; j < d; ++j) {
    double least = train.at(j), most = least, sum = 0, squares = 0;
    for (int64_t i = 0; i < n; ++i) {
      const double v = train.at(i * d + j);
      least = std::min(least, v), most = std::max(most, v), sum += v;
    }
    for (int64_t i = 0; i < n; ++i) squares += std::pow(train.at(i * d + j) - sum / static_cast<double>(n), 2);
    const bool by_range = scaling == InputScaling::kMinMax;
    const double from = by_range ? least : sum / static_cast<double>(n), size = by_range ? most - least : std::sqrt(squares / static_cast<double>(n));
    for (int64_t i = 0; i < rows.rows(); ++i) {
      float& v = y.data<float>()[i * d + j];
      v = static_cast<float>((v - from) / (size > 0 ? size : 1));
    }
  }
  return y;
}

}  // namespace gimbal::lab
