// Small dense matrices in double: singular values, ranks and least squares, for measurements.
#pragma once

#include <vector>

#include "tensor/tensor.h"

namespace gimbal::lab {

struct Matrix {
  size_t rows = 0, cols = 0;
  std::vector<double> values;  // row by row

  Matrix(size_t r, size_t c) : rows(r), cols(c), values(r * c) {}
  explicit Matrix(const Tensor& x) : rows(static_cast<size_t>(x.rows())), cols(static_cast<size_t>(x.cols())), values(x.to_doubles()) {}
  double& at(size_t r, size_t c) { return values[r * cols + c]; }
  double at(size_t r, size_t c) const { return values[r * cols + c]; }
};

/// All min(rows, cols) of them, falling (one-sided Jacobi).
std::vector<double> singular_values(Matrix m);
/// exp of the entropy of sigma / sum(sigma) (Roy & Vetterli 2007): 1 … number of values.
double effective_rank(const std::vector<double>& sigma);
/// How many lie above `relative` times the largest.
int64_t numerical_rank(const std::vector<double>& sigma, double relative);

/// w with least sum (x w - y)^2 + ridge |w|^2 over rows. A column of ones is the caller's to add. Error of a programmer when it has no solution.
std::vector<double> least_squares(const Matrix& x, const std::vector<double>& y, double ridge);
/// 1 - residual / variance of y for such a w.
double explained(const Matrix& x, const std::vector<double>& y, const std::vector<double>& w);

}  // namespace gimbal::lab
