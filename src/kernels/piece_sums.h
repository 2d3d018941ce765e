// Gradients of parameters that all rows share: each piece of rows adds into sums of its own, which are then added in order.
#pragma once

#include <algorithm>
#include <cstdint>

#include "kernels/column_sum.h"
#include "kernels/write.h"
#include "tensor/tensor.h"

namespace gimbal::kernels {

/// Rows of `width` elements for one piece of work: enough to be worth handing to another thread.
inline int64_t rows_for_a_piece(int64_t width) { return std::max<int64_t>(1, 16384 / std::max<int64_t>(1, width)); }

/// The same where each piece has sums of its own: at most 32 pieces, so that adding them up stays cheap. Depends on shapes only, and so do the sums.
inline int64_t rows_for_a_summed_piece(int64_t n, int64_t width) { return std::max(rows_for_a_piece(width), (n + 31) / 32); }

class PieceSums {
 public:
  /// Zeros, if any gradient is wanted.
  PieceSums(int64_t n, int64_t rows_a_piece, int64_t width, bool wanted) : width_(width) {
    if (wanted) sums_ = Tensor::zeros({(n + rows_a_piece - 1) / rows_a_piece, width}, DType::kF32);
  }

  /// [width], or null when nothing is wanted.
  float* of(int64_t piece) const { return sums_.defined() ? sums_.data<float>() + piece * width_ : nullptr; }

  /// gradient (= or +=) the sum over pieces; a gradient of one element takes the sum over channels too. Undefined: skipped.
  void write(const Tensor& gradient, Write write) const {
    if (!gradient.defined()) return;
    if (gradient.elements() == width_) return column_sum_cpu(sums_, gradient, write);
    const Tensor total({width_}, DType::kF32);
    column_sum_cpu(sums_, total, Write::kReplace);
    double sum = 0;
    for (int64_t i = 0; i < width_; ++i) sum += total.data<float>()[i];
    float& out = gradient.data<float>()[0];
    out = (write == Write::kAdd ? out : 0.0f) + static_cast<float>(sum);
  }

 private:
  int64_t width_;
  Tensor sums_;
};

}  // namespace gimbal::kernels
