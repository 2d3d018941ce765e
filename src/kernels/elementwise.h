// Passes over whole tensors: conversion, addition, scaling, dropout, and the sums that health is read from.
#pragma once

#include "kernels/write.h"
#include "tensor/tensor.h"

namespace gimbal::kernels {

/// Sums over all elements, in an order fixed by the element count; non-finite elements are counted and left out of the sums.
struct Moments {
  double sum = 0, sum_squares = 0, max_abs = 0;
  int64_t count = 0, non_finite = 0;
};

struct ElementwiseKernels {
  /// y (= or +=) scale * x; x and y f32 or bf16 in any mix, equal element counts. y may alias x when the types agree.
  void (*copy)(const Tensor& x, double scale, const Tensor& y, Write write);
  /// y = x * keep / (1 - p), where element i is kept unless draw i of the stream `key` (core/rng.h) is below p. Its own backward. y may alias x.
  void (*dropout)(const Tensor& x, double p, uint64_t key, const Tensor& y);
  Moments (*moments)(const Tensor& x);
  /// The least standard deviation (biased) within a row of x_nd, over the rows whose values are all finite; 0 where there is none.
  double (*least_row_deviation)(const Tensor& x_nd);
};

ElementwiseKernels elementwise_cpu();
ElementwiseKernels elementwise_reference();

}  // namespace gimbal::kernels
